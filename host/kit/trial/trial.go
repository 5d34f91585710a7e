// Package trial calls a plugin for its author: it shows and records what
// crosses the boundary, and replays recordings without a network. The plugin
// runs in the same sandbox as in a server.
//
// It knows neither the command line nor where plugins come from: it is handed a
// plugin host.
package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/wasm"
	sdkjson "github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/wire"
	"github.com/omakase-ai/omakase/sdk/recording"
)

// Quantum is what a host should look at its guests with, so that their fuel is
// known closely and calls are as quick as ever.
const Quantum = 64

// Stage is one plugin to be tried.
type Stage struct {
	Plugins *wasm.Host
	ID      string
}

// Request is what the plugin is asked.
type Request struct {
	Operation int32
	Fields    map[string]json.RawMessage // of the request
	// Body is a page that the call holds and that the request names as body;
	// nil: there is none.
	Body        []byte
	ContentType string
}

// Outcome is how a call went.
type Outcome struct {
	wasm.Ending
	Operation int32
	Config    json.RawMessage // nil when the plugin did not ask for it
	Calls     []wasm.HostCall
	Bodies    []recording.Body
	// Err is why there is no answer: the guest did not get to its end. An
	// answer that tells of an error is an answer.
	Err error
}

// Run makes a call. seen is told of each host call as it ends; it may be nil.
// The error is about the request; how the call went is in the outcome.
func (s *Stage) Run(ctx context.Context, q Request, seen func(wasm.HostCall)) (*Outcome, error) {
	out := &Outcome{Operation: q.Operation}
	var url string
	_ = json.Unmarshal(q.Fields["url"], &url) // a request without url concerns no shop
	session, err := s.Plugins.Open(s.ID, capability.SessionOptions{Workspace: "default", ShopURL: url})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	session.Watch(wasm.Watch{
		Answer: out.answer,
		Asked: func(c wasm.HostCall) {
			out.Calls = append(out.Calls, c)
			if seen != nil {
				seen(c)
			}
		},
		Ended: func(e wasm.Ending) { out.Ending = e },
	})
	err = session.Call(ctx, int(q.Operation), func(c *capability.Call) (wire.Value, error) { return out.prepare(c, &q) }, new(text))
	return out, out.judge(err)
}

// prepare lets the call hold the body and names it in the request.
func (o *Outcome) prepare(c *capability.Call, q *Request) (wire.Value, error) {
	fields := map[string]json.RawMessage{}
	for name, value := range q.Fields {
		fields[name] = value
	}
	if q.Body != nil {
		handle, err := c.Hold(q.Body, q.ContentType)
		if err != nil {
			return nil, err
		}
		o.Bodies = append(o.Bodies, recording.NewBody(handle, q.ContentType, q.Body))
		fields["body"], _ = json.Marshal(handle) // text never fails
	}
	out, err := json.Marshal(fields)
	return (*text)(&out), err
}

// judge keeps the error of a guest that did not answer, and returns any other
// that isn't an answer of its own.
func (o *Outcome) judge(err error) error {
	var f *wasm.Fault
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &f):
		return err
	case f.Reason == wasm.Refused || f.Reason == wasm.Busy:
		return err
	case f.Reason != wasm.Answered:
		o.Err = err
	}
	return nil
}

// answer passes a host call on and keeps the bodies that come with replies.
func (o *Outcome) answer(ctx context.Context, c *capability.Call, fn int32, request []byte) ([]byte, int32) {
	reply, code := c.Do(ctx, fn, request)
	if code < 0 {
		return nil, code
	}
	reply = slices.Clone(reply)
	switch fn {
	case wire.FnConfig:
		var config wire.Raw
		if wire.DecodeReply(slices.Clone(reply), &config) == nil {
			o.Config = json.RawMessage(config.JSON)
		}
	case wire.FnHTTPFetch:
		var r wire.FetchReply
		if wire.DecodeReply(slices.Clone(reply), &r) == nil && r.Body != "" {
			o.Bodies = append(o.Bodies, recording.NewBody(r.Body, r.ContentType, whole(ctx, c, &r)))
		}
	}
	return reply, 0
}

// whole reads a body in parts that a reply may have.
func whole(ctx context.Context, c *capability.Call, r *wire.FetchReply) []byte {
	const part = 1 << 20
	var data []byte
	for len(data) < r.Size {
		q := wire.BodyRequest{Body: r.Body, Offset: len(data), Length: part}
		piece, code := c.Do(ctx, wire.FnBodyRead, q.AppendJSON(nil))
		if code < 0 || len(piece) == 0 {
			break
		}
		data = append(data, piece...)
	}
	return data
}

