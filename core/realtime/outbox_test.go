package realtime

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// paper is a sink that keeps what is written on it. Two writers at once are a
// mistake of the outbox's.
type paper struct {
	wire
	t    *testing.T
	busy atomic.Bool
	told []string
	all  chan struct{} // closed when there are as many as are to come
}

const each = 300 // that each of three brings

func (p *paper) Write(events [][]byte) error {
	if p.busy.Swap(true) {
		p.t.Error("two write at once")
	}
	for _, e := range events {
		p.told = append(p.told, string(e))
	}
	if len(p.told) == 3*each {
		close(p.all)
	}
	p.busy.Store(false)
	return nil
}

// Whoever brings events to an outbox, and whoever of them writes: each is written
// once, in the order of who brought it, over pauses as well, and the end is seen
// once, after the last.
func TestOutbox(t *testing.T) {
	t.Parallel()
	for range 50 {
		var served sync.WaitGroup
		var ends, ran atomic.Int64
		p := &paper{t: t, all: make(chan struct{})}
		o := newOutbox(1<<30, 1<<30, new(atomic.Int64))
		o.sink = p
		over := make(chan struct{})
		o.serve = func() {
			served.Go(func() {
				ran.Add(1)
				for again := false; ; again = true {
					sink, ok, end := o.take(again)
					if end && ends.Add(1) == 1 {
						close(over)
					}
					if !ok {
						return
					}
					_ = o.deliver(sink)
				}
			})
		}
		var all sync.WaitGroup
		bring := func(name string, f func(event []byte)) {
			all.Go(func() {
				for i := range each {
					f(fmt.Appendf(nil, "%s %d", name, i))
				}
			})
		}
		bring("put", func(e []byte) { o.put(e, mark) })
		bring("flush", func(e []byte) {
			o.leave(e, mark)
			if rand.N(4) == 0 {
				o.wake()
			} else if o.grab() {
				_ = o.deliver(p)
				o.done()
			}
		})
		bring("pass", func(e []byte) {
			if sink, ok := o.pass(); ok {
				_ = sink.Write([][]byte{e})
				o.done()
			} else {
				o.put(e, audio)
			}
		})
		all.Go(func() {
			for range 30 {
				o.pause()
				o.resume(p, nil)
			}
		})
		all.Wait()
		select {
		case <-p.all:
		case <-time.After(30 * time.Second):
			t.Fatal("events wait, and nobody writes them")
		}
		o.close()
		<-over
		served.Wait()
		next := map[string]int{}
		for _, e := range p.told {
			var name string
			var n int
			if _, err := fmt.Sscan(e, &name, &n); err != nil || next[name] != n {
				t.Fatalf("%q came when %d was next: %v", e, next[name], err)
			}
			next[name]++
		}
		if next["put"] != each || next["flush"] != each || next["pass"] != each || ends.Load() != 1 || ran.Load() == 0 {
			t.Fatalf("%v, the end was seen %d times", next, ends.Load())
		}
	}
}

// What comes while somebody writes is written afterwards, without a word of
// anybody's.
func TestOutboxWhileBusy(t *testing.T) {
	t.Parallel()
	p := &paper{t: t}
	o := newOutbox(1<<20, 1<<20, new(atomic.Int64))
	o.sink = p
	roused := 0
	o.serve = func() { roused++ }
	if _, ok := o.pass(); !ok {
		t.Fatal("nothing waits, and nothing passes")
	}
	o.put([]byte("a"), control)
	if _, ok := o.pass(); ok || o.grab() || roused != 0 {
		t.Fatal("two write at once")
	}
	o.done()
	if roused != 1 {
		t.Fatal("nobody was roused after a pass")
	}
	o.serving = false // as if that one had come to nothing
	if !o.grab() {
		t.Fatal("nothing was there")
	}
	o.put([]byte("b"), control)
	if err := o.deliver(p); err != nil {
		t.Fatal(err)
	}
	o.done()
	if roused != 2 || len(p.told) != 1 {
		t.Fatalf("roused %d times after %q was written", roused, p.told)
	}
	o.discard()
	o.wake()
	if roused != 2 || o.put([]byte("c"), control) {
		t.Fatal("an outbox without a sink goes on")
	}
}
