package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/openai"
	"github.com/omakase-ai/omakase/core/realtime/sim"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/heap"
	"github.com/omakase-ai/omakase/host/observe"
)

// openVoices makes what voice sessions are held with. The toolbox may be nil.
func openVoices(c *config.Config, client *openai.Client, toolbox realtime.Toolbox, ledger realtime.Ledger, o *Options, metrics *observe.Metrics) *realtime.Manager {
	v := &c.Voice
	m := realtime.New(realtime.Options{
		Upstream: client.Upstream(), Toolbox: toolbox, Ledger: ledger, Log: observe.Slog(o.Log.Named("voice")), Observe: metrics.VoiceTook, Ended: metrics.VoiceEnded,
		Times: realtime.Times{
			Filler: v.Filler, ToolDeadline: v.ToolDeadline, ToolLimit: v.ToolLimit, Rotate: v.Rotate, Linger: max(v.Linger, time.Millisecond),
		},
		Limits: realtime.Limits{
			Sessions: v.Sessions, PerKey: v.SessionsPerKey, Length: v.MaxLength, Idle: v.MaxIdle, Budget: v.Budget,
			Prices: costs(v).Prices,
		},
	})
	metrics.Voices(func() observe.VoiceState {
		t := m.Stats()
		return observe.VoiceState{
			Sessions: t.Sessions, Detached: t.Detached, Linked: t.Linked, QueuedUp: t.QueuedUp, QueuedDown: t.QueuedDown,
			Lost: t.Lost, Rotated: t.Rotated, Dropped: t.Dropped,
		}
	})
	return m
}

// heapFloor is what the heap may grow to with the sessions of m, which may be
// nil.
func heapFloor(m *realtime.Manager) uint64 {
	if m == nil {
		return heap.Floor
	}
	return heap.Floor + uint64(m.Sessions())*heap.Talk //nolint:gosec // a count
}

// simulatorKey is what the simulator asks for. It is no secret: the simulator
// listens on loopback and knows nothing.
const simulatorKey = "sk-simulator"

// simulated lets sessions talk to the simulator where that is configured and
// there is no key for a provider. stop ends it.
func simulated(ctx context.Context, c *config.Config) (stop func() error, err error) {
	if !c.Voice.Simulator || c.OpenAI.APIKey != "" {
		return func() error { return nil }, nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errs.Wrap("listening for the voice simulator", err)
	}
	service := sim.New(sim.Options{Keys: []string{simulatorKey}, Think: 200 * time.Millisecond})
	server := &http.Server{Handler: service, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(ln) }() // ends with Close
	c.OpenAI.APIKey, c.OpenAI.BaseURL = simulatorKey, "http://"+ln.Addr().String()+"/v1"
	return func() error {
		service.Close()
		return errors.Join(server.Close())
	}, nil
}
