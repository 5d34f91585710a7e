package realtime_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/sim"
)

// TestCutAnywhere breaks the upstream between any two events. The customer
// gets to the order all the same, the cart changes once, and no call is
// answered twice. TestMain sees that nothing is left behind.
// OMAKASE_VOICE_CUTS is how many conversations are cut (16), OMAKASE_SEED where;
// without it they break elsewhere each time, and a failure says the seed.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	n := 16
	if testing.Short() {
		n = 6
	}
	if v, err := strconv.Atoi(os.Getenv("OMAKASE_VOICE_CUTS")); err == nil {
		n = v
	}
	seed := rand.Uint64()
	if v, err := strconv.ParseUint(os.Getenv("OMAKASE_SEED"), 10, 64); err == nil {
		seed = v
	}
	t.Logf("OMAKASE_SEED=%d", seed)
	for i := range n {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			cutOnce(t, rand.New(rand.NewPCG(seed, uint64(i))))
		})
	}
}

func cutOnce(t *testing.T, r *rand.Rand) {
	// Each conversation breaks at a moment of its own, and in one of the ways
	// in which conversations break; the fifth one holds.
	var left atomic.Int32
	left.Store(int32(1 + r.IntN(4)))
	var at [6]int
	var how [6]sim.Fault
	for i := range at {
		at[i] = 1 + r.IntN(90)
		how[i] = []sim.Fault{sim.Drop, sim.Drop, sim.Expire, sim.Stall}[r.IntN(4)]
	}
	st := newStage(t, sim.Options{Pace: 1000, Fault: func(m sim.Moment) sim.Fault {
		i := min(m.Conversation-1, len(at)-1)
		if m.Event == "open" || m.Event == "response" || m.Sent != at[i] || left.Add(-1) < 0 {
			return sim.None
		}
		if how[i] == sim.Stall && (m.Event == "input_audio_buffer.speech_started" || m.Event == "rate_limits.updated") {
			return sim.Drop // it owes nothing, so nobody could tell that it does not listen
		}
		return how[i]
	}}, realtime.Options{Times: realtime.Times{Stall: 300 * time.Millisecond, Silence: 200 * time.Millisecond, Filler: time.Second}, Log: slog.New(answersOnce{t})})
	p := st.open(realtime.Config{Language: "en", CutsItself: true})
	spoken := r.IntN(2) == 0
	for _, text := range []string{"find a cup", "please add it to the cart", "place the order"} {
		before := len(p.all("response.done"))
		if spoken {
			p.talk(sim.Words(text), sim.Silence(700*time.Millisecond))
		} else {
			p.write(text)
		}
		answered(t, p, before)
	}
	if n := st.tools.count("add_to_cart"); n != 1 {
		t.Errorf("added %d times; said %q; %s", n, p.lastSaid(), p.plot())
	}
	if n := st.tools.count("place_order"); n != 1 {
		t.Errorf("ordered %d times; said %q; %s", n, p.lastSaid(), p.plot())
	}
	p.noErrors()
	p.session.End()
	<-p.session.Done()
}

// answersOnce fails when the upstream refuses an output for a call that has one.
type answersOnce struct{ t *testing.T }

func (answersOnce) Enabled(context.Context, slog.Level) bool { return true }
func (a answersOnce) WithAttrs([]slog.Attr) slog.Handler     { return a }
func (a answersOnce) WithGroup(string) slog.Handler          { return a }

func (a answersOnce) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(at slog.Attr) bool {
		line += " " + at.String()
		return true
	})
	a.t.Log(line)
	if strings.Contains(line, "invalid_tool_call_id") {
		a.t.Error("a call was answered twice, or without having been told of")
	}
	return nil
}

// answered waits until the agent has told the result of the turn.
func answered(t *testing.T, p *person, before int) {
	t.Helper()
	quiet := 0
	for looks := 0; quiet < 3; time.Sleep(20 * time.Millisecond) {
		// Looks are counted, since the clock also goes on while nobody gets to run.
		if looks++; looks > 250 {
			t.Fatalf("no answer; idle %v; %s", p.session.Idle(), strings.Join(p.plot(), " "))
		}
		if n := len(p.all("response.done")); n > before && n == len(p.all("response.created")) && p.session.Idle() {
			quiet++
		} else {
			quiet = 0
		}
	}
}

// plot is what happened, without the pieces.
func (p *person) plot() (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		typ := e.typ
		if typ == "response.done" {
			typ = fmt.Sprint("response.done=", e.at("response", "status_details"), e.at("response", "output", 0, "content", 0, "transcript"))
		}
		if !strings.HasSuffix(typ, ".delta") && !strings.Contains(typ, "_part") && !strings.HasSuffix(typ, "limits.updated") && !strings.Contains(typ, "output_") {
			all = append(all, strings.NewReplacer("conversation.", "", "input_audio_buffer.", "").Replace(typ))
		}
	}
	return all
}
