package api

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/omakase-ai/omakase/core/realtime"
)

// oldNames are events by the names that existing clients know.
var oldNames = map[string]string{
	"response.output_text.delta":             "response.text.delta",
	"response.output_text.done":              "response.text.done",
	"response.output_audio.delta":            "response.audio.delta",
	"response.output_audio.done":             "response.audio.done",
	"response.output_audio_transcript.delta": "response.audio_transcript.delta",
	"response.output_audio_transcript.done":  "response.audio_transcript.done",
	"conversation.item.added":                "conversation.item.created",
}

var oldContents = strings.NewReplacer(`"type":"output_text"`, `"type":"text"`, `"type":"output_audio"`, `"type":"audio"`)

// inOldWords is an event as existing clients read it; events without an old
// name stay as they are.
func inOldWords(event []byte) []byte {
	typ := realtime.TypeOf(event)
	old, ok := oldNames[string(typ)]
	if ok {
		event = realtime.WithType(event, typ, old)
	}
	if bytes.HasSuffix(typ, []byte("item.added")) || bytes.HasSuffix(typ, []byte(".done")) {
		if bytes.Contains(event, []byte(`"output_`)) {
			event = []byte(oldContents.Replace(string(event)))
		}
	}
	return event
}

// members is a JSON object of a client.
type members = map[string]any

// inNewWords is a client's event in the words of the service: existing clients
// send what the beta took.
func inNewWords(event []byte) []byte {
	var m members
	d := json.NewDecoder(bytes.NewReader(event))
	d.UseNumber()
	if d.Decode(&m) != nil {
		return event
	}
	switch m["type"] {
	case "session.update":
		if session, ok := m["session"].(members); ok {
			m["session"] = newSession(session)
		}
	case "response.create":
		if response, ok := m["response"].(members); ok {
			m["response"] = newResponse(response)
		}
	case "conversation.item.create":
		if item, ok := m["item"].(members); ok {
			newItem(item)
		}
	default:
		return event
	}
	b, err := encode(m)
	if err != nil {
		return event
	}
	return b
}

// moved takes a member out of an object.
func moved(m members, name string) (v any, ok bool) {
	v, ok = m[name]
	delete(m, name)
	return v, ok
}

func inner(m members, name string) members {
	c, ok := m[name].(members)
	if !ok {
		c = members{}
		m[name] = c
	}
	return c
}

// newSession renames what the beta had, and drops what is no more.
func newSession(s members) members {
	s["type"] = "realtime"
	modalities(s)
	delete(s, "temperature")
	if v, ok := moved(s, "max_response_output_tokens"); ok {
		s["max_output_tokens"] = v
	}
	output := func(name string, v any) { inner(inner(s, "audio"), "output")[name] = v }
	input := func(name string, v any) { inner(inner(s, "audio"), "input")[name] = v }
	if v, ok := moved(s, "voice"); ok {
		output("voice", v)
	}
	if v, ok := moved(s, "speed"); ok {
		output("speed", v)
	}
	if v, ok := moved(s, "output_audio_format"); ok {
		output("format", newFormat(v))
	}
	if v, ok := moved(s, "input_audio_format"); ok {
		input("format", newFormat(v))
	}
	for old, name := range map[string]string{
		"input_audio_transcription": "transcription", "turn_detection": "turn_detection", "input_audio_noise_reduction": "noise_reduction",
	} {
		if v, ok := moved(s, old); ok {
			input(name, v)
		}
	}
	return s
}

func newFormat(v any) any {
	switch v {
	case "pcm16":
		return members{"type": "audio/pcm", "rate": 24000}
	case "g711_ulaw":
		return members{"type": "audio/pcmu"}
	case "g711_alaw":
		return members{"type": "audio/pcma"}
	}
	return v
}

// modalities takes the beta's list, in which audio came with text.
func modalities(m members) {
	v, ok := moved(m, "modalities")
	if !ok {
		return
	}
	kind := "text"
	if list, ok := v.([]any); ok {
		for _, one := range list {
			if one == "audio" {
				kind = "audio"
			}
		}
	}
	m["output_modalities"] = []any{kind}
}

func newResponse(r members) members {
	modalities(r)
	delete(r, "temperature")
	if v, ok := moved(r, "max_response_output_tokens"); ok {
		r["max_output_tokens"] = v
	}
	if v, ok := moved(r, "voice"); ok {
		inner(inner(r, "audio"), "output")["voice"] = v
	}
	if v, ok := moved(r, "output_audio_format"); ok {
		inner(inner(r, "audio"), "output")["format"] = newFormat(v)
	}
	return r
}

func newItem(item members) {
	content, _ := item["content"].([]any)
	for _, c := range content {
		part, ok := c.(members)
		if !ok {
			continue
		}
		switch {
		case item["role"] == "assistant" && part["type"] == "text":
			part["type"] = "output_text"
		case item["role"] == "assistant" && part["type"] == "audio":
			part["type"] = "output_audio"
		case part["type"] == "text":
			part["type"] = "input_text"
		}
	}
}
