package api

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
)

// fields reads the fields of a JSON object one by one and remembers the first
// that is wrong. Unknown fields are ignored, and names are exact. The readers
// copy what they return, except object and list.
type fields struct {
	at      string // what stands before a name in errors: "products[3]."
	members []member
	err     error
}

// presence says whether a field was there.
type presence int

const (
	absent presence = iota
	null
	given
)

// look finds a field and says how it begins.
func (f *fields) look(name string) (json.RawMessage, presence) {
	for _, m := range slices.Backward(f.members) { // the last of a name counts
		if m.name != name {
			continue
		}
		if m.raw[0] == 'n' {
			return nil, null
		}
		return m.raw, given
	}
	return nil, absent
}

// refuse remembers the first error.
func (f *fields) refuse(name, format string, args ...any) {
	if f.err == nil {
		f.err = errs.New(errs.Invalid, f.at+name+" "+format, args...)
	}
}

// text reads a string of at most limit bytes.
func (f *fields) text(name string, limit int) (string, presence) {
	raw, p := f.look(name)
	if p != given {
		return "", p
	}
	if raw[0] != '"' {
		f.refuse(name, "must be a string")
		return "", given
	}
	s := unquote(raw)
	switch {
	case len(s) > limit:
		f.refuse(name, "is longer than %d bytes", limit)
	case strings.ContainsRune(s, 0):
		f.refuse(name, "holds a NUL character")
	}
	return s, given
}

// flag reads a boolean.
func (f *fields) flag(name string) (bool, presence) {
	raw, p := f.look(name)
	if p == given && raw[0] != 't' && raw[0] != 'f' {
		f.refuse(name, "must be true or false")
	}
	return p == given && raw[0] == 't', p
}

// decimal reads a number that is not negative, as plain decimal text without
// superfluous zeros: 1e3 is "1000", 12.50 is "12.5".
func (f *fields) decimal(name string) (string, presence) {
	raw, p := f.look(name)
	if p != given {
		return "", p
	}
	if !numeric(raw) {
		f.refuse(name, "must be a number")
		return "", given
	}
	negative, whole, frac, ok := plain(string(raw))
	switch {
	case negative:
		f.refuse(name, "must not be negative")
	case !ok:
		f.refuse(name, "has too many digits")
	case frac != "":
		return whole + "." + frac, given
	}
	return whole, given
}

// whole reads a whole number from 0 to limit.
func (f *fields) whole(name string, limit int64) (int64, presence) {
	raw, p := f.look(name)
	if p != given {
		return 0, p
	}
	if !numeric(raw) {
		f.refuse(name, "must be a number")
		return 0, given
	}
	negative, digits, frac, ok := plain(string(raw))
	switch {
	case negative:
		f.refuse(name, "must not be negative")
	case !ok:
		f.refuse(name, "is larger than %d", limit)
	case frac != "":
		f.refuse(name, "must be a whole number")
	}
	n, ok := wholeNumber(digits)
	if !ok || n > limit {
		f.refuse(name, "is larger than %d", limit)
	}
	return n, given
}

// object reads an object as it was written; it points into the body.
func (f *fields) object(name string) (json.RawMessage, presence) {
	raw, p := f.look(name)
	if p == given && raw[0] != '{' {
		f.refuse(name, "must be an object")
	}
	return raw, p
}

// list reads an array; its elements point into the body.
func (f *fields) list(name string) ([]json.RawMessage, presence) {
	raw, p := f.look(name)
	if p != given {
		return nil, p
	}
	var list []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &list) != nil {
		f.refuse(name, "must be an array")
	}
	return list, given
}

// texts reads an array of at most most strings of at most limit bytes each;
// nil where there is none.
func (f *fields) texts(name string, most, limit int) ([]string, presence) {
	list, p := f.list(name)
	if p != given || f.err != nil {
		return nil, p
	}
	if len(list) > most {
		f.refuse(name, "has more than %d entries", most)
		return nil, p
	}
	all := make([]string, 0, len(list))
	for i, raw := range list {
		entry := fields{at: f.at, members: []member{{name: name + "[" + strconv.Itoa(i) + "]", raw: bytes.TrimSpace(raw)}}}
		text, found := entry.text(entry.members[0].name, limit)
		if found == null {
			entry.refuse(entry.members[0].name, "must be a string")
		}
		if f.err == nil {
			f.err = entry.err
		}
		all = append(all, text)
	}
	return all, p
}

// inner reads an object's fields; nil where there is none.
func (f *fields) inner(name string) *fields {
	raw, p := f.object(name)
	if p != given || f.err != nil {
		return nil
	}
	return &fields{at: f.at + name + ".", members: splitObject(raw)}
}

// adopt takes over the first error of an object within.
func (f *fields) adopt(inner *fields) {
	if f.err == nil {
		f.err = inner.err
	}
}

func numeric(raw json.RawMessage) bool { return raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' }
