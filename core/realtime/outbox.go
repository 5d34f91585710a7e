package realtime

import (
	"sync"
	"sync/atomic"
)

// class is how the events of an outbox are treated when there are too many.
type class uint8

const (
	control class = iota // kept, in order, up to the outbox's bound
	audio                // the oldest are dropped, or all at an interruption
	mark                 // control that has its place in the audio, also over a pause
)

// outbox is the bounded queue of one leg. Whoever fills it never waits. Its
// policy: audio beyond audioBound pushes out the oldest audio; control events
// are never dropped, and one beyond the bound fails, which ends the leg.
//
// Nobody waits for events: most pass in the goroutine that brings them, and for
// others one is started that ends when nothing is left. Sessions are many, and
// a goroutine that waits keeps the stack that it once needed.
type outbox struct {
	mu      sync.Mutex
	still   sync.Cond // nobody writes
	queue   []parcel
	bytes   int
	audible int // bytes of audio in the queue
	closed  bool
	paused  bool
	busy    bool   // somebody writes what was taken
	serve   func() // starts a goroutine that takes until there is nothing
	serving bool   // it runs
	over    bool   // it has seen the end

	batch  []parcel // what was taken: it is for whoever made the outbox busy
	events [][]byte

	sink              Link   // whom the events are for, where that changes
	reason            string // why the leg was closed
	err               error
	bound, audioBound int
	dropped           *atomic.Int64 // counts audio events that are pushed out
}

// parcel is an event in a buffer of the pool.
type parcel struct {
	buf   *[]byte
	class class
}

func newOutbox(bound, audioBound int, dropped *atomic.Int64) *outbox {
	o := &outbox{bound: bound, audioBound: audioBound, dropped: dropped}
	o.still.L = &o.mu
	return o
}

// rouse starts whoever takes, where there is something for them.
func (o *outbox) rouse() {
	if o.serving || o.busy || o.over || o.paused || len(o.queue) == 0 && !o.closed {
		return
	}
	o.serving = true
	o.serve()
}

// buffers are those of events on their way. A frame of 20 ms fits into one, and
// a session keeps dozens.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 1536); return &b }}

// maxPooled is the largest buffer that is kept for the next event.
const maxPooled = 16 << 10

func copied(event []byte) *[]byte {
	b := buffers.Get().(*[]byte)
	*b = append((*b)[:0], event...)
	return b
}

func release(b *[]byte) {
	if cap(*b) <= maxPooled {
		buffers.Put(b)
	}
}

// put adds a copy of the event. It reports false when the outbox is full or
// closed.
func (o *outbox) put(event []byte, c class) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	ok := o.gather(event, c)
	o.rouse()
	return ok
}

// leave is put for somebody who will take what waits.
func (o *outbox) leave(event []byte, c class) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.gather(event, c)
}

func (o *outbox) gather(event []byte, c class) bool {
	if o.closed || o.bytes+len(event) > o.bound && c != audio {
		return false
	}
	o.add(event, c)
	if c == audio {
		for i := 0; o.audible > o.audioBound && i < len(o.queue)-1; {
			if o.queue[i].class != audio {
				i++
				continue
			}
			o.drop(i)
			o.dropped.Add(1)
		}
	}
	return true
}

func (o *outbox) add(event []byte, c class) {
	o.queue = append(o.queue, parcel{copied(event), c})
	o.bytes += len(event)
	if c == audio {
		o.audible += len(event)
	}
}

func (o *outbox) drop(i int) {
	n := len(*o.queue[i].buf)
	o.bytes -= n
	if o.queue[i].class == audio {
		o.audible -= n
	}
	release(o.queue[i].buf)
	o.queue = append(o.queue[:i], o.queue[i+1:]...)
}

// waiting is how many bytes there are.
func (o *outbox) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes
}

// silence drops all audio that still waits, after f has seen it.
func (o *outbox) silence(f func(event []byte)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	kept := o.queue[:0]
	for _, p := range o.queue {
		if p.class == audio {
			f(*p.buf)
			o.bytes -= len(*p.buf)
			release(p.buf)
			continue
		}
		kept = append(kept, p)
	}
	clear(o.queue[len(kept):])
	o.queue, o.audible = kept, 0
}

// pause lets nobody take, so that events gather while a leg is down, and returns
// when nobody writes any more. Control events that waited are dropped: whoever
// resumes says anew what matters.
func (o *outbox) pause() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.paused, o.sink = true, nil
	for o.busy {
		o.still.Wait()
	}
	for i := 0; i < len(o.queue); {
		if o.queue[i].class == control {
			o.drop(i)
			continue
		}
		i++
	}
}

// resume lets events go on to a sink, with the given control events first.
func (o *outbox) resume(sink Link, first [][]byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	waiting := o.queue
	o.queue = make([]parcel, 0, len(first)+len(waiting))
	for _, event := range first {
		o.queue = append(o.queue, parcel{copied(event), control})
		o.bytes += len(event)
	}
	o.queue = append(o.queue, waiting...)
	o.paused, o.sink = false, sink
	o.rouse()
}

// take takes all events, for the sink. Without any, whoever serves is to end; it
// has seen the end of the outbox when over says so. again is whether it took
// some before.
func (o *outbox) take(again bool) (sink Link, ok, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if again {
		o.written()
	}
	if o.busy || o.paused || len(o.queue) == 0 {
		o.serving = false
		o.over = o.over || o.closed && !o.busy && !o.paused
		return nil, false, o.over
	}
	o.empty()
	return o.sink, true, false
}

// grab takes what waits for somebody who does not serve, and says done. ok is
// false when there is nothing, or when somebody writes: they will take it.
func (o *outbox) grab() (ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy || o.closed || o.paused || len(o.queue) == 0 {
		return false
	}
	o.empty()
	return true
}

// deliver writes what was taken.
func (o *outbox) deliver(to interface{ Write(events [][]byte) error }) error {
	for _, p := range o.batch {
		o.events = append(o.events, *p.buf)
	}
	err := to.Write(o.events)
	for _, p := range o.batch {
		release(p.buf)
	}
	clear(o.batch)
	clear(o.events)
	o.events = o.events[:0]
	return err
}

// pass lets an event go past the queue when nothing waits in it. Whoever
// passes says done.
func (o *outbox) pass() (sink Link, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy || o.closed || o.paused || len(o.queue) > 0 {
		return nil, false
	}
	o.busy = true
	return o.sink, true
}

// done ends grab or pass.
func (o *outbox) done() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.written()
	o.rouse()
}

// written ends a write.
func (o *outbox) written() {
	o.busy = false
	if o.paused {
		o.still.Signal()
	}
}

// wake has what waits taken.
func (o *outbox) wake() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rouse()
}

// maxKept is the longest list of events that is kept for the next ones.
const maxKept = 64

// empty takes what waits.
func (o *outbox) empty() {
	if cap(o.batch) > maxKept {
		o.batch, o.events = nil, nil
	}
	o.batch, o.queue = o.queue, o.batch[:0]
	o.bytes, o.audible, o.busy = 0, 0, true
}

// discard ends an outbox whose sink is gone: nobody sees the end.
func (o *outbox) discard() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.over = true, true
	for _, p := range o.queue {
		release(p.buf)
	}
	o.queue, o.bytes, o.audible = nil, 0, 0
}

// close takes nothing more. Whoever serves sees the end once the outbox is
// empty.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.rouse()
}
