package heap

import (
	"runtime"
	"runtime/metrics"
	"sync/atomic"
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
	const low = 32 << 20
	var floor atomic.Uint64
	floor.Store(low)
	t.Setenv("GOGC", "")
	usually := goal()
	release := Keep(floor.Load)
	if kept := goal(); usually >= low/2 || kept < low || kept > 2*low {
		t.Errorf("the heap is collected at %d, with a floor at %d", usually, kept)
	}
	floor.Store(4 * low)
	for kept := goal(); kept < 2*low; kept = goal() { // ends with the test's own limit
		time.Sleep(time.Millisecond)
	}
	floor.Store(low)
	large := make([]byte, 2*low)
	for metric("/gc/gogc:percent") != usual {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	runtime.KeepAlive(large)
	for metric("/gc/gogc:percent") == usual {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	release()
	if released := goal(); released >= low/2 {
		t.Errorf("after the release the heap is collected at %d", released)
	}
	t.Setenv("GOGC", "100")
	defer Keep(floor.Load)()
	if chosen := goal(); chosen >= low/2 {
		t.Errorf("although GOGC is set the heap is collected at %d", chosen)
	}
}
