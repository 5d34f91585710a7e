package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// problem is what the service says of a mistake.
type problem struct{ code, message, param string }

func unknown(param string) *problem {
	return &problem{"unknown_parameter", "Unknown parameter: '" + param + "'.", param}
}

func missing(param string) *problem {
	return &problem{"missing_required_parameter", "Missing required parameter: '" + param + "'.", param}
}

func wrongType(param, want string) *problem {
	return &problem{"invalid_type", "Invalid type for '" + param + "': expected " + want + ".", param}
}

func wrongValue(param string, got any, want string) *problem {
	return &problem{"invalid_value", fmt.Sprintf("Invalid value: '%v'. Supported values are: %s.", got, want), param}
}

// shape is what a value may be: null is let in everywhere, as the service does
// for what is optional.
type shape struct {
	kind     string            // "string", "number", "integer", "bool", "object", "list" or "any"
	members  map[string]*shape // of an object; nil: any
	of       *shape            // of a list
	values   []string          // of a string; nil: any
	need     []string          // members that must be there
	min, max float64           // of a number, if max > min
	or       *shape            // another thing that it may be
}

func text(values ...string) *shape { return &shape{kind: "string", values: values} }

func within(low, high float64) *shape { return &shape{kind: "number", min: low, max: high} }

func members(need string, m map[string]*shape) *shape {
	return &shape{kind: "object", members: m, need: strings.Fields(need)}
}

func list(of *shape) *shape { return &shape{kind: "list", of: of} }

func either(a, b *shape) *shape {
	a.or = b
	return a
}

var (
	anything = &shape{kind: "any"}
	boolean  = &shape{kind: "bool"}
	whole    = &shape{kind: "integer", min: 0, max: 1e9}
	objects  = &shape{kind: "object"}
	voices   = either(text("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"), objects)
	format   = members("type", map[string]*shape{"type": text("audio/pcm", "audio/pcmu", "audio/pcma"), "rate": within(24000, 24000.5)})
	turns    = members("type", map[string]*shape{
		"type": text("server_vad", "semantic_vad"), "threshold": within(0, 1), "prefix_padding_ms": whole, "silence_duration_ms": whole,
		"create_response": boolean, "interrupt_response": boolean, "idle_timeout_ms": whole, "eagerness": text("low", "medium", "high", "auto"),
	})
	tool = members("type", map[string]*shape{
		"type": text("function", "mcp"), "name": text(), "description": text(), "parameters": objects, "server_label": text(), "server_url": text(),
		"connector_id": text(), "authorization": text(), "headers": objects, "allowed_tools": anything, "require_approval": anything,
		"server_description": text(), "defer_loading": boolean,
	})
	toolChoice = either(text("auto", "none", "required"), members("type", map[string]*shape{"type": text("function", "mcp"), "name": text(), "server_label": text()}))
	maxTokens  = either(text("inf"), &shape{kind: "integer", min: 1, max: 4096.5})
	output     = members("", map[string]*shape{"format": format, "voice": voices, "speed": within(0.25, 1.5)})
	effort     = members("", map[string]*shape{"effort": text("minimal", "low", "medium", "high", "xhigh")})
	modalities = list(text("audio", "text"))
	sessions   = members("type", map[string]*shape{
		"type": text("realtime", "transcription"), "model": text(), "output_modalities": modalities, "instructions": text(),
		"prompt": objects, "audio": members("", map[string]*shape{
			"input": members("", map[string]*shape{
				"format": format, "turn_detection": turns,
				"transcription":   members("", map[string]*shape{"model": text(), "language": text(), "languages": list(text()), "keywords": list(text()), "prompt": text(), "delay": text()}),
				"noise_reduction": members("type", map[string]*shape{"type": text("near_field", "far_field"), "strength": anything}),
			}),
			"output": output,
		}),
		"tools": list(tool), "tool_choice": toolChoice, "parallel_tool_calls": boolean, "reasoning": effort, "max_output_tokens": maxTokens,
		"truncation": anything, "tracing": anything, "include": list(text("item.input_audio_transcription.logprobs")),
	})
	responses = members("", map[string]*shape{
		"instructions": text(), "input": list(objects), "conversation": text("auto", "none"), "output_modalities": modalities,
		"audio": members("", map[string]*shape{"output": output}), "tools": list(tool), "tool_choice": toolChoice, "parallel_tool_calls": boolean,
		"reasoning": effort, "max_output_tokens": maxTokens, "metadata": objects, "prompt": objects,
	})
	content = members("type", map[string]*shape{
		"type": text("input_text", "input_audio", "input_image", "output_text", "output_audio"), "text": text(), "audio": text(),
		"transcript": text(), "image_url": text(), "detail": text("auto", "low", "high"),
	})
	items = members("type", map[string]*shape{
		"type": text("message", "function_call", "function_call_output", "mcp_approval_response"), "id": text(), "object": text("realtime.item"),
		"status": text("completed", "incomplete", "in_progress"), "role": text("user", "assistant", "system"), "content": list(content),
		"call_id": text(), "name": text(), "arguments": text(), "output": text(), "approval_request_id": text(), "approve": boolean, "reason": text(),
	})
	events = map[string]*shape{
		"session.update":             members("session", map[string]*shape{"session": sessions}),
		"input_audio_buffer.append":  members("audio", map[string]*shape{"audio": text()}),
		"input_audio_buffer.commit":  members("", map[string]*shape{}),
		"input_audio_buffer.clear":   members("", map[string]*shape{}),
		"output_audio_buffer.clear":  members("", map[string]*shape{}),
		"conversation.item.create":   members("item", map[string]*shape{"item": items, "previous_item_id": text()}),
		"conversation.item.delete":   members("item_id", map[string]*shape{"item_id": text()}),
		"conversation.item.retrieve": members("item_id", map[string]*shape{"item_id": text()}),
		"conversation.item.truncate": members("item_id content_index audio_end_ms", map[string]*shape{
			"item_id": text(), "content_index": whole, "audio_end_ms": whole,
		}),
		"response.create": members("", map[string]*shape{"response": responses}),
		"response.cancel": members("", map[string]*shape{"response_id": text()}),
	}
)

