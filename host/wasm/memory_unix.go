//go:build unix

package wasm

import (
	"os"

	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// pages is a guest's memory outside of the Go heap: its whole range is
// reserved, grows in place, and goes back to the system the moment it is
// freed. The collector neither scans nor waits for it.
type pages struct {
	b      []byte
	used   int    // bytes that are readable and writable
	image  *image // what its beginning was mapped from; nil: nothing
	shrink uint64 // what the next Reallocate makes of it, whatever it asks for; 0: nothing
}

// allocate is an experimental.MemoryAllocator.
func allocate(_, most uint64) experimental.LinearMemory {
	size := roundToPages(max(most, 1))
	b, err := unix.Mmap(-1, 0, int(size), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return &heapMemory{max: most}
	}
	return &pages{b: b}
}

func roundToPages(n uint64) uint64 {
	page := uint64(os.Getpagesize())
	return (n + page - 1) / page * page
}

// Reallocate grows the memory in place; nil when the system refuses.
func (p *pages) Reallocate(size uint64) []byte {
	if p.shrink > 0 {
		size, p.shrink = p.shrink, 0
	}
	if size > uint64(len(p.b)) {
		return nil
	}
	if want := int(roundToPages(size)); want > p.used {
		if err := unix.Mprotect(p.b[p.used:want], unix.PROT_READ|unix.PROT_WRITE); err != nil {
			return nil
		}
		p.used = want
	}
	return p.b[:size:size]
}

// Free gives the memory back. Slices of it are no longer valid.
func (p *pages) Free() {
	if p.b != nil {
		_ = unix.Munmap(p.b) // nothing is left to do about a refusal
		p.b = nil
	}
}
