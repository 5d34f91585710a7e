package sqlite

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncData brings what a file holds to the disk, and of its metadata only what
// is needed to read it.
func syncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
