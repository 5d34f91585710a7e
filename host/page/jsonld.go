package page

import (
	stdjson "encoding/json"
	"html"
	"strings"
)

// repairJSON returns the JSON values of a script that was written by hand or
// by a template. What is valid stays as it is. Removed are comments of HTML
// and JavaScript, CDATA marks, control characters, commas before a closing
// bracket, and whatever stands after a value; control characters in strings
// and wrong escapes are escaped. Several values in a row are several results.
// What is no JSON even so is left out.
func repairJSON(text string) []string {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	if stdjson.Valid([]byte(text)) {
		return []string{text}
	}
	if !strings.Contains(text, `"`) && strings.Contains(text, "&quot;") { // escaped as if it stood in an attribute
		text = html.UnescapeString(text)
	}
	r := jsonRepair{in: text}
	var values []string
	for r.next() {
		if stdjson.Valid(r.out) {
			values = append(values, string(r.out))
		}
	}
	return values
}

// jsonRepair copies one value after the other.
type jsonRepair struct {
	in    string
	i     int
	out   []byte
	depth int
}

// next copies the next object or array to out.
func (r *jsonRepair) next() bool {
	r.out, r.depth = r.out[:0], 0
	for r.i < len(r.in) {
		if r.skipComment() {
			continue
		}
		switch c := r.in[r.i]; {
		case c == '{' || c == '[':
			r.depth++
			r.out = append(r.out, c)
		case r.depth == 0: // between values
		case c == '}' || c == ']':
			r.dropComma()
			r.out = append(r.out, c)
			if r.depth--; r.depth == 0 {
				r.i++
				return true
			}
		case c == '"':
			r.copyString()
			continue
		case c >= ' ' || c == '\n' || c == '\t':
			r.out = append(r.out, c)
		}
		r.i++
	}
	return false
}

// skipComment skips a comment or a CDATA mark.
func (r *jsonRepair) skipComment() bool {
	rest := r.in[r.i:]
	switch {
	case strings.HasPrefix(rest, "<!--"), strings.HasPrefix(rest, "]]>"), strings.HasPrefix(rest, "-->"):
		r.i += len("-->")
		if rest[0] == '<' {
			r.i++
		}
	case strings.HasPrefix(rest, "<![CDATA["):
		r.i += len("<![CDATA[")
	case strings.HasPrefix(rest, "/*"):
		end := strings.Index(rest[2:], "*/")
		if end < 0 {
			return false
		}
		// A CDATA mark in a comment is no longer one.
		r.i += end + 4
	case strings.HasPrefix(rest, "//"):
		end := strings.IndexByte(rest, '\n')
		if mark := strings.Index(rest, "<![CDATA["); mark >= 0 && (end < 0 || mark < end) {
			end = mark // the value may follow on the same line
		}
		if end < 0 {
			end = len(rest)
		}
		r.i += end
	default:
		return false
	}
	return true
}

// dropComma removes a comma at the end of out.
func (r *jsonRepair) dropComma() {
	for n := len(r.out) - 1; n >= 0; n-- {
		switch r.out[n] {
		case ' ', '\n', '\t':
		case ',':
			r.out = r.out[:n]
			return
		default:
			return
		}
	}
}

// copyString copies a string and escapes what must not stand in one.
func (r *jsonRepair) copyString() {
	const hex = "0123456789abcdef"
	r.out = append(r.out, '"')
	for r.i++; r.i < len(r.in); r.i++ {
		switch c := r.in[r.i]; {
		case c == '"':
			r.out = append(r.out, '"')
			r.i++
			return
		case c == '\\' && r.i+1 < len(r.in):
			r.i++
			next := r.in[r.i]
			if strings.IndexByte(`"\/bfnrtu`, next) >= 0 {
				r.out = append(r.out, '\\', next)
			} else if next >= ' ' {
				r.out = append(r.out, next)
			}
		case c < ' ':
			r.out = append(r.out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			r.out = append(r.out, c)
		}
	}
}
