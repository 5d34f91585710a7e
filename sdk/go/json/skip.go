package json

// Skip reads a value of any kind and forgets it. It checks all that it skips.
func (r *Reader) Skip() {
	// One bit for each open container tells objects from arrays, so that
	// skipping needs no recursion and no memory.
	var objects [(MaxDepth + 64) / 64]uint64
	base := r.depth
	for {
		switch c := r.next(); c {
		case '"':
			r.skipString()
		case '{':
			if !r.open('{', Object) {
				return
			}
			objects[r.depth>>6] |= 1 << (r.depth & 63)
			if r.next() != '}' {
				r.skipKey()
				continue
			}
			r.close()
		case '[':
			if !r.open('[', Array) {
				return
			}
			objects[r.depth>>6] &^= 1 << (r.depth & 63)
			if r.next() != ']' {
				continue
			}
			r.close()
		case 't':
			r.literal("true")
		case 'f':
			r.literal("false")
		case 'n':
			r.literal("null")
		default:
			r.skipNumber()
		}
		if !r.skipEnds(base, &objects) {
			return
		}
	}
}

// skipEnds reads the closing brackets after a value, down to the depth of
// base, and reports whether there is another value to skip.
func (r *Reader) skipEnds(base int, objects *[(MaxDepth + 64) / 64]uint64) bool {
	for r.depth > base {
		object := objects[r.depth>>6]&(1<<(r.depth&63)) != 0
		switch c := r.next(); {
		case c == ',':
			r.i++
			if object {
				r.skipKey()
			}
			return r.err == nil
		case c == '}' && object, c == ']' && !object:
			r.close()
		default:
			r.fail("want a comma or a closing bracket after a value")
			return false
		}
	}
	return false
}

// skipRest skips what is left of an object or array, after one of its values.
func (r *Reader) skipRest(bracket byte) {
	for r.comma(bracket) {
		if bracket == '}' {
			r.skipKey()
		}
		r.Skip()
	}
}

func (r *Reader) skipKey() {
	if r.next() != '"' {
		r.fail("want the name of a field in quotes")
		return
	}
	r.skipString()
	if r.next() != ':' {
		r.fail("want a colon after the name of a field")
		return
	}
	r.i++
}

// skipNumber reads a number and reports whether it is one.
func (r *Reader) skipNumber() bool {
	s, i := r.s, r.i
	if i < len(s) && s[i] == '-' {
		i++
	}
	switch {
	case i < len(s) && s[i] == '0':
		i++
	case i < len(s) && '1' <= s[i] && s[i] <= '9':
		i = digits(s, i)
	default:
		r.fail("want a value")
		return false
	}
	if i < len(s) && s[i] == '.' {
		end := digits(s, i+1)
		if end == i+1 {
			r.fail("want a digit after the decimal point")
			return false
		}
		i = end
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		end := digits(s, i)
		if end == i {
			r.fail("want a digit in the exponent")
			return false
		}
		i = end
	}
	r.i = i
	return true
}

// digits is the end of the digits that begin at i.
func digits(s string, i int) int {
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return i
}
