package realtime

import (
	"encoding/json"
	"slices"
	"time"
)

// settings are a session's configuration: what the upstream is told, and how
// that looks to the client. The host's tools are in the one and not in the
// other, and the upstream never creates a response by itself: that is the
// scheduler's, because only one side can know whether a response is active.
type settings struct {
	known   map[string]any // what a new upstream would be told
	tools   []Tool         // the host's
	own     map[string]bool
	client  []any // the client's tools
	talks   wishes
	private bool // the instructions are the host's
	pending []*update
	rate    time.Duration // bytes a second of the model's audio has, for dividing by
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
	byHost   bool
	session  map[string]any
	wishes   *wishes // nil: it says nothing of turns
}

// newSettings starts from a session in the service's form. tools are the
// host's.
func newSettings(session json.RawMessage, tools []Tool) (*settings, bool) {
	s := &settings{known: map[string]any{}, own: map[string]bool{}, private: true}
	if len(session) > 0 {
		canonical, ok := canonicalMap(session)
		if !ok {
			return nil, false
		}
		s.known = canonical
	}
	s.known["type"] = "realtime"
	delete(s.known, "model") // it is fixed by the dialling
	for _, t := range tools {
		if !s.own[t.Name] {
			s.own[t.Name] = true
			s.tools = append(s.tools, t)
		}
	}
	if list, ok := s.known["tools"].([]any); ok {
		s.client = s.foreign(list)
	}
	s.known["tools"] = s.allTools(s.client)
	input := child(child(s.known, "audio"), "input")
	if _, said := input["turn_detection"]; !said {
		input["turn_detection"] = map[string]any{"type": "server_vad"}
	}
	s.talks = s.turns(input)
	s.rate = s.byteRate()
	return s, true
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
		if m, ok := t.(map[string]any); ok {
			if name, ok := m["name"].(string); ok && s.own[name] {
				continue
			}
		}
		kept = append(kept, t)
	}
	return kept
}

func (s *settings) allTools(client []any) []any {
	all := make([]any, 0, len(s.tools)+len(client))
	for _, t := range s.tools {
		all = append(all, map[string]any{
			"type": "function", "name": t.Name, "description": t.Description, "parameters": t.Parameters,
		})
	}
	return append(all, client...)
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
	merge(s.known, u.session)
	delete(s.known, "model")
	s.rate = s.byteRate()
	if u.wishes != nil {
		s.talks = *u.wishes
	}
	if list, ok := u.session["tools"].([]any); ok {
		s.client = s.foreign(list)
	}
	if _, ok := u.session["instructions"]; ok && !u.byHost {
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
func (s *settings) byteRate() time.Duration {
	output := child(child(s.known, "audio"), "output")
	if format, ok := output["format"].(map[string]any); ok && format["type"] != "audio/pcm" {
		return 8000 // G.711
	}
	return 48000
}
