package api

import (
	"fmt"
	"testing"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	l := newLimiter(3)
	for i := range 5 {
		wait, ok := l.take("a")
		if ok != (i < 3) || ok != (wait == 0) {
			t.Errorf("request %d: %s %t", i, wait, ok)
		}
	}
	if wait, _ := l.take("a"); wait > 21e9 {
		t.Errorf("asking in vain makes the wait longer: %s", wait)
	}
	if _, ok := l.take("b"); !ok {
		t.Error("callers share what is each one's own")
	}
	for i := range 3 * maxCallers {
		l.take(fmt.Sprint(i))
	}
	l.callers.CleanUp()
	if n := l.callers.EstimatedSize(); n > maxCallers {
		t.Errorf("%d callers are remembered", n)
	}
	if _, ok := newLimiter(0).take("a"); !ok {
		t.Error("no limit limits")
	}
}
