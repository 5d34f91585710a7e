package api

import "encoding/json"

// member is one member of a JSON object; raw points into the object.
type member struct {
	name string
	raw  json.RawMessage
}

// splitObject takes a valid JSON object apart without looking into its
// values. Most bodies are small and flat, and a map of them costs more than
// all that is done with it.
func splitObject(object []byte) []member {
	members := make([]member, 0, 8)
	for i := nextToken(object, 1); object[i] != '}'; {
		end := valueEnd(object, i)
		name := unquote(object[i:end])
		i = nextToken(object, nextToken(object, end)+1) // past the colon
		end = valueEnd(object, i)
		members = append(members, member{name, object[i:end]})
		if i = nextToken(object, end); object[i] == ',' {
			i = nextToken(object, i+1)
		}
	}
	return members
}

func nextToken(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r' {
		i++
	}
	return i
}

// valueEnd is where the value that begins at i ends.
func valueEnd(b []byte, i int) int {
	for depth := 0; ; {
		switch b[i] {
		case '"':
			i = stringEnd(b, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		default:
			i++
		}
		if depth > 0 {
			continue
		}
		if i == len(b) || b[i-1] == '"' || b[i-1] == '}' || b[i-1] == ']' {
			return i
		}
		switch b[i] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return i
		}
	}
}

func stringEnd(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// unquote reads a valid JSON string, as a copy.
func unquote(raw []byte) string {
	for _, c := range raw {
		if c == '\\' {
			var s string
			_ = json.Unmarshal(raw, &s) // it is valid
			return s
		}
	}
	return string(raw[1 : len(raw)-1])
}
