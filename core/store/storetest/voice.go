package storetest

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
)

var voiceTests = map[string]func(*testing.T, *fixture){
	"life":      testVoiceLife,
	"pages":     testVoicePages,
	"delete":    testVoiceDelete,
	"retention": testVoiceRetention,
	"lost":      testVoiceLost,
	"together":  testVoiceTogether,
}

func (f *fixture) begun(t *testing.T, workspace, session string) realtime.Begun {
	t.Helper()
	b := realtime.Begun{
		Workspace: workspace, Session: session, Cart: "c", Way: "socket", Agent: "shopping-guide", Language: "Japanese",
		Model: "gpt-realtime", Voice: "marin", At: f.clock.Now().UTC().Truncate(time.Microsecond),
	}
	must(t, f.Begin(t.Context(), b))
	return b
}

func testVoiceLife(t *testing.T, f *fixture) {
	ctx := t.Context()
	b := f.begun(t, "w", "s")
	wantKind(t, f.Begin(ctx, b), errs.Conflict)
	at := b.At.Add(time.Second)
	entries := []realtime.Entry{
		{At: at, Said: &realtime.Said{Item: "i1", Role: "user", Text: "湯呑 \"大\" <b>"}},
		{At: at, Tool: &realtime.ToolCalled{Call: "c1", Name: "search_products", Arguments: `{"q":"湯呑"`, Result: json.RawMessage(`{"success":true,"orderNumber":"no"}`), Took: time.Millisecond, Late: true}},
		{At: at, Tool: &realtime.ToolCalled{Call: "c2", Name: "place_order", Arguments: `{}`, Result: json.RawMessage(`{"success":false,"orderNumber":"no"}`), Error: "short of stock"}},
		{At: at, Tool: &realtime.ToolCalled{Call: "c3", Name: "place_order", Arguments: `{}`, Result: json.RawMessage(`{"success":true,"orderNumber":"AB12CD34"}`)}},
		{At: at, Usage: &realtime.Usage{Model: "m", TextIn: 10, CachedText: 4, AudioOut: 7}},
		{At: at, Usage: &realtime.Usage{Model: "transcription", Seconds: 1.5}},
		{At: at, Usage: &realtime.Usage{Model: "m", TextIn: 1}},
		{At: at, Timing: &realtime.Timing{What: "turn", Took: 300 * time.Millisecond}},
		{At: at, Said: &realtime.Said{Item: "i2", Role: "assistant", Text: "はい", Heard: 2 * time.Second}},
	}
	must(t, f.Append(ctx, "w", "s", entries[:4]))
	must(t, f.Append(ctx, "w", "s", entries[4:]))
	got, next, err := f.VoiceEntries(ctx, "w", "s", 0, "")
	must(t, err)
	equal(t, "entries", got, entries)
	equal(t, "next of all", next, "")
	v, err := f.VoiceSession(ctx, "w", "s")
	must(t, err)
	equal(t, "what began", v.Begun, b)
	equal(t, "end before it", v.Ended, (*realtime.Ended)(nil))
	equal(t, "usage", v.Usage, []realtime.Usage{{Model: "m", TextIn: 11, CachedText: 4, AudioOut: 7}, {Model: "transcription", Seconds: 1.5}})
	equal(t, "orders", v.Orders, []string{"AB12CD34"})
	equal(t, "counts", fmt.Sprint(v.Said, v.Calls), "2 3")
	e := realtime.Ended{At: at, Reason: "client", Usage: realtime.Usage{TextIn: 11}, Responses: 2, ToolCalls: 3, Reconnects: 1}
	must(t, f.End(ctx, "w", "s", e))
	v, err = f.VoiceSession(ctx, "w", "s")
	must(t, err)
	equal(t, "end", v.Ended, &e)

	for _, err := range []error{
		f.Append(ctx, "v", "s", entries[:1]), f.End(ctx, "w", "nobody", e), f.DeleteVoiceSession(ctx, "v", "s"),
	} {
		wantKind(t, err, errs.NotFound)
	}
	_, err = f.VoiceSession(ctx, "v", "s")
	wantKind(t, err, errs.NotFound)
	got, _, err = f.VoiceEntries(ctx, "v", "s", 0, "")
	must(t, err)
	equal(t, "entries of another workspace", len(got), 0)
	wantKind(t, f.Begin(ctx, realtime.Begun{Workspace: "w"}), errs.Invalid)
}

