package wasm

import (
	"fmt"
	"os"
	"reflect"

	"github.com/tetratelabs/wazero"
	"golang.org/x/sys/unix"
)

// shelveCode moves a module's machine code from memory of its own into pages of
// a file in dir, from which the system reads those that run. Of thirteen
// megabytes, which a small Go guest has, that is one or two; the rest it may
// forget and read again. The file has no name, so nobody can change it, and
// goes with the module.
//
// The module must not be closed meanwhile. It may run: each byte stays what and
// where it is. An error means that the code is where it was.
func shelveCode(m wazero.CompiledModule, dir string) error {
	for _, code := range machineCode(m) {
		if err := shelve(code, dir); err != nil {
			return err
		}
	}
	return nil
}

// forgetCode lets the system forget the pages of code that was shelved: those
// that run from now on come back, those that only the start needed do not. The
// module must not be closed meanwhile.
func forgetCode(m wazero.CompiledModule) {
	for _, code := range machineCode(m) {
		// A failure costs memory and nothing else.
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, code.Pointer(), uintptr(roundToPages(uint64(code.Len()))), unix.MADV_DONTNEED)
	}
}

func shelve(code reflect.Value, dir string) error {
	f, err := os.CreateTemp(dir, "code-*")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // the mapping outlives it
	if err := os.Remove(f.Name()); err != nil {
		return err
	}
	if _, err := f.Write(code.Bytes()); err != nil {
		return err
	}
	// The engine unmaps the same range later, as if it were its own memory.
	size := roundToPages(uint64(code.Len()))
	_, _, failed := unix.Syscall6(unix.SYS_MMAP, code.Pointer(), uintptr(size),
		unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_FIXED, f.Fd(), 0)
	if failed != 0 {
		return fmt.Errorf("mapping machine code from a file: %w", failed)
	}
	return nil
}
