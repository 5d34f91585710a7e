package bus_test

import (
	"sync"
	"testing"

	"github.com/omakase-ai/omakase/core/bus"
)

func TestSlowSubscriberKeepsTheNewest(t *testing.T) {
	t.Parallel()
	b := bus.New()
	s := b.Subscribe("a", 2)
	defer s.Close()
	for i := range 10 {
		b.Publish("a", i)
		b.Publish("other", -1)
	}
	if x, y := (<-s.C).Data, (<-s.C).Data; x != 8 || y != 9 {
		t.Errorf("got %v, %v; want 8, 9", x, y)
	}
}

func TestPublishSubscribeClose(t *testing.T) {
	t.Parallel()
	b := bus.New()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			s := b.Subscribe("a", 1)
			b.Publish("a", 1)
			<-s.C
			s.Close()
			s.Close()
		})
	}
	wg.Wait()
}
