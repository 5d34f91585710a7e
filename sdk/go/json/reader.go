package json

import (
	"strconv"
	"unsafe"
)

// MaxDepth is how deep objects and arrays may nest. A deeper document is an
// error, so that no document can exhaust a guest's stack.
const MaxDepth = 128

// Kind is the type of a JSON value.
type Kind uint8

// The kinds of values. Invalid is what stands before the end of the input,
// before anything that begins no value, and after an error.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// String names the kind as error messages do, such as "a number".
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "a boolean"
	case Number:
		return "a number"
	case String:
		return "a string"
	case Array:
		return "an array"
	case Object:
		return "an object"
	}
	return "no value"
}

// Error says what is wrong with a document, and where.
type Error struct {
	Offset int // bytes from the beginning
	Msg    string
}

// Error is "json: offset 12: want a string, found a number".
func (e *Error) Error() string {
	return "json: offset " + strconv.Itoa(e.Offset) + ": " + e.Msg
}

// Reader reads one JSON document. It takes strict JSON (RFC 8259) and one
// byte order mark before it.
//
// Strings that it returns share memory with the document when they hold no
// escapes. A null reads as the zero value of whatever was asked for. A Reader
// is not safe for use by several goroutines.
type Reader struct {
	s      string
	i      int // of the next byte
	depth  int
	packed bool
	err    *Error
}

// NewReader returns a Reader of a document, which may be in packed form.
func NewReader(document string) *Reader {
	r := &Reader{s: document}
	switch {
	case len(document) >= 3 && document[:3] == "\ufeff":
		r.i = 3
	case IsPacked(document):
		r.i, r.packed = len(Packed), true
	}
	return r
}

// NewBytesReader returns a Reader of a document, which must not change as long
// as the Reader or strings from it are in use: they share its memory.
func NewBytesReader(document []byte) *Reader {
	// A string of a []byte that nobody changes is a string like any other.
	return NewReader(unsafe.String(unsafe.SliceData(document), len(document)))
}

// Packed reports whether the document is in packed form, in which strings hold
// no escapes.
func (r *Reader) Packed() bool { return r.packed }

// Err is the first error, or nil.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// End returns the first error; it is one when more than white space follows
// the value that was read.
func (r *Reader) End() error {
	if r.err == nil {
		r.next()
		if r.i < len(r.s) {
			r.fail("want the end of the document, found more after it")
		}
	}
	return r.Err()
}

// Fail makes the document an error at the present place, unless it is one
// already. Callers use it for values that are valid JSON but not what they
// need.
func (r *Reader) Fail(msg string) { r.fail(msg) }

// Kind is the kind of the next value, which stays unread.
func (r *Reader) Kind() Kind {
	switch c := r.next(); {
	case c == '"':
		return String
	case c == '{':
		return Object
	case c == '[':
		return Array
	case c == 't' || c == 'f':
		return Bool
	case c == 'n':
		return Null
	case r.packed:
		if c == '#' {
			return Number
		}
	case c == '-' || '0' <= c && c <= '9':
		return Number
	}
	return Invalid
}

// Fields runs the loop body for each field of an object, in the order of the
// document: for key := range r.Fields. The body reads the field's value once
// or leaves it; a break skips the rest of the object. A null has no fields.
func (r *Reader) Fields(yield func(key string) bool) {
	if r.packed {
		r.packedFields(yield)
		return
	}
	if r.Null() || !r.open('{', Object) {
		return
	}
	if r.next() == '}' {
		r.close()
		return
	}
	for {
		key := r.key()
		if r.err != nil {
			return
		}
		at := r.i
		more := yield(key)
		if r.i == at {
			r.Skip()
		}
		if !more {
			r.skipRest('}')
			return
		}
		if !r.comma('}') {
			return
		}
	}
}

// Items runs the loop body for each item of an array: for i := range r.Items.
// The body reads the item once or leaves it; a break skips the rest of the
// array. A null has no items.
func (r *Reader) Items(yield func(i int) bool) {
	if r.packed {
		r.packedItems(yield)
		return
	}
	if r.Null() || !r.open('[', Array) {
		return
	}
	if r.next() == ']' {
		r.close()
		return
	}
	for i := 0; ; i++ {
		r.next()
		at := r.i
		more := yield(i)
		if r.i == at {
			r.Skip()
		}
		if !more {
			r.skipRest(']')
			return
		}
		if !r.comma(']') {
			return
		}
	}
}

// Null reports whether the next value is null, and reads it if it is.
func (r *Reader) Null() bool {
	if r.next() != 'n' {
		return false
	}
	return r.literal("null")
}

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	switch r.next() {
	case 't':
		return r.literal("true")
	case 'f':
		r.literal("false")
		return false
	}
	r.mismatch(Bool)
	return false
}

// Int reads a whole number that fits an int.
func (r *Reader) Int() int {
	at := r.i
	n := r.Int64()
	if int64(int(n)) != n {
		r.failAt(at, "the number is too large")
		return 0
	}
	return int(n)
}

