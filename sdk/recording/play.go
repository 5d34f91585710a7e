package recording

import (
	"encoding/json"
	"fmt"
	"slices"

	sdkjson "github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Player answers the host calls of one call as they were recorded. It is an
// omakase.Host. It is used by one goroutine.
//
// A host call gets the reply of the recorded one with the same function and a
// request that means the same; several such are answered in their order, and
// the last one again where nothing in the world can have changed. Parts of
// bodies are read from the recorded bodies. A fetch that differs in its headers
// or wishes alone gets the reply of its URL. Lines of the log are always taken.
type Player struct {
	// Else answers what the recording has no reply for; nil: nobody does, and
	// the guest is told that it is unavailable.
	Else func(fn int32, request []byte) (reply []byte, code int32)
	// Asked has the names of the functions that were called, in order.
	Asked []string
	// Missing tells of host calls that nobody could answer.
	Missing []string

	recording *Recording
	keys      []string // of the recorded calls
	used      []bool
	bodies    map[string][]byte
}

// Play returns a player at the beginning of the recording.
func (r *Recording) Play() *Player {
	p := &Player{recording: r, used: make([]bool, len(r.Calls)), keys: make([]string, len(r.Calls)), bodies: map[string][]byte{}}
	for i := range r.Calls {
		p.keys[i] = key(r.Calls[i].Function, r.Calls[i].Request)
	}
	for i := range r.Bodies {
		p.bodies[r.Bodies[i].Handle] = r.Bodies[i].Data()
	}
	return p
}

func key(function string, request []byte) string { return function + " " + canonical(request) }

// Call answers a host call.
func (p *Player) Call(fn int32, request []byte) ([]byte, int32) {
	name := FunctionName(fn)
	p.Asked = append(p.Asked, name)
	switch fn {
	case wire.FnLog:
		return []byte(`{"ok":{}}`), 0
	case wire.FnBodyRead:
		return p.read(request)
	case wire.FnConfig:
		return wire.AppendOK(nil, &wire.Raw{JSON: string(p.recording.Config)}), 0
	}
	if i := p.find(fn, key(name, request)); i >= 0 {
		p.used[i] = true
		c := &p.recording.Calls[i]
		return slices.Clone(c.Reply), c.Code
	}
	if fn == wire.FnBodyRelease {
		return []byte(`{"ok":{}}`), 0
	}
	if fn == wire.FnHTTPFetch {
		if c := p.sameURL(request); c != nil {
			return slices.Clone(c.Reply), c.Code
		}
	} else if p.Else != nil {
		return p.Else(fn, request)
	}
	text := fmt.Sprintf("%s %s", name, request)
	if len(text) > 300 {
		text = text[:300] + "…"
	}
	p.Missing = append(p.Missing, text)
	return wire.AppendError(nil, &wire.Error{Code: wire.CodeUnavailable, Message: "the recording has no reply to " + text}), 0
}

// find returns the recorded call that a host call repeats, or -1.
func (p *Player) find(fn int32, key string) int {
	last := -1
	for i, k := range p.keys {
		if k != key {
			continue
		}
		if !p.used[i] {
			return i
		}
		last = i
	}
	switch fn {
	case wire.FnClock, wire.FnHTMLQuery, wire.FnHTTPFetch, wire.FnCryptoHash, wire.FnCryptoHMAC, wire.FnSecretUse:
		return last
	}
	return -1
}

// sameURL finds the reply to a fetch of the same URL by the same method.
func (p *Player) sameURL(request []byte) *Call {
	var asked wire.FetchRequest
	if wire.Decode(slices.Clone(request), &asked) != nil {
		return nil
	}
	for i := range p.recording.Calls {
		c := &p.recording.Calls[i]
		var q wire.FetchRequest
		if c.Function == "http_fetch" && wire.Decode(slices.Clone(c.Request), &q) == nil &&
			q.URL == asked.URL && method(q) == method(asked) && q.Body == asked.Body {
			return c
		}
	}
	return nil
}

func method(q wire.FetchRequest) string {
	if q.Method == "" {
		return "GET"
	}
	return q.Method
}

// read answers with a part of a recorded body.
func (p *Player) read(request []byte) ([]byte, int32) {
	var q wire.BodyRequest
	if wire.Decode(slices.Clone(request), &q) != nil {
		return nil, wire.ErrNoBody
	}
	data, ok := p.bodies[q.Body]
	if !ok {
		return nil, wire.ErrNoBody
	}
	if len(q.Keep) > 0 {
		if pruned, err := sdkjson.Prune(nil, string(data), sdkjson.NewPaths(q.Keep...)); err == nil {
			data = pruned
		}
	}
	part := data[min(max(q.Offset, 0), len(data)):]
	if q.Length > 0 {
		part = part[:min(q.Length, len(part))]
	}
	return slices.Clone(part), 0
}

// Unmet compares what was asked with what the manifest asks for: the
// capabilities that the plugin used and has no need for. needs reports whether
// it has.
func (p *Player) Unmet(needs func(capability string) bool) []string {
	var all []string
	for _, name := range p.Asked {
		if c := Capability(name); c != "" && !needs(c) && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// canonical is JSON in one spelling: names in order, without what is
// empty. A text that is no JSON stays as it is.
func canonical(text []byte) string {
	v, err := normal(text)
	if err != nil {
		return string(text)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return string(text)
	}
	return string(out)
}
