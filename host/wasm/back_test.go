package wasm_test

import (
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/hostile"
)

// aloneEnv tells a test that it has its process for itself.
const aloneEnv = "OMAKASE_TEST_ALONE"

// TestMemoryComesBack holds that nothing of a hostile guest's memory stays with
// the host once the guest is gone, neither resident nor mapped. It runs in a
// process of its own, whose memory no other test moves.
func TestMemoryComesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("calls every hostile guest")
	}
	if memoryOf(t).resident == 0 {
		t.Skip("this system doesn't tell a process's memory")
	}
	if os.Getenv(aloneEnv) == "" {
		t.Parallel()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMemoryComesBack$", "-test.v")
		cmd.Env = append(os.Environ(), aloneEnv+"=1")
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, said)
		}
		return
	}
	client, err := fetch.New(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	guests := append(hostile.Guests(), hostile.Tricks()...)
	for _, g := range guests { // what is allocated once
		suffer(t, g, client)
	}
	start := memoryOf(t)
	for _, g := range guests {
		before := memoryOf(t)
		suffer(t, g, client)
		after := memoryOf(t)
		for range 50 { // machine code goes when the collector has noticed that nobody runs it
			if after.resident <= before.resident+4<<20 && after.mapped <= before.mapped {
				break
			}
			time.Sleep(10 * time.Millisecond)
			after = memoryOf(t)
		}
		if after.resident > before.resident+4<<20 || after.mapped > before.mapped {
			t.Errorf("%s: before %+v, after %+v", g.Name, before, after)
		}
	}
	end := memoryOf(t)
	t.Logf("before %+v, after %d guests %+v", start, len(guests), end)
	// Each instance that stayed would be 8 MB of address space; the Go runtime
	// takes 64 MB of it at a time.
	if end.resident > start.resident+8<<20 || end.virtual > start.virtual+256<<20 {
		t.Errorf("before %+v, after %d guests %+v", start, len(guests), end)
	}
}

// suffer lets a host be called by a guest, and go.
func suffer(t *testing.T, g hostile.Guest, client *fetch.Client) {
	t.Helper()
	h := newHost(t, map[string][]byte{"bad.wasm": g.Module}, wasm.Options{
		Settings: map[string]wasm.Settings{
			hostile.ID: {Limits: wasm.Limits{Deadline: 20 * time.Millisecond, MemoryMB: hostile.MemoryMB, Faults: -1}},
		},
		Functions: capability.New(capability.Services{Fetch: client}),
	})
	if !g.Unlisted {
		for range 2 {
			_ = detect(t, h, hostile.ID) // how it ends is for TestHostileGuests
		}
	}
	h.Close()
}

// footprint is what a process has of the system's memory, in bytes.
type footprint struct {
	resident int
	virtual  int // address space
	mapped   int // of it what only the engine and its guests have: machine code, and images of memory
}

// memoryOf lets what is free go back first.
func memoryOf(t *testing.T) (f footprint) {
	t.Helper()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return f
	}
	field := func(name string) int {
		_, rest, _ := strings.Cut(string(status), name+":")
		fields := strings.Fields(rest)
		if len(fields) == 0 {
			return 0
		}
		kb, _ := strconv.Atoi(fields[0])
		return kb << 10
	}
	f.resident, f.virtual = field("VmRSS"), field("VmSize")
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return f
	}
	for line := range strings.Lines(string(maps)) {
		fields := strings.Fields(line)
		if len(fields) > 5 && strings.Contains(fields[5], "omakase-guest") || len(fields) == 5 && strings.Contains(fields[1], "x") {
			from, to, _ := strings.Cut(fields[0], "-")
			a, _ := strconv.ParseUint(from, 16, 64)
			b, _ := strconv.ParseUint(to, 16, 64)
			f.mapped += int(b - a)
		}
	}
	return f
}
