package realtime

import (
	"encoding/json"
	"slices"
	"time"
	"unique"
)

// settings are a session's configuration: what the upstream is told, and how
// that looks to the client. The host's tools are in the one and not in the
// other, and the upstream never creates a response by itself: that is the
// scheduler's, because only one side can know whether a response is active.
type settings struct {
	known   unique.Handle[string] // what a new upstream would be told but tools; most are told the same
	tools   []any                 // the host's: ownTool
	own     map[string]bool
	client  []any // the client's tools
	talks   wishes
	private bool // the instructions are the host's
	pending []*update
	rate    time.Duration // bytes a second of the model's audio has, for dividing by
}

// ownTool is a tool of the host's, as the service is told of it.
type ownTool struct {
	Type string `json:"type"`
	*Tool
}

// wishes are what the client wants of turns.
type wishes struct {
	vad       bool // the upstream hears when turns end
	create    bool // a turn's end begins a response
	interrupt bool // a turn's begin ends one
}

// update is a session.update on its way.
type update struct {
	eventID  string
	clientID *string // the client's event id; nil: it gave none
	byHost   bool    // it says what is known
	session  map[string]any
	wishes   *wishes // nil: it says nothing of turns
}

// newSettings starts from a session in the service's form. tools are the
// host's.
func newSettings(session json.RawMessage, tools []Tool) (*settings, bool) {
	s, known := &settings{own: map[string]bool{}, private: true}, map[string]any{}
	if len(session) > 0 {
		var ok bool
		if known, ok = canonicalMap(session); !ok {
			return nil, false
		}
	}
	known["type"] = "realtime"
	for i := range tools {
		if t := &tools[i]; !s.own[t.Name] {
			s.own[t.Name] = true
			s.tools = append(s.tools, ownTool{"function", t})
		}
	}
	if list, ok := known["tools"].([]any); ok {
		s.client = s.foreign(list)
	}
	input := child(child(known, "audio"), "input")
	if _, said := input["turn_detection"]; !said {
		input["turn_detection"] = map[string]any{"type": "server_vad"}
	}
	s.talks = s.turns(input)
	s.know(known)
	return s, true
}

// know keeps what a new upstream would be told.
func (s *settings) know(session map[string]any) {
	delete(session, "model") // it is fixed by the dialling
	delete(session, "tools") // they are kept beside it
	s.rate = byteRate(session)
	s.known = unique.Make(string(encode(session)))
}

// whole is all that a new upstream is told.
func (s *settings) whole() map[string]any {
	session, _ := canonicalMap([]byte(s.known.Value())) // which is what know wrote
	session["tools"] = s.allTools(s.client)
	return session
}

func canonicalMap(value []byte) (map[string]any, bool) {
	clean, ok := canonical(value)
	if !ok {
		return nil, false
	}
	var m map[string]any
	if json.Unmarshal(clean, &m) != nil || m == nil {
		return nil, false
	}
	return m, true
}

// child is the member that is an object; it is made where it is missing.
func child(m map[string]any, name string) map[string]any {
	c, ok := m[name].(map[string]any)
	if !ok {
		c = map[string]any{}
		m[name] = c
	}
	return c
}

// turns reads what turn detection is wished for, and takes the responses out.
func (*settings) turns(input map[string]any) wishes {
	detection, ok := input["turn_detection"].(map[string]any)
	if !ok {
		return wishes{}
	}
	w := wishes{vad: true, create: true, interrupt: true}
	if create, ok := detection["create_response"].(bool); ok {
		w.create = create
	}
	if interrupt, ok := detection["interrupt_response"].(bool); ok {
		w.interrupt = interrupt
	}
	// A value of the wrong type stays, for the upstream to refuse.
	if v := detection["create_response"]; v == nil || v == true {
		detection["create_response"] = false
	}
	return w
}

// foreign are the tools that are not the host's.
func (s *settings) foreign(list []any) []any {
	kept := []any{}
	for _, t := range list {
		switch t := t.(type) {
		case ownTool:
			continue
		case map[string]any:
			if name, ok := t["name"].(string); ok && s.own[name] {
				continue
			}
		}
		kept = append(kept, t)
	}
	return kept
}

func (s *settings) allTools(client []any) []any {
	return append(append(make([]any, 0, len(s.tools)+len(client)), s.tools...), client...)
}

// rewrite changes a client's session.update into what the upstream is told.
// What is wrong in it is for the upstream to say.
func (s *settings) rewrite(u *update) {
	session := u.session
	if list, ok := session["tools"].([]any); ok {
		session["tools"] = s.allTools(s.foreign(list))
	}
	if audio, ok := session["audio"].(map[string]any); ok {
		if input, ok := audio["input"].(map[string]any); ok {
			if _, said := input["turn_detection"]; said {
				w := s.turns(input)
				u.wishes = &w
			}
		}
	}
}

// confirm takes over an update that the upstream has accepted.
func (s *settings) confirm(u *update) {
	if u.byHost {
		return // it is what is known
	}
	known := s.whole()
	merge(known, u.session)
	s.know(known)
	if u.wishes != nil {
		s.talks = *u.wishes
	}
	if list, ok := u.session["tools"].([]any); ok {
		s.client = s.foreign(list)
	}
	if _, ok := u.session["instructions"]; ok {
		s.private = false
	}
}

// merge replaces members, and within audio those of its parts.
func merge(to, from map[string]any) {
	for name, v := range from {
		part, ok := v.(map[string]any)
		if ok && slices.Contains([]string{"audio", "input", "output"}, name) {
			merge(child(to, name), part)
			continue
		}
		to[name] = v
	}
}

// shown is a session as the upstream describes it, as the client may see it.
func (s *settings) shown(session json.RawMessage) json.RawMessage {
	m, ok := canonicalMap(session)
	if !ok {
		return session
	}
	if list, ok := m["tools"].([]any); ok {
		m["tools"] = s.foreign(list)
	}
	if _, ok := m["instructions"]; ok && s.private {
		m["instructions"] = ""
	}
	if audio, ok := m["audio"].(map[string]any); ok {
		if input, ok := audio["input"].(map[string]any); ok {
			if detection, ok := input["turn_detection"].(map[string]any); ok {
				detection["create_response"] = s.talks.create
			}
		}
	}
	return encode(m)
}

// byteRate reads how many bytes a second of the model's audio has.
func byteRate(session map[string]any) time.Duration {
	output := child(child(session, "audio"), "output")
	if format, ok := output["format"].(map[string]any); ok && format["type"] != "audio/pcm" {
		return 8000 // G.711
	}
	return 48000
}
