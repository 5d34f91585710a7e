package page

import (
	"context"
	stdjson "encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const (
	maxStates    = 60
	maxStateJSON = 64 << 10 // bytes of all that is passed on
	maxNames     = 100
)

// readState returns the JSON that scripts start from, as far as it has fields
// of the wanted names: scripts of data, and in other scripts the objects that
// are assigned to something or given to a function.
func readState(ctx context.Context, d *document, names []string) ([]wire.State, error) {
	if len(names) > maxNames {
		return nil, errs.New(errs.Invalid, "more than %d names of fields in one request", maxNames)
	}
	s := &stateReader{ctx: ctx, wanted: map[string]bool{}, room: maxStateJSON}
	for _, name := range names {
		s.wanted[name] = true
	}
	for _, script := range d.data {
		for _, text := range repairJSON(script.text) {
			s.add(script.name, text)
		}
	}
	for _, script := range s.flight(d.code) {
		s.script(script)
	}
	return s.found, ctx.Err()
}

type stateReader struct {
	ctx    context.Context
	wanted map[string]bool
	found  []wire.State
	room   int
	buffer []byte
}

// add keeps what is wanted of a JSON text.
func (s *stateReader) add(name, text string) {
	if len(s.found) >= maxStates {
		return
	}
	p := pruner{wanted: s.wanted, r: json.NewReader(text)}
	if p.value(false); p.r.End() != nil || !p.kept || len(p.out) > s.room {
		return
	}
	s.room -= len(p.out)
	s.found = append(s.found, wire.State{Name: clip(name, 100), JSON: string(p.out)})
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// script looks for data in a script. A begin of data that turns out to be none
// costs as much as was read of it, so all attempts together are bounded.
func (s *stateReader) script(text string) {
	left := 3*len(text) + 1024
	call, at := -1, -1
	for i := 0; left > 0 && s.ctx.Err() == nil && len(s.found) < maxStates; {
		if call < i {
			call = next(text, i, strings.Index(text[i:], parseCall))
		}
		if at < i {
			at = next(text, i, strings.IndexAny(text[i:], "{["))
		}
		switch {
		case at < call:
			i = s.bracket(text, at, &left)
		case call < len(text):
			i = call + len(parseCall)
			i += s.quoted(text, i, &left)
		default:
			return
		}
	}
}

const parseCall = "JSON.parse("

// next is where something was found behind i, or the end of the text.
func next(text string, i, found int) int {
	if found < 0 {
		return len(text)
	}
	return i + found
}

// bracket reads the data that begins with the bracket at i, if it does, and
// returns where to go on.
func (s *stateReader) bracket(text string, i int, left *int) int {
	name, ok := startsData(text, i)
	if !ok {
		return i + 1
	}
	l := literal{in: text, i: i, left: *left, vars: s.arguments(text, i, left), out: s.buffer[:0]}
	ok = l.value(0)
	s.buffer = l.out
	*left = min(*left, l.left)
	if ok {
		s.add(name, string(l.out))
		return max(l.i, i+1)
	}
	return i + 1
}

// quoted reads JSON that stands in a string at i, and returns how long it is.
func (s *stateReader) quoted(text string, i int, left *int) int {
	l := literal{in: text, i: i, left: *left}
	if l.space(); l.i >= len(text) || strings.IndexByte("\"'`", text[l.i]) < 0 || !l.text() {
		return 0
	}
	*left -= l.i - i
	var inner string
	if stdjson.Unmarshal(l.out, &inner) == nil {
		s.add(assigned(text, i-len(parseCall)), inner)
	}
	return l.i - i
}

// startsData reports whether the bracket at i may begin data, and what the data
// is called: it is assigned, or an argument of a call.
func startsData(text string, i int) (name string, ok bool) {
	before := strings.TrimRight(text[max(0, i-200):i], " \t\r\n")
	if before == "" {
		return "", true
	}
	switch c := before[len(before)-1]; c {
	case '=':
		return assigned(before, len(before)), true
	case '(', ',':
		return called(before), true
	case ';', '\n':
		return "", text[i] == '{'
	}
	if strings.HasSuffix(before, "return") && text[i] == '{' {
		return assigned(text, strings.LastIndex(text[:i], "(function")), true
	}
	return "", false
}

// assigned is the name before the equals sign that ends before position i.
func assigned(text string, i int) string {
	if i < 0 {
		return ""
	}
	before := strings.TrimRight(text[max(0, i-200):i], " \t\r\n=(")
	from := len(before)
	for from > 0 && (isNameByte(before[from-1]) || before[from-1] == '.') {
		from--
	}
	return strings.TrimPrefix(before[from:], "window.")
}

// called is the name of the function in whose arguments text ends.
func called(before string) string {
	i := strings.LastIndexByte(before, '(')
	if i < 0 {
		return ""
	}
	return assigned(before, i)
}

// arguments understands (function(a,b){return {…}}(1,"x")), in which some
// frameworks write data that repeats itself: given where the returned object
// begins, it says what the names stand for. nil when this is no such thing.
func (s *stateReader) arguments(text string, i int, left *int) map[string]string {
	head := text[max(0, i-2048):i]
	if !strings.HasSuffix(strings.TrimRight(head, " "), "return") {
		return nil
	}
	f := strings.LastIndex(head, "(function(")
	if f < 0 {
		return nil
	}
	params, rest, ok := strings.Cut(head[f+len("(function("):], ")")
	if rest = strings.TrimSpace(rest); !ok || strings.TrimSpace(strings.TrimPrefix(rest, "{")) != "return" {
		return nil
	}
	// The arguments stand behind the body: read it once to find them.
	names := strings.Split(params, ",")
	body := literal{in: text, i: i, left: *left, vars: map[string]string{}}
	for _, name := range names {
		body.vars[strings.TrimSpace(name)] = "null"
	}
	ok = body.value(0)
	*left = min(*left, body.left)
	if !ok {
		return nil
	}
	end := body.i
	for end < len(text) && strings.IndexByte("; \n})", text[end]) >= 0 {
		end++
	}
	if end == len(text) || text[end] != '(' {
		return nil
	}
	vars := map[string]string{}
	args := literal{in: text, i: end + 1, left: *left}
	for _, name := range names {
		args.out = args.out[:0]
		if !args.value(0) {
			break
		}
		vars[strings.TrimSpace(name)] = string(args.out)
		if args.space(); args.i >= len(text) || text[args.i] != ',' {
			break
		}
		args.i++
	}
	*left = min(*left, args.left)
	return vars
}

// pruner copies a JSON text without what leads to no wanted field.
type pruner struct {
	r      *json.Reader
	wanted map[string]bool
	out    []byte
	kept   bool // something that was wanted
	name   []byte
}

// value copies a value. Of a wanted field also plain values are kept.
func (p *pruner) value(wanted bool) {
	switch p.r.Kind() {
	case json.Object:
		p.object(wanted)
	case json.Array:
		p.array(wanted)
	default:
		if !wanted {
			p.r.Skip()
			return
		}
		p.out = append(p.out, p.r.Raw()...)
	}
}

func (p *pruner) object(wanted bool) {
	start := len(p.out)
	p.out = append(p.out, '{')
	for key := range p.r.Fields {
		field := len(p.out)
		if field > start+1 {
			p.out = append(p.out, ',')
		}
		p.out = append(json.AppendString(p.out, key), ':')
		from := len(p.out)
		p.name = appendPlain(p.name[:0], key)
		want := p.wanted[string(p.name)]
		kind := p.r.Kind()
		// Small objects of a wanted name are kept whole: {"amount":…}.
		p.value(want || wanted && kind != json.Object && kind != json.Array)
		if len(p.out) == from {
			p.out = p.out[:field]
			continue
		}
		p.kept = p.kept || want
	}
	if len(p.out) == start+1 {
		p.out = p.out[:start]
		return
	}
	p.out = append(p.out, '}')
}

func (p *pruner) array(wanted bool) {
	start := len(p.out)
	p.out = append(p.out, '[')
	for range p.r.Items {
		item := len(p.out)
		if item > start+1 {
			p.out = append(p.out, ',')
		}
		from := len(p.out)
		if p.value(wanted); len(p.out) == from {
			p.out = p.out[:item]
		}
	}
	if len(p.out) == start+1 {
		p.out = p.out[:start]
		return
	}
	p.out = append(p.out, ']')
}

// appendPlain appends a field's name in lower case, letters and digits only:
// sale_price, salePrice and "sale-price" are the same.
func appendPlain(b []byte, key string) []byte {
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'A' && c <= 'Z':
			b = append(b, c|0x20)
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b = append(b, c)
		}
	}
	return b
}
