package realtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// wire is a link without a network, that a test holds both ends of.
type wire struct {
	feed chan []byte
	over chan struct{}
	once sync.Once
	deaf chan struct{} // closed when signs are given; nil: at once

	mu    sync.Mutex
	wrote []string
	asked int // for a sign
}

func (w *wire) Read() ([]byte, error) {
	select {
	case event := <-w.feed:
		return event, nil
	case <-w.over:
		return nil, errors.New("over")
	}
}

func (w *wire) Write(events [][]byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range events {
		w.wrote = append(w.wrote, string(e))
	}
	return nil
}

func (w *wire) Ping(ctx context.Context) error {
	w.mu.Lock()
	w.asked++
	w.mu.Unlock()
	if w.deaf == nil {
		return nil
	}
	select {
	case <-w.deaf:
		return nil
	case <-w.over:
		return errors.New("over")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *wire) Close() { w.once.Do(func() { close(w.over) }) }

// heard are the words of audio that went over the wire.
func (w *wire) heard() (words []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.wrote {
		if _, word, ok := strings.Cut(e, `"audio":"`); ok {
			words = append(words, strings.TrimSuffix(word, `"}`))
		}
	}
	return words
}

// wires is an upstream that opens one after the other.
type wires struct{ next chan *wire }

func (u wires) Dial(ctx context.Context, _ string) (Link, error) {
	select {
	case w := <-u.next:
		w.feed <- []byte(`{"type":"session.created","session":{"type":"realtime"}}`)
		w.feed <- []byte(`{"type":"session.updated","session":{"type":"realtime"}}`)
		return w, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func newWire() *wire {
	return &wire{feed: make(chan []byte, 16), over: make(chan struct{})}
}

// conversing holds a session over a first link. A second one opens when that
// breaks. The clock is the test's.
func conversing(t *testing.T, first *wire, f func(t *testing.T, s *Session, second *wire)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		first.feed, first.over = make(chan []byte, 16), make(chan struct{})
		if first.deaf != nil {
			first.deaf = make(chan struct{})
		}
		second := newWire()
		u := wires{make(chan *wire, 2)}
		u.next <- first
		u.next <- second
		m := New(Options{Upstream: u})
		s, err := m.Open(t.Context(), Config{Client: &ear{}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			s.End()
			<-s.Done()
			_ = m.Shutdown(context.Background())
		}()
		synctest.Wait()
		f(t, s, second)
	})
}

// say sends words as audio, 20 ms each, from a number on.
func say(s *Session, from, n int) {
	for i := range n {
		s.Receive(fmt.Appendf(nil, `{"type":"input_audio_buffer.append","audio":"%04d"}`, from+i))
		time.Sleep(20 * time.Millisecond)
	}
	synctest.Wait()
}

// allOf fails unless the words are all those up to a number, in order.
func allOf(t *testing.T, words []string, from, to int) {
	t.Helper()
	for i, word := range words {
		if word != fmt.Sprintf("%04d", from+i) {
			t.Fatalf("word %d is %s, of %v", i, word, words)
		}
	}
	if from+len(words) != to {
		t.Errorf("%d words, not %d: %v", len(words), to-from, words)
	}
}

// What a customer said before the host, or the network, stood still has not
// been heard by anybody. Should the upstream be gone afterwards, the next one
// hears it.
func TestStandstillLosesNothing(t *testing.T) {
	t.Parallel()
	conversing(t, &wire{deaf: make(chan struct{})}, func(t *testing.T, s *Session, second *wire) {
		first := s.link.(*wire)
		say(s, 0, 30)
		time.Sleep(3 * time.Second) // longer than audio is kept that was heard
		say(s, 30, 5)
		first.Close()
		synctest.Wait()
		say(s, 35, 5)
		allOf(t, second.heard(), 0, 40)
	})
}

// An upstream that gives no sign while a customer speaks is left for another
// one, which hears all that was said meanwhile.
func TestDeafUpstreamIsLeft(t *testing.T) {
	t.Parallel()
	conversing(t, &wire{deaf: make(chan struct{})}, func(t *testing.T, s *Session, second *wire) {
		say(s, 0, 600) // 12 s
		if second.heard() == nil {
			t.Fatal("the upstream was not left")
		}
		allOf(t, second.heard(), 0, 600)
	})
}

// Of what an upstream has shown to have heard, without anybody speaking, no
// more is kept than its word for the beginning of speech takes.
func TestSilenceIsLetGo(t *testing.T) {
	t.Parallel()
	conversing(t, &wire{}, func(t *testing.T, s *Session, second *wire) {
		first := s.link.(*wire)
		say(s, 0, 1000) // 20 s
		s.mu.Lock()
		kept := len(s.spoken.pieces)
		s.mu.Unlock()
		if most := int(askAfter/(20*time.Millisecond)) + 2; kept > most || kept < int(keepRecent/(20*time.Millisecond)) {
			t.Errorf("%d pieces are kept, at most %d are to be", kept, most)
		}
		if first.asked < 10 || first.asked > 60 {
			t.Errorf("it was asked for a sign %d times", first.asked)
		}
		first.Close()
		synctest.Wait()
		allOf(t, second.heard(), 1000-kept, 1000)
	})
}

// A turn that begins while another link is dialled is not interrupted by it.
func TestRotationWaitsForTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first, early, second := newWire(), newWire(), newWire()
		u := wires{make(chan *wire, 1)}
		u.next <- first
		m := New(Options{Upstream: u, Times: Times{Rotate: time.Second}})
		s, err := m.Open(t.Context(), Config{Client: &ear{}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			s.End()
			<-s.Done()
			_ = m.Shutdown(context.Background())
		}()
		closed := func(w *wire) bool {
			select {
			case <-w.over:
				return true
			default:
				return false
			}
		}
		time.Sleep(2 * time.Second) // it dials
		s.Receive([]byte(`{"type":"response.create"}`))
		first.say(`{"type":"response.created","response":{"id":"r1","conversation_id":"c"}}`)
		u.next <- early
		synctest.Wait()
		if closed(first) || !closed(early) {
			t.Fatal("the turn was interrupted")
		}
		first.say(`{"type":"response.done","response":{"id":"r1","status":"completed","output":[]}}`)
		u.next <- second
		time.Sleep(time.Second)
		synctest.Wait()
		if !closed(first) || closed(second) {
			t.Error("there was no rotation in the quiet moment")
		}
	})
}
