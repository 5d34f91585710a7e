package server

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// trim gives back memory that the work just done needed and the wait for the
// next doesn't: free heap, and the pages of the program's own code and
// constants, which come back from the file when they are used again. Of a
// program of this size the start alone touches more than half.
func trim() {
	debug.FreeOSMemory()
	divided.Do(func() {
		for _, p := range programPages() {
			divide(p.from, p.to)
		}
	})
	for _, p := range programPages() {
		advise(p.from, p.to, unix.MADV_DONTNEED)
	}
}

// piece is how much of the program one touch brings back at most.
const piece = 64 << 10

var divided sync.Once // the program is divided as long as the process lives

// divide makes mappings of one piece each. Linux (6.18) maps what lies in the
// page cache as one large piece as a whole, up to two megabytes for one touch,
// but never beyond a mapping; and it keeps neighbours apart that are advised
// differently. Whether a dump would have them matters to nobody, since it has
// no pages of files.
func divide(from, to uintptr) {
	for at := from &^ (2*piece - 1); at < to; at += 2 * piece {
		if begin, end := max(at, from), min(at+piece, to); begin < end {
			advise(begin, end, unix.MADV_DONTDUMP)
		}
	}
}

// advise tells the kernel about memory. A failure costs memory and nothing else.
func advise(from, to uintptr, advice uintptr) {
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, to-from, advice)
}

type pages struct{ from, to uintptr }

// programPages are the mappings of the program's file that are never written.
func programPages() (all []pages) {
	program, err := os.Executable()
	if err != nil {
		return nil
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil
	}
	defer func() { _ = maps.Close() }()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var p pages
		var mode string
		line := lines.Text()
		if !strings.HasSuffix(line, " "+program) {
			continue
		}
		if _, err := fmt.Sscanf(line, "%x-%x %s", &p.from, &p.to, &mode); err != nil || mode[1] == 'w' {
			continue // written pages have no copy in the file
		}
		if n := len(all); n > 0 && all[n-1].to == p.from {
			all[n-1].to = p.to
			continue
		}
		all = append(all, p)
	}
	return all
}
