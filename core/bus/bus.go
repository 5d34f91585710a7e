// Package bus carries events between the parts of one host, and later between
// hosts. Delivery is best effort: an event tells that something changed, the
// store says what is true.
package bus

import "sync"

// Event is a topic and what happened. Data is read-only once published.
type Event struct {
	Topic string
	Data  any
}

// Bus is an in-process fan-out. The zero value is not usable; call New. All
// methods may be called from any goroutine.
type Bus struct {
	mu   sync.RWMutex
	subs map[string]map[*Subscription]struct{}
}

// New returns an empty bus.
func New() *Bus { return &Bus{subs: map[string]map[*Subscription]struct{}{}} }

// Subscription receives the events of one topic on C. A subscriber that does
// not keep up loses the oldest events, never the newest.
type Subscription struct {
	C     <-chan Event
	ch    chan Event
	bus   *Bus
	topic string
	once  sync.Once
}

// Subscribe starts to receive a topic with room for buffer events. Close the
// subscription when done.
func (b *Bus) Subscribe(topic string, buffer int) *Subscription {
	ch := make(chan Event, max(buffer, 1))
	s := &Subscription{C: ch, ch: ch, bus: b, topic: topic}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs[topic] == nil {
		b.subs[topic] = map[*Subscription]struct{}{}
	}
	b.subs[topic][s] = struct{}{}
	return s
}

// Close ends the subscription. It may be called more than once; C is not
// closed, so a select on it simply blocks.
func (s *Subscription) Close() {
	s.once.Do(func() {
		s.bus.mu.Lock()
		defer s.bus.mu.Unlock()
		delete(s.bus.subs[s.topic], s)
		if len(s.bus.subs[s.topic]) == 0 {
			delete(s.bus.subs, s.topic)
		}
	})
}

// Publish hands the event to every subscriber of its topic and never blocks.
func (b *Bus) Publish(topic string, data any) {
	e := Event{Topic: topic, Data: data}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for s := range b.subs[topic] {
		s.offer(e)
	}
}

// offer drops the oldest event until the new one fits.
func (s *Subscription) offer(e Event) {
	for {
		select {
		case s.ch <- e:
			return
		default:
		}
		select {
		case <-s.ch:
		default:
		}
	}
}