// Int64 reads a whole number, written without fraction and exponent.
func (r *Reader) Int64() int64 {
	text := r.Number()
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		r.failAt(r.i-len(text), "want a whole number of 64 bits, found "+text)
		return 0
	}
	return n
}

// Float64 reads a number.
func (r *Reader) Float64() float64 {
	text := r.Number()
	if text == "" {
		return 0
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.failAt(r.i-len(text), "the number is too large")
		return 0
	}
	return f
}

// Number reads a number and returns its text as it stands in the document, so
// that 19.90 keeps its zero and a long ID all its digits. A null reads as "".
func (r *Reader) Number() string {
	c := r.next()
	if r.packed && c == '#' {
		r.i++
		return r.chunk()
	}
	if r.packed || c != '-' && (c < '0' || c > '9') {
		r.mismatch(Number)
		return ""
	}
	end, msg := skipNumber(r.s, r.i)
	if msg != "" {
		r.failAt(end, msg)
		return ""
	}
	text := r.s[r.i:end]
	r.i = end
	return text
}

// Str reads a string. Bytes that are not UTF-8, and escaped halves of
// surrogate pairs, become U+FFFD.
func (r *Reader) Str() string {
	if r.packed && r.at('"') {
		r.i++
		return r.chunk()
	}
	if r.packed || r.next() != '"' {
		r.mismatch(String)
		return ""
	}
	return r.readString()
}

// Text reads a string, or a number or boolean as it stands in the document,
// for fields that some shops write in quotes and others without.
func (r *Reader) Text() string {
	switch r.Kind() {
	case Number:
		return r.Number()
	case Bool:
		if r.Bool() {
			return "true"
		}
		return "false"
	}
	return r.Str()
}

// Raw reads a value of any kind and returns its text as it stands in the
// document, without white space around it. Of a document in packed form it is
// the text that was packed, or another one that stands for the same.
func (r *Reader) Raw() string {
	if r.packed {
		b := r.unpacked(nil)
		if r.err != nil {
			return ""
		}
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	r.next()
	start := r.i
	r.Skip()
	if r.err != nil {
		return ""
	}
	return r.s[start:r.i]
}

// next skips white space and returns the next byte without reading it, or 0
// at the end.
func (r *Reader) next() byte {
	if r.packed {
		if r.i < len(r.s) {
			return r.s[r.i]
		}
		return 0
	}
	r.i = skipSpace(r.s, r.i)
	if r.i == len(r.s) {
		return 0
	}
	return r.s[r.i]
}

// open reads the bracket that begins an object or array.
func (r *Reader) open(bracket byte, want Kind) bool {
	if r.next() != bracket {
		r.mismatch(want)
		return false
	}
	if r.depth == MaxDepth {
		r.fail("nested too deep")
		return false
	}
	r.i++
	r.depth++
	return true
}

// close reads the bracket that ends an object or array; the caller has seen
// that it is there.
func (r *Reader) close() {
	r.i++
	r.depth--
}

// key reads a field's name and colon, and stops at its value. Documents of
// shops hold no white space, and a call that finds none is dear in WASM, so it
// is looked for only where there may be some.
func (r *Reader) key() string {
	if !r.at('"') && r.next() != '"' {
		r.fail("want the name of a field in quotes")
		return ""
	}
	key := r.readString()
	if !r.at(':') && r.next() != ':' {
		r.fail("want a colon after the name of a field")
		return ""
	}
	r.i++
	if r.i == len(r.s) || r.s[r.i] <= ' ' {
		r.next()
	}
	return key
}

// at reports whether the next byte is c.
func (r *Reader) at(c byte) bool { return r.i < len(r.s) && r.s[r.i] == c }

// comma reads what follows a value in an object or array: true after a comma,
// false after the closing bracket or an error.
func (r *Reader) comma(bracket byte) bool {
	if r.at(',') {
		r.i++
		return true
	}
	switch r.next() {
	case ',':
		r.i++
		return true
	case bracket:
		r.close()
	default:
		r.fail("want a comma or " + string(rune(bracket)) + " after a value")
	}
	return false
}

// literal reads null, true or false.
func (r *Reader) literal(word string) bool {
	if r.packed {
		r.i++
		return true
	}
	end := r.i + len(word)
	if end > len(r.s) || r.s[r.i:end] != word {
		r.fail("want " + word)
		return false
	}
	r.i = end
	return true
}

// mismatch reads a null as the zero value that the caller returns; anything
// else is an error.
func (r *Reader) mismatch(want Kind) {
	found := r.Kind()
	if found == Null {
		r.literal("null")
		return
	}
	if found == Invalid && r.i >= len(r.s) {
		r.fail("want " + want.String() + ", found the end")
		return
	}
	r.fail("want " + want.String() + ", found " + found.String())
}

func (r *Reader) fail(msg string) { r.failAt(r.i, msg) }

// failAt records the first error and moves to the end, where every further
// read fails at once and every loop ends.
func (r *Reader) failAt(offset int, msg string) {
	if r.err == nil {
		r.err = &Error{Offset: offset, Msg: msg}
	}
	r.i = len(r.s)
}
