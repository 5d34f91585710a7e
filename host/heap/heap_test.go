package heap

import (
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		floor, live uint64
		want        int
	}{
		{16 << 20, 0, 400},
		{16 << 20, 2 << 20, 400},
		{16 << 20, 4 << 20, 300},
		{16 << 20, 6 << 20, 166},
		{16 << 20, 8 << 20, 100},
		{16 << 20, 1 << 40, 100},
		{4 << 20, 1 << 20, 100},
		{0, 5, 100},
	} {
		if got := growth(tt.floor, tt.live); got != tt.want {
			t.Errorf("growth(%d, %d) = %d, want %d", tt.floor, tt.live, got, tt.want)
		}
	}
}

func metric(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// goal is when the heap is collected next.
func goal() uint64 {
	runtime.GC()
	return metric("/gc/heap/goal:bytes")
}

// It changes what the whole process does, so nothing runs beside it.
func TestKeep(t *testing.T) { //nolint:paralleltest // see above
	const floor = 32 << 20
	t.Setenv("GOGC", "")
	usually := goal()
	release := Keep(floor)
	if kept := goal(); usually >= floor/2 || kept < floor || kept > 2*floor {
		t.Errorf("the heap is collected at %d, with a floor at %d", usually, kept)
	}
	large := make([]byte, 2*floor)
	for metric("/gc/gogc:percent") != usual { // ends with the test's own limit
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	runtime.KeepAlive(large)
	for metric("/gc/gogc:percent") == usual {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	release()
	if released := goal(); released >= floor/2 {
		t.Errorf("after the release the heap is collected at %d", released)
	}
	t.Setenv("GOGC", "100")
	defer Keep(floor)()
	if chosen := goal(); chosen >= floor/2 {
		t.Errorf("although GOGC is set the heap is collected at %d", chosen)
	}
}
