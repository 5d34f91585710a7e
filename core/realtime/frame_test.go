package realtime

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// stub is an upstream without a network: what is fed it says, and what it hears
// it counts.
type stub struct {
	feed  chan []byte
	over  chan struct{}
	once  sync.Once
	heard atomic.Int64
}

func (u *stub) Dial(context.Context, string) (Link, error) { return u, nil }

func (u *stub) Read() ([]byte, error) {
	select {
	case event := <-u.feed:
		return event, nil
	case <-u.over:
		return nil, errors.New("over")
	}
}

func (u *stub) Write(events [][]byte) error { u.heard.Add(int64(len(events))); return nil }
func (u *stub) Ping(context.Context) error  { return nil }
func (u *stub) Close()                      { u.once.Do(func() { close(u.over) }) }

// ear is a client that counts what it hears.
type ear struct{ events int }

func (e *ear) Write(events [][]byte) error { e.events += len(events); return nil }
func (*ear) Close(string, error)           {}

// speaking is a session in the middle of a response.
func speaking(b *testing.B) (*Session, *stub, *ear, Link) {
	b.Helper()
	u, e := &stub{feed: make(chan []byte), over: make(chan struct{})}, &ear{}
	m := New(Options{Upstream: u, Log: slog.New(slog.DiscardHandler)})
	s, err := m.Open(b.Context(), Config{Client: e})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer stop()
		_ = m.Shutdown(ctx)
	})
	for _, event := range []string{
		`{"type":"session.created","session":{"type":"realtime"}}`,
		`{"type":"session.updated","session":{"type":"realtime"}}`,
		`{"type":"response.created","response":{"id":"resp_1","conversation_id":"conv_1"}}`,
		`{"type":"conversation.item.added","item":{"id":"item_1","type":"message","role":"assistant"}}`,
		`{"type":"rate_limits.updated"}`, // once it is taken, what came before is done
	} {
		u.feed <- []byte(event)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s, u, e, s.link
}

var speech = base64.StdEncoding.EncodeToString(make([]byte, 960)) // 20 ms

// BenchmarkFrame is what a session does with a frame, without the sockets.
func BenchmarkFrame(b *testing.B) {
	b.Run("up", func(b *testing.B) {
		s, u, _, link := speaking(b)
		event := []byte(`{"type":"input_audio_buffer.append","audio":"` + speech + `"}`)
		b.ReportAllocs()
		cleared, n := []byte(`{"type":"input_audio_buffer.cleared","event_id":"event_1"}`), 0
		for b.Loop() {
			if n++; n%50 == 0 { // no turn is longer than a second
				s.fromUpstream(link, cleared)
			}
			s.Receive(event)
		}
		s.up.mu.Lock() // the writer may have had some of them
		defer s.up.mu.Unlock()
		if n := int(u.heard.Load()+s.up.dropped.Load()) + len(s.up.queue); !s.up.busy && n < b.N {
			b.Fatalf("%d of %d frames arrived", n, b.N)
		}
	})
	b.Run("down", func(b *testing.B) {
		s, _, e, link := speaking(b)
		event := []byte(`{"type":"response.output_audio.delta","event_id":"event_1","response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,"delta":"` + speech + `"}`)
		b.ReportAllocs()
		for b.Loop() {
			s.fromUpstream(link, event)
			s.flush(time.Now(), time.Time{}) // a machine that is busy is no slow client
		}
		if e.events < b.N {
			b.Fatalf("%d of %d frames arrived", e.events, b.N)
		}
	})
}
