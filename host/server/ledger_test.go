package server

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/host/config"
)

// The sweeper forgets what was kept for long enough, and closes what a dead
// host left open.
func TestSweep(t *testing.T) {
	t.Parallel()
	now := time.Now()
	st, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, s := range []struct {
		id  string
		ago time.Duration
	}{{"old", 48 * time.Hour}, {"lost", 8 * time.Hour}, {"alive", time.Minute}} {
		now = time.Now().Add(-s.ago)
		if err := st.Begin(t.Context(), realtime.Begun{Workspace: "w", Session: s.id, At: now}); err != nil {
			t.Fatal(err)
		}
	}
	// Closing touches a session; the oldest ended by itself.
	now = time.Now().Add(-48 * time.Hour)
	if err := st.End(t.Context(), "w", "old", realtime.Ended{At: now, Reason: "client"}); err != nil {
		t.Fatal(err)
	}
	now = time.Now()
	b := &backend{log: hclog.NewNullLogger(), store: st}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); b.sweep(ctx, 24*time.Hour) }()
	state := map[string]string{}
	for range 500 {
		list, _, err := st.ListVoiceSessions(t.Context(), "w", 0, "")
		if err != nil {
			t.Fatal(err)
		}
		clear(state)
		for _, v := range list {
			state[v.Session] = "open"
			if v.Ended != nil {
				state[v.Session] = v.Ended.Reason
			}
		}
		if len(state) == 2 && state["lost"] == "host" {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	<-done
	if len(state) != 2 || state["lost"] != "host" || state["alive"] != "open" {
		t.Errorf("sessions are %v", state)
	}
}

func TestCosts(t *testing.T) {
	t.Parallel()
	c := costs(&config.Voice{Currency: "JPY", Prices: map[string]config.VoicePrices{"m": {TextIn: 2, Minute: 1}, "default": {AudioOut: 3}}})
	for model, want := range map[string]realtime.Prices{"m": {TextIn: 2, Minute: 1}, "m-2026": {TextIn: 2, Minute: 1}, "other": {AudioOut: 3}} {
		if got, ok := c.Prices.Of(model); !ok || got != want {
			t.Errorf("%s: %+v", model, got)
		}
	}
	if c.Currency != "JPY" {
		t.Error(c.Currency)
	}
}