func testVoicePages(t *testing.T, f *fixture) {
	ctx := t.Context()
	for i := range 5 {
		f.begun(t, "w", fmt.Sprint(i))
	}
	f.begun(t, "v", "other")
	var sessions, said []string
	for cursor := ""; ; {
		list, next, err := f.ListVoiceSessions(ctx, "w", 2, cursor)
		must(t, err)
		for _, v := range list {
			sessions = append(sessions, v.Session)
		}
		if cursor = next; next == "" {
			break
		}
	}
	equal(t, "newest first", sessions, []string{"4", "3", "2", "1", "0"})
	for i := range 5 {
		must(t, f.Append(ctx, "w", "0", []realtime.Entry{{Said: &realtime.Said{Text: fmt.Sprint(i)}}}))
	}
	for cursor := ""; ; {
		list, next, err := f.VoiceEntries(ctx, "w", "0", 2, cursor)
		must(t, err)
		for _, e := range list {
			said = append(said, e.Said.Text)
		}
		if cursor = next; next == "" {
			break
		}
	}
	equal(t, "in order", said, []string{"0", "1", "2", "3", "4"})
	_, _, err := f.VoiceEntries(ctx, "w", "0", 2, "x")
	wantKind(t, err, errs.Invalid)
}

func testVoiceDelete(t *testing.T, f *fixture) {
	ctx := t.Context()
	f.begun(t, "w", "s")
	f.begun(t, "v", "s")
	entry := []realtime.Entry{{Said: &realtime.Said{Text: "x"}}}
	must(t, f.Append(ctx, "w", "s", entry))
	must(t, f.Append(ctx, "v", "s", entry))
	must(t, f.DeleteVoiceSession(ctx, "w", "s"))
	wantKind(t, f.DeleteVoiceSession(ctx, "w", "s"), errs.NotFound)
	wantKind(t, f.Append(ctx, "w", "s", entry), errs.NotFound)
	f.begun(t, "w", "s") // nothing of the old one comes back
	got, _, err := f.VoiceEntries(ctx, "w", "s", 0, "")
	must(t, err)
	equal(t, "entries", len(got), 0)
	got, _, err = f.VoiceEntries(ctx, "v", "s", 0, "")
	must(t, err)
	equal(t, "entries of another workspace", len(got), 1)
}

func testVoiceRetention(t *testing.T, f *fixture) {
	ctx := t.Context()
	for _, id := range []string{"old 1", "old 2", "old but alive"} {
		f.begun(t, "w", id)
	}
	f.clock.advance(time.Hour)
	f.begun(t, "v", "new")
	must(t, f.Append(ctx, "w", "old but alive", []realtime.Entry{{Said: &realtime.Said{Text: "x"}}}))
	before := f.clock.Now().Add(-time.Minute)
	n, err := f.ForgetVoiceSessions(ctx, before, 1)
	must(t, err)
	equal(t, "forgotten at a time", n, 1)
	n, err = f.ForgetVoiceSessions(ctx, before, 10)
	must(t, err)
	equal(t, "forgotten after it", n, 1)
	list, _, err := f.ListVoiceSessions(ctx, "w", 0, "")
	must(t, err)
	equal(t, "left", len(list), 1)
	equal(t, "who is left", list[0].Session, "old but alive")
}

func testVoiceLost(t *testing.T, f *fixture) {
	ctx := t.Context()
	f.begun(t, "w", "lost")
	f.begun(t, "w", "ended")
	must(t, f.Append(ctx, "w", "lost", []realtime.Entry{{Usage: &realtime.Usage{Model: "a", TextIn: 1}}, {Usage: &realtime.Usage{Model: "b", TextIn: 2}}}))
	must(t, f.End(ctx, "w", "ended", realtime.Ended{Reason: "client"}))
	f.clock.advance(time.Hour)
	f.begun(t, "w", "alive")
	n, err := f.CloseVoiceSessions(ctx, f.clock.Now().Add(-time.Minute), "host", 10)
	must(t, err)
	equal(t, "closed", n, 1)
	for id, want := range map[string]string{"lost": "host", "ended": "client", "alive": ""} {
		v, err := f.VoiceSession(ctx, "w", id)
		must(t, err)
		reason := ""
		if v.Ended != nil {
			reason = v.Ended.Reason
		}
		equal(t, "reason of "+id, reason, want)
		if id == "lost" {
			equal(t, "usage", v.Ended.Usage.TextIn, 3)
		}
	}
}

func testVoiceTogether(t *testing.T, f *fixture) {
	ctx := t.Context()
	f.begun(t, "w", "s")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if err := f.Append(ctx, "w", "s", []realtime.Entry{{Usage: &realtime.Usage{Model: "m", TextIn: 1}}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	v, err := f.VoiceSession(ctx, "w", "s")
	must(t, err)
	equal(t, "sum", v.Usage, []realtime.Usage{{Model: "m", TextIn: 40}})
}
