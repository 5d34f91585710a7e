package realtime

import (
	"bytes"
	"encoding/json"
)

// encode writes JSON as it is spoken here: without escapes for HTML. It is for
// values of this package, which always have a JSON form.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("null")
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// canonical decodes a value and writes it anew, so that it says everything
// once, whoever reads it.
func canonical(value []byte) (json.RawMessage, bool) {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil, false
	}
	return encode(v), true
}

// object decodes an object's members. ok is false for anything else.
func object(value []byte) (members raw, ok bool) {
	if json.Unmarshal(value, &members) != nil || members == nil {
		return nil, false
	}
	return members, true
}

// textOf is a string member, or "".
func textOf(members raw, name string) string {
	var s string
	if json.Unmarshal(members[name], &s) != nil {
		return ""
	}
	return s
}

// quoted is a text as JSON.
func quoted(s string) json.RawMessage { return encode(s) }

// unquoted is the text of the inside of a JSON string.
func unquoted(inside []byte) string {
	if bytes.IndexByte(inside, '\\') < 0 {
		return string(inside)
	}
	var s string
	if json.Unmarshal(append(append([]byte{'"'}, inside...), '"'), &s) != nil {
		return ""
	}
	return s
}

// spliced is the event with one part of it replaced. The part must be a slice
// of the event.
func spliced(event, part []byte, with string) []byte {
	at := cap(event) - cap(part)
	out := make([]byte, 0, len(event)+len(with))
	out = append(append(out, event[:at]...), with...)
	return append(out, event[at+len(part):]...)
}

// Problem is an error as the service tells it in an event.
type Problem struct {
	Type    string  `json:"type"`
	Code    string  `json:"code,omitempty"`
	Message string  `json:"message"`
	Param   string  `json:"param,omitempty"`
	EventID *string `json:"event_id"` // of the client's event
}

// Error implements error.
func (p *Problem) Error() string { return p.Message }

// Event is the problem as an event.
func (p *Problem) Event(eventID string) []byte {
	return encode(struct {
		Type    string   `json:"type"`
		EventID string   `json:"event_id"`
		Error   *Problem `json:"error"`
	}{"error", eventID, p})
}

// invalid is a mistake of the client.
func invalid(code, message, param string) *Problem {
	return &Problem{Type: "invalid_request_error", Code: code, Message: message, Param: param}
}
