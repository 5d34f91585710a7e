package json

import (
	"slices"
	"strings"
)

// Packed begins a document in packed form: JSON taken apart, in which a guest
// finds every value by its length instead of looking at every byte. No text
// begins so, since 0xFF is in no UTF-8.
//
// After it comes one value. A value is a byte that tells its kind, and what
// belongs to it:
//
//	n t f           null, true, false
//	# length text   a number, as it stands in the document
//	" length text   a string in UTF-8, without escapes
//	[ size items    an array
//	{ size fields   an object; a field is the length and text of its name, and
//	                a value
//
// A length is one byte, or 255 and four bytes if it is 255 or more; a size is
// the number of bytes of all that is inside, in four bytes. Four bytes are a
// number whose lowest byte comes first.
const Packed = "\xffJP1"

// IsPacked reports whether a document is in packed form.
func IsPacked(document string) bool { return strings.HasPrefix(document, Packed) }

// long marks a length that takes four bytes more.
const long = 255

// Pack appends a document to b in packed form, without what Prune leaves out.
// The error is that of a document that is no JSON; then nothing is appended.
func Pack(b []byte, document string, keep *Paths) ([]byte, error) {
	r := NewReader(document)
	b = slices.Grow(b, len(Packed)+len(document)/2) // of most documents half is wanted, or less
	packed := r.pack(append(b, Packed...), keep)
	if err := r.End(); err != nil {
		return b, err
	}
	return packed, nil
}

var everything = &Paths{whole: true}

// pack appends the next value.
func (r *Reader) pack(b []byte, keep *Paths) []byte {
	switch r.Kind() {
	case Null:
		r.Null()
		return append(b, 'n')
	case Bool:
		if r.Bool() {
			return append(b, 't')
		}
		return append(b, 'f')
	case Number:
		return appendPacked(append(b, '#'), r.Number())
	case String:
		return appendPacked(append(b, '"'), r.Str())
	case Array:
		b = append(b, '[', 0, 0, 0, 0)
		start := len(b)
		for range r.Items {
			b = r.pack(b, keep)
		}
		return sized(b, start)
	case Object:
		b = append(b, '{', 0, 0, 0, 0)
		start := len(b)
		for key := range r.Fields {
			below := everything
			if !keep.whole {
				if below = keep.fields[key]; below == nil || r.Null() {
					continue
				}
			}
			b = r.pack(appendPacked(b, key), below)
		}
		return sized(b, start)
	}
	r.Skip() // says what is wrong
	return b
}

// sized notes the size of the container whose content begins at start.
func sized(b []byte, start int) []byte {
	appendSize(b[:start-4], len(b)-start) // in place
	return b
}

func appendPacked(b []byte, s string) []byte {
	if len(s) < long {
		b = append(b, byte(len(s)))
	} else {
		b = appendSize(append(b, long), len(s))
	}
	return append(b, s...)
}

func appendSize(b []byte, n int) []byte {
	return append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
}