// Recording keeps the call. language is the one that the plugin was built from;
// fuel is known under its name.
func (o *Outcome) Recording(language string) (*recording.Recording, error) {
	if o.Err != nil {
		return nil, errs.Wrap("there is no answer to record", o.Err)
	}
	r := &recording.Recording{
		Version: recording.Version, Operation: recording.OperationName(o.Operation), Config: o.Config,
		Request: o.Request, Answer: o.Reply, Bodies: o.Bodies, Calls: []recording.Call{}, Fuel: map[string]int64{language: o.Fuel},
	}
	for _, c := range o.Calls {
		call := recording.Call{Function: recording.FunctionName(c.Function), Request: c.Request, Code: c.Code}
		if len(c.Request) == 0 {
			call.Request = json.RawMessage("{}")
		}
		if !json.Valid(call.Request) {
			return nil, errs.New(errs.BadData, "the plugin called %s with what is no JSON", call.Function)
		}
		if c.Function != wire.FnBodyRead && c.Code == 0 {
			call.Reply = c.Reply
		}
		r.Calls = append(r.Calls, call)
	}
	return r, nil
}

// Replay is how a plugin did on a recording.
type Replay struct {
	Outcome
	Diff    []string // how the answer differs from the recorded one
	Missing []string // host calls that the recording has no reply to
	Unmet   []string // capabilities that were used and that the manifest doesn't ask for
}

// Replay makes a recorded call again, without a network. needs reports whether
// the manifest asks for a capability.
func (s *Stage) Replay(ctx context.Context, r *recording.Recording, needs func(capability string) bool) (*Replay, error) {
	op, _ := recording.Operation(r.Operation)
	play := r.Play()
	out := &Replay{Outcome: Outcome{Operation: op}}
	session, err := s.Plugins.Open(s.ID, capability.SessionOptions{Workspace: "default"})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	session.Watch(wasm.Watch{
		Answer: func(ctx context.Context, c *capability.Call, fn int32, request []byte) ([]byte, int32) {
			play.Else = func(fn int32, request []byte) ([]byte, int32) { return c.Do(ctx, fn, request) }
			return play.Call(fn, request)
		},
		Asked: func(c wasm.HostCall) { out.Calls = append(out.Calls, c) },
		Ended: func(e wasm.Ending) { out.Ending = e },
	})
	err = session.Call(ctx, int(op), func(c *capability.Call) (wire.Value, error) { return held(c, r) }, new(text))
	if err := out.judge(err); err != nil {
		return nil, err
	}
	out.Missing, out.Unmet = play.Missing, play.Unmet(needs)
	if out.Err == nil {
		out.Diff = recording.Diff(r.Answer, out.Reply)
	}
	return out, nil
}

// held lets the call hold the recorded bodies under their handles.
func held(c *capability.Call, r *recording.Recording) (wire.Value, error) {
	for i := range r.Bodies {
		b := &r.Bodies[i]
		handle, err := c.Hold(b.Data(), b.ContentType)
		if err != nil {
			return nil, err
		}
		if handle != b.Handle {
			return nil, errs.New(errs.BadData, "body %d of the recording is %q and must be %q", i+1, b.Handle, handle).
				WithHint("record it again with omakase plugin record")
		}
	}
	return (*text)(&r.Request), nil
}

// text is a message that is passed on as it is.
type text []byte

// AppendJSON implements wire.Value.
func (t *text) AppendJSON(b []byte) []byte { return append(b, *t...) }

// ReadJSON implements wire.Value.
func (t *text) ReadJSON(in *sdkjson.Reader) { *t = []byte(in.Raw()) }

// Fuel compares what a call took with what is recorded for the language, and
// says what is wrong; "" when nothing is, also when nothing is recorded.
func Fuel(r *recording.Recording, language string, fuel int64, tolerance float64) string {
	recorded, ok := r.Fuel[language]
	if !ok {
		return ""
	}
	// A call of few steps is known no closer than by some quanta.
	slack := int64(float64(recorded)*tolerance) + 4*Quantum
	if fuel <= recorded+slack {
		return ""
	}
	return fmt.Sprintf("it takes %d units of fuel, %.0f %% more than the %d recorded", fuel, 100*float64(fuel-recorded)/float64(max(recorded, 1)), recorded)
}

// Bench is what calls of one recording took.
type Bench struct {
	Calls         int
	P50, P99, Max time.Duration
	Fuel          int64
	Memory        int64
	HostCalls     int
}

// Bench replays a recording for a while and at least ten times.
func (s *Stage) Bench(ctx context.Context, r *recording.Recording, during time.Duration) (Bench, error) {
	var b Bench
	var all []time.Duration
	anything := func(string) bool { return true }
	for begun := time.Now(); len(all) < 10 || time.Since(begun) < during; {
		out, err := s.Replay(ctx, r, anything)
		if err == nil {
			err = out.Err
		}
		if err != nil {
			return b, err
		}
		all = append(all, out.Took)
		b.Fuel, b.Memory, b.HostCalls = out.Fuel, max(b.Memory, out.Memory), len(out.Calls)
	}
	slices.Sort(all)
	b.Calls, b.P50, b.P99, b.Max = len(all), all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
	return b, nil
}
