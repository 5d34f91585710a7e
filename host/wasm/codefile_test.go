package wasm

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// TestCodeIsReadFromAFile holds that the code of a large module was found and
// moved, that it still is the same, and that it goes with its module.
func TestCodeIsReadFromAFile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("code is moved on Linux only")
	}
	guest := largeGuest(t)
	dir := t.TempDir()
	for _, cached := range []bool{false, true} {
		m, f := load(t.Context(), guest, Settings{}.limits(abi.Limits{}, true), dir, hclog.NewNullLogger())
		if f != nil {
			t.Fatal(f)
		}
		segments := machineCode(m.compiled)
		if len(segments) != 1 {
			t.Fatalf("cached %t: %d large segments of machine code were found; has the engine changed?", cached, len(segments))
		}
		at, before := segments[0].Pointer(), bytes.Clone(segments[0].Bytes())
		if where := mapping(t, at); !strings.Contains(where, "r-xp") || !strings.Contains(where, dir) || !strings.Contains(where, "(deleted)") {
			t.Errorf("cached %t: the code is in %q", cached, where)
		}
		if err := shelveCode(m.compiled, dir); err != nil || !bytes.Equal(before, segments[0].Bytes()) {
			t.Errorf("cached %t: %v, or the code is another one", cached, err)
		}
		if forgetCode(m.compiled); !bytes.Equal(before, segments[0].Bytes()) {
			t.Errorf("cached %t: forgotten code comes back as another one", cached)
		}
		m.close()
		for range 50 { // the engine frees it by a finalizer
			if runtime.GC(); !strings.Contains(mapping(t, at), dir) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if where := mapping(t, at); strings.Contains(where, dir) {
			t.Errorf("cached %t: after closing there is still %q", cached, where)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || slices.ContainsFunc(files, func(f os.DirEntry) bool { return strings.HasPrefix(f.Name(), "code-") }) {
		t.Errorf("files stay behind: %v %v", files, err)
	}
}

// mapping is the line of the process's memory map that an address is in.
func mapping(t *testing.T, at uintptr) string {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err == nil && from <= at && at < to {
			return line
		}
	}
	return ""
}

// largeGuest is a guest of some megabytes of machine code.
func largeGuest(t *testing.T) []byte {
	t.Helper()
	var g asm.Module
	g.Import("omakase", "host_call", asm.Types{asm.I32, asm.I32, asm.I32}, asm.Types{asm.I32})
	g.Memory(2, 0)
	export := func(name string, params, results asm.Types, code ...[]byte) {
		g.Export(name, g.Func(params, results, nil, code...))
	}
	export("omakase_abi", nil, asm.Types{asm.I32}, asm.I32Const(1<<16))
	export("omakase_alloc", asm.Types{asm.I32}, asm.Types{asm.I32}, asm.I32Const(1<<10))
	export("omakase_call", asm.Types{asm.I32, asm.I32}, asm.Types{asm.I64}, asm.I64Const(0))
	for range 500 {
		code := [][]byte{asm.LocalGet(0)}
		for i := range 600 {
			code = append(code, asm.LocalGet(1), []byte{0x6a + byte(i%3)}, asm.LocalGet(0), []byte{0x73}) // add, sub or multiply; xor
		}
		g.Func(asm.Types{asm.I32, asm.I32}, asm.Types{asm.I32}, nil, code...)
	}
	return g.Bytes()
}
