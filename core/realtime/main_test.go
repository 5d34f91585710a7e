package realtime_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain looks at what all tests have left behind: no goroutine of a session
// or of the simulator, and no socket.
func TestMain(m *testing.M) {
	before := sockets()
	code := m.Run()
	if f := flag.Lookup("test.fuzzworker"); code == 0 && (f == nil || f.Value.String() != "true") {
		code = leftBehind(before)
	}
	os.Exit(code)
}

func leftBehind(before int) int {
	var left []string
	open := 0
	for range 500 {
		if left, open = goroutines(), sockets(); len(left) == 0 && open <= before {
			return 0
		}
		time.Sleep(20 * time.Millisecond)
	}
	println("left behind:", len(left), "goroutines and", open-before, "sockets\n"+strings.Join(left, "\n\n"))
	return 1
}

// goroutines are the stacks of those that work for this package, but the one
// that asks.
func goroutines() (all []string) {
	stacks := make([]byte, 16<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for s := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		if bytes.Contains(s, []byte("omakase/core/realtime")) && !bytes.Contains(s, []byte("TestMain")) {
			all = append(all, string(s))
		}
	}
	return all
}

// sockets is how many this process has open, where the system tells.
func sockets() (n int) {
	open, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		return 0
	}
	for _, f := range open {
		if to, err := os.Readlink(f); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}
