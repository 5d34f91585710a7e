package wasm

import (
	"bytes"
	"fmt"
	"os"
	"reflect"

	"golang.org/x/sys/unix"
)

// image is a guest's memory as it was at one moment. Instances map it: what
// they change is their own, and what they don't is there once.
type image struct {
	file *os.File // in memory, without a name
	size uint64
}

func newImage(memory []byte) (*image, error) {
	fd, err := unix.MemfdCreate("omakase-guest", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making an image of memory: %w", err)
	}
	m := &image{file: os.NewFile(uintptr(fd), "image"), size: uint64(len(memory))}
	if err := m.write(memory); err != nil {
		m.close()
		return nil, fmt.Errorf("writing an image of memory: %w", err)
	}
	return m, nil
}

// write leaves out pages of zeros, which then take no memory.
func (m *image) write(memory []byte) error {
	if err := m.file.Truncate(int64(len(memory))); err != nil {
		return err
	}
	zeros := make([]byte, os.Getpagesize())
	written := 0 // what comes before it is
	for at := 0; at < len(memory); at += len(zeros) {
		end := min(at+len(zeros), len(memory))
		if !bytes.Equal(memory[at:end], zeros[:end-at]) {
			continue
		}
		if _, err := m.file.WriteAt(memory[written:at], int64(written)); err != nil {
			return err
		}
		written = end
	}
	_, err := m.file.WriteAt(memory[written:], int64(written))
	return err
}

func (m *image) close() { _ = m.file.Close() } // who has mapped it keeps it

// reset makes the memory what the image holds and gives back what was written
// since. It takes time in proportion to the pages that were touched. When it is
// false the memory is in no known state.
func (p *pages) reset(m *image) bool {
	if p.image != m {
		_, _, failed := unix.Syscall6(unix.SYS_MMAP, reflect.ValueOf(p.b).Pointer(), uintptr(roundToPages(m.size)),
			unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_FIXED, m.file.Fd(), 0)
		if failed != 0 {
			return false
		}
		p.image = m
	}
	return unix.Madvise(p.b[:p.used], unix.MADV_DONTNEED) == nil
}

func (p *pages) shrinkTo(size uint64) { p.shrink = size }
