package realtime_test

import (
	"context"
	_ "embed" // the tools
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/openai"
	"github.com/omakase-ai/omakase/core/realtime/sim"
)

// stage is a manager whose upstream is a simulator.
type stage struct {
	t       testing.TB
	url     string // of the simulator
	sim     *sim.Server
	manager *realtime.Manager
	tools   *box
}

const simKey = "sk-sim-0123456789abcdef"

func newStage(t testing.TB, so sim.Options, o realtime.Options) *stage {
	t.Helper()
	so.Keys = append(so.Keys, simKey)
	if so.Pace == 0 {
		so.Pace = -1
	}
	s := sim.New(so)
	web := httptest.NewServer(s)
	client, err := openai.New(openai.Options{BaseURL: web.URL + "/v1", Key: simKey, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	st := &stage{t: t, url: web.URL, sim: s, tools: newBox()}
	o.Upstream = client.Upstream()
	if o.Toolbox == nil {
		o.Toolbox = st.tools
	}
	if testing.Verbose() && o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	if o.Times.Tick == 0 {
		o.Times.Tick = 10 * time.Millisecond
	}
	if o.Times.Retry == 0 {
		o.Times.Retry = time.Millisecond
	}
	st.manager = realtime.New(o)
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), time.Second)
		defer stop()
		_ = st.manager.Shutdown(ctx)
		waitFor(t, "conversations of the upstream to close", func() bool { return s.Live() == 0 })
		s.Close()
		web.Close()
	})
	return st
}

// maxLooks is how often a test looks, a millisecond apart, before it gives up.
// Looks are counted, since the clock also goes on while nobody gets to run.
const maxLooks = 10_000

func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for looks := 0; !ok(); time.Sleep(time.Millisecond) {
		if looks++; looks > maxLooks {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// open begins a session with a client of its own.
func (s *stage) open(c realtime.Config) *person {
	s.t.Helper()
	p := &person{t: s.t, changed: make(chan struct{}, 1)}
	c.Client, c.Model, c.Workspace = p, "gpt-realtime-2.1", "default"
	var err error
	if p.session, err = s.manager.Open(s.t.Context(), c); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// person is a client that keeps all that it is told.
type person struct {
	t       testing.TB
	session *realtime.Session
	changed chan struct{}

	mu     sync.Mutex
	events []told
	closed []string
	err    error
	stall  chan struct{} // while it is open, Write waits
}

type told struct {
	typ  string
	text []byte
	m    map[string]any
}

func (p *person) Write(events [][]byte) error {
	p.mu.Lock()
	stall := p.stall
	p.mu.Unlock()
	if stall != nil {
		<-stall
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range events {
		d := told{text: slices.Clone(e)}
		if err := json.Unmarshal(e, &d.m); err != nil {
			p.t.Errorf("%v: %s", err, e)
		}
		d.typ, _ = d.m["type"].(string)
		p.events = append(p.events, d)
	}
	return nil
}

func (p *person) Close(reason string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed, p.err = append(p.closed, reason), err
}

func (p *person) say(event any) {
	b, err := json.Marshal(event)
	if err != nil {
		p.t.Fatal(err)
	}
	p.session.Receive(b)
}

// write sends a message and asks for an answer, as a keyboard does.
func (p *person) write(text string) {
	p.say(map[string]any{"type": "conversation.item.create", "item": map[string]any{
		"type": "message", "role": "user", "content": []any{map[string]any{"type": "input_text", "text": text}},
	}})
	p.say(map[string]any{"type": "response.create"})
}

// speak sends audio in frames of 20 ms.
func (p *person) speak(sound []byte) {
	for len(sound) > 0 {
		n := min(960, len(sound))
		p.session.Receive(fmt.Appendf(nil, `{"type":"input_audio_buffer.append","audio":"%s"}`, base64.StdEncoding.EncodeToString(sound[:n])))
		sound = sound[n:]
	}
}

// talk sends audio ten times faster than life.
func (p *person) talk(sounds ...[]byte) {
	for _, sound := range sounds {
		for len(sound) > 0 {
			n := min(960, len(sound))
			p.speak(sound[:n])
			sound = sound[n:]
			time.Sleep(2 * time.Millisecond)
		}
	}
}

func (p *person) all(typ string) (found []told) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		if e.typ == typ {
			found = append(found, e)
		}
	}
	return found
}

// wait returns the n-th event of a type, from 1.
func (p *person) wait(typ string, n int) told {
	p.t.Helper()
	var found []told
	for range maxLooks {
		if found = p.all(typ); len(found) >= n {
			return found[n-1]
		}
		time.Sleep(time.Millisecond)
	}
	types := p.types()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.t.Fatalf("no %s number %d; there was %v; closed %v %v", typ, n, types, p.closed, p.err)
	return told{}
}

// hear waits until the agent has said something with the text in it, whatever
// it says before: on a slow machine it asks for patience.
func (p *person) hear(text string) {
	p.t.Helper()
	for range maxLooks {
		for _, e := range p.all("response.output_audio_transcript.done") {
			if said, _ := e.m["transcript"].(string); strings.Contains(said, text) {
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
	p.t.Fatalf("nobody said %q; there was %v", text, p.types())
}

func (p *person) types() (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		all = append(all, e.typ)
	}
	return all
}

// noErrors fails on any error that the client was told.
func (p *person) noErrors() {
	p.t.Helper()
	for _, e := range p.all("error") {
		p.t.Errorf("error: %s", e.text)
	}
}

// lastSaid is the last thing that the model said.
func (p *person) lastSaid() string {
	all := p.all("response.output_audio_transcript.done")
	if len(all) == 0 {
		return ""
	}
	s, _ := all[len(all)-1].m["transcript"].(string)
	return s
}

func (d told) at(path ...any) any {
	var v any = d.m
	for _, key := range path {
		switch key := key.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[key]
		case int:
			l, _ := v.([]any)
			if key >= len(l) {
				return nil
			}
			v = l[key]
		}
	}
	return v
}

// box is a toolbox of a small shop that counts.
type box struct {
	mu    sync.Mutex
	calls []realtime.Call
	seen  map[string]json.RawMessage
	cart  int
	hold  map[string]chan struct{} // calls wait until it is closed
}

func newBox() *box {
	return &box{seen: map[string]json.RawMessage{}, hold: map[string]chan struct{}{}}
}

//go:embed testdata/tools.json
var toolsJSON []byte

func (b *box) List(context.Context, string, string) (tools []realtime.Tool, err error) {
	return tools, json.Unmarshal(toolsJSON, &tools)
}

func (b *box) Call(ctx context.Context, c realtime.Call) (json.RawMessage, error) {
	b.mu.Lock()
	b.calls = append(b.calls, c)
	hold := b.hold[c.Name]
	b.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	key := c.Session + "/" + c.ID
	if done := b.seen[key]; done != nil {
		return done, nil
	}
	var result string
	switch c.Name {
	case "search_products":
		result = `{"count":1,"products":[{"id":"p1","name":"Blue cup","price":1200}]}`
	case "add_to_cart":
		b.cart++
		result = fmt.Sprintf(`{"success":true,"message":"Added","cartSummary":{"itemCount":%d,"subtotal":1200}}`, b.cart)
	case "get_store_info":
		result = `{"name":"Tea house"}`
	default:
		result = `{"success":true,"message":"Very well"}`
	}
	b.seen[key] = json.RawMessage(result)
	return b.seen[key], nil
}

func (b *box) count(name string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.calls {
		if c.Name == name {
			n++
		}
	}
	return n
}
