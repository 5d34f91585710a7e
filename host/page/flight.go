package page

import (
	stdjson "encoding/json"
	"strconv"
	"strings"
)

// flightCall begins a script that carries a piece of what Next.js's app router
// sends to the browser: [1,"text"]. The pieces make one stream of rows.
const flightCall = "self.__next_f.push("

// flightName is what the state of such rows is called.
const flightName = "__next_f"

// flight reads the stream that the pieces in scripts make, and returns the
// scripts that are none.
func (s *stateReader) flight(scripts []string) (others []string) {
	var stream strings.Builder
	for i, script := range scripts {
		piece, ok := strings.CutPrefix(strings.TrimSpace(script), flightCall)
		if !ok {
			if others != nil {
				others = append(others, script)
			}
			continue
		}
		if others == nil {
			others = append(make([]string, 0, len(scripts)), scripts[:i]...)
		}
		var args []any
		end := strings.LastIndexByte(piece, ')')
		if end < 0 || stdjson.Unmarshal([]byte(piece[:end]), &args) != nil || len(args) < 2 {
			continue
		}
		if text, ok := args[1].(string); ok {
			stream.WriteString(text)
		}
	}
	if others == nil {
		return scripts
	}
	s.rows(stream.String())
	return others
}

// rows reads a stream: "1a:" and JSON to the end of the line, or "1a:T4f2,"
// and a text of so many bytes. Rows of other kinds load code.
func (s *stateReader) rows(stream string) {
	for stream != "" && s.ctx.Err() == nil && len(s.found) < maxStates {
		id, rest, ok := strings.Cut(stream, ":")
		if !ok || len(id) > 16 {
			_, stream, _ = strings.Cut(stream, "\n")
			continue
		}
		if size, after, ok := strings.Cut(rest, ","); ok && len(size) > 1 && size[0] == 'T' {
			if n, err := strconv.ParseUint(size[1:], 16, 31); err == nil {
				stream = after[min(int(n), len(after)):]
				continue
			}
		}
		row, after, _ := strings.Cut(rest, "\n")
		if stream = after; row != "" && strings.IndexByte("{[", row[0]) >= 0 {
			s.add(flightName, resolved(row))
		}
	}
}

// resolved is the JSON of a row without what its strings mean beyond text:
// "$$5" is "$5", and "$5" refers to row 5, which is nothing here.
func resolved(row string) string {
	if !strings.Contains(row, `"$`) {
		return row
	}
	b := make([]byte, 0, len(row))
	for i := 0; i < len(row); {
		if row[i] != '"' {
			b = append(b, row[i])
			i++
			continue
		}
		end := i + 1
		for end < len(row) && row[end] != '"' {
			if row[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end+1, len(row))
		switch text := row[i:end]; {
		case strings.HasPrefix(text, `"$$`):
			b = append(append(b, '"'), text[2:]...)
		case strings.HasPrefix(text, `"$`) && (end == len(row) || row[end] != ':'):
			b = append(b, "null"...)
		default:
			b = append(b, text...)
		}
		i = end
	}
	return string(b)
}