// check holds a value against a shape; at is what the service calls the place.
func (s *shape) check(v any, at string) *problem {
	if v == nil || s.kind == "any" {
		return nil
	}
	if s.or != nil && s.alone().check(v, at) != nil && s.or.check(v, at) == nil {
		return nil
	}
	switch v := v.(type) {
	case string:
		if s.kind != "string" {
			return wrongType(at, s.kind)
		}
		if s.values != nil && !slices.Contains(s.values, v) {
			return wrongValue(at, v, "'"+strings.Join(s.values, "', '")+"'")
		}
	case float64:
		switch {
		case s.kind == "integer" && v != float64(int64(v)):
			return wrongType(at, "an integer, but got a decimal number instead")
		case s.kind != "number" && s.kind != "integer":
			return wrongType(at, s.kind)
		case s.max > s.min && (v < s.min || v > s.max):
			return wrongValue(at, v, fmt.Sprintf("%v to %v", s.min, s.max))
		}
	case bool:
		if s.kind != "bool" {
			return wrongType(at, s.kind)
		}
	case []any:
		return s.checkList(v, at)
	case map[string]any:
		return s.checkObject(v, at)
	}
	return nil
}

func (s *shape) alone() *shape {
	one := *s
	one.or = nil
	return &one
}

func (s *shape) checkList(v []any, at string) *problem {
	if s.kind != "list" {
		return wrongType(at, s.kind)
	}
	for i, one := range v {
		if p := s.of.check(one, fmt.Sprintf("%s[%d]", at, i)); p != nil {
			return p
		}
	}
	return nil
}

func (s *shape) checkObject(v map[string]any, at string) *problem {
	if s.kind != "object" {
		return wrongType(at, s.kind)
	}
	if s.members == nil {
		return nil
	}
	dot := ""
	if at != "" {
		dot = "."
	}
	for name, one := range v {
		m := s.members[name]
		if m == nil {
			return unknown(at + dot + name)
		}
		if p := m.check(one, at+dot+name); p != nil {
			return p
		}
	}
	for _, name := range s.need {
		if v[name] == nil {
			return missing(at + dot + name)
		}
	}
	return nil
}

// checkSession holds a session against what the service takes.
func checkSession(session map[string]any) *problem {
	if p := sessions.check(any(session), "session"); p != nil {
		return p
	}
	if len(session) == 0 {
		return missing("session.type")
	}
	if list, ok := session["output_modalities"].([]any); ok && len(list) != 1 {
		return wrongValue("session.output_modalities", list, "['text'] and ['audio']")
	}
	seen := map[string]bool{}
	tools, _ := session["tools"].([]any)
	for i, t := range tools {
		m := t.(map[string]any) // as was checked
		name, _ := m["name"].(string)
		at := fmt.Sprintf("session.tools[%d].name", i)
		switch {
		case m["type"] != "function":
			continue
		case name == "":
			return missing(at)
		case len(name) > 64 || strings.ContainsFunc(name, func(c rune) bool { return !strings.ContainsRune(nameRunes, c) }):
			return &problem{"invalid_value", "Invalid '" + at + "': string does not match pattern.", at}
		case seen[name]:
			return &problem{"invalid_value", "Duplicate tool name: '" + name + "'.", at}
		}
		seen[name] = true
	}
	return nil
}

const nameRunes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

// checkEvent decodes a client's event and holds it against what the service
// takes.
func checkEvent(message []byte) (typ, eventID string, event map[string]any, p *problem) {
	if json.Unmarshal(message, &event) != nil || event == nil {
		return "", "", nil, &problem{"invalid_json", "The message could not be parsed as JSON.", ""}
	}
	eventID, _ = event["event_id"].(string)
	typ, ok := event["type"].(string)
	if !ok {
		return "", eventID, nil, missing("type")
	}
	want := events[typ]
	switch {
	case want == nil:
		names := make([]string, 0, len(events))
		for name := range events {
			names = append(names, name)
		}
		slices.Sort(names)
		return "", eventID, nil, wrongValue("type", typ, "'"+strings.Join(names, "', '")+"'")
	case len(eventID) > 512:
		return "", "", nil, &problem{"invalid_value", "Invalid 'event_id': string too long.", "event_id"}
	}
	delete(event, "type")
	delete(event, "event_id")
	if p := want.check(any(event), ""); p != nil {
		return "", eventID, nil, p
	}
	if typ == "session.update" {
		p = checkSession(event["session"].(map[string]any))
	}
	return typ, eventID, event, p
}
