package realtime

import (
	"bytes"
)

// envelope is what the relay looks at in every event. The fields are parts of
// the event: the inside of a string with its escapes as they are, or a number.
// nil is a field that the event does not have.
type envelope struct {
	typ, eventID, itemID, responseID, callID, delta, previous, index []byte
}

// read finds the fields in one pass, without decoding the event. It reports
// whether the event is an object whose top level is well formed and names
// nothing twice, so that nobody reads another event out of it; what is inside
// of nested values is not looked at.
func (e *envelope) read(b []byte) bool {
	*e = envelope{}
	i := space(b, 0)
	if i >= len(b) || b[i] != '{' {
		return false
	}
	i = space(b, i+1)
	if i < len(b) && b[i] == '}' {
		return space(b, i+1) == len(b)
	}
	for {
		key, next := text(b, i)
		if next < 0 || bytes.IndexByte(key, '\\') >= 0 {
			return false
		}
		i = space(b, next)
		if i >= len(b) || b[i] != ':' {
			return false
		}
		i = space(b, i+1)
		end := skip(b, i)
		if end < 0 || !e.keep(key, b[i:end]) {
			return false
		}
		i = space(b, end)
		switch {
		case i >= len(b):
			return false
		case b[i] == '}':
			return space(b, i+1) == len(b)
		case b[i] != ',':
			return false
		}
		i = space(b, i+1)
	}
}

// TypeOf is the type of an event, as a part of it; nil for what is no event.
func TypeOf(event []byte) []byte {
	var e envelope
	if !e.read(event) {
		return nil
	}
	return e.typ
}

// WithType is the event under another type. typ is what TypeOf returned for
// it.
func WithType(event, typ []byte, other string) []byte { return spliced(event, typ, other) }

// keep takes a field that is of interest.
func (e *envelope) keep(key, value []byte) bool {
	var field *[]byte
	switch string(key) {
	case "type":
		field = &e.typ
	case "event_id":
		field = &e.eventID
	case "item_id":
		field = &e.itemID
	case "response_id":
		field = &e.responseID
	case "call_id":
		field = &e.callID
	case "delta":
		field = &e.delta
	case "previous_item_id":
		field = &e.previous
	case "output_index":
		field = &e.index
	default:
		return true
	}
	if *field != nil {
		return false
	}
	if value[0] == '"' {
		value = value[1 : len(value)-1]
	}
	*field = value
	return true
}

// space is the index of the first byte from i on that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// text returns the inside of the string that begins at i, and the index behind
// it, or -1.
func text(b []byte, i int) (inside []byte, next int) {
	if i >= len(b) || b[i] != '"' {
		return nil, -1
	}
	for j := i + 1; ; {
		n := bytes.IndexByte(b[j:], '"')
		if n < 0 {
			return nil, -1
		}
		j += n
		slashes := 0
		for b[j-1-slashes] == '\\' { // ends at the opening quote at the latest
			slashes++
		}
		if slashes%2 == 0 {
			return b[i+1 : j], j + 1
		}
		j++
	}
}

// skip returns the index behind the value that begins at i, or -1.
func skip(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		_, next := text(b, i)
		return next
	case '{', '[':
		return skipNested(b, i)
	}
	start := i
	for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] > ' ' {
		if b[i] == '"' || b[i] == '{' || b[i] == '[' || b[i] == ':' {
			return -1
		}
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// skipNested skips an object or a list. Brackets of the wrong kind are for
// whoever decodes it.
func skipNested(b []byte, i int) int {
	for depth := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			_, next := text(b, i)
			if next < 0 {
				return -1
			}
			i = next - 1
		}
	}
	return -1
}

// audioBytes is how many bytes a text in base64 holds.
func audioBytes(base64 []byte) int {
	n := len(base64)
	for n > 0 && base64[n-1] == '=' {
		n--
	}
	return n * 3 / 4
}
