package json

// Skip reads a value of any kind and forgets it. It checks all that it skips.
func (r *Reader) Skip() {
	if r.packed {
		r.skipPacked()
		return
	}
	c := r.next()
	if r.i == len(r.s) {
		r.fail("want a value, found the end")
		return
	}
	var end int
	var msg string
	if c == '{' || c == '[' {
		end, msg = skipValue(r.s, r.i, MaxDepth-r.depth)
	} else {
		end, msg = skipScalar(r.s, r.i) // most values are, and this is quicker
	}
	if msg != "" {
		r.failAt(end, msg)
		return
	}
	r.i = end
}

// skipValue finds the end of the value at i, which may nest to a depth. When
// msg is not empty it names a mistake, and end is the mistake's place.
//
// It is one loop over local variables, without recursion and memory: calls are
// dear in WASM. One bit for each open container tells objects from arrays.
func skipValue(s string, i, most int) (end int, msg string) {
	var objects [(MaxDepth + 64) / 64]uint64
	depth := 0
	name := false // the name of a field comes next
	for {
		if name {
			if i, msg = skipName(s, i); msg != "" {
				return i, msg
			}
		}
		i = skipSpace(s, i)
		if i == len(s) {
			return i, "want a value, found the end"
		}
		c := s[i]
		if c == '{' || c == '[' {
			if depth == most {
				return i, "nested too deep"
			}
			depth++
			if c == '{' {
				objects[depth>>6] |= 1 << (depth & 63)
			} else {
				objects[depth>>6] &^= 1 << (depth & 63)
			}
			i = skipSpace(s, i+1)
			if i == len(s) || s[i] != c+2 { // '}' and ']' come two after
				name = c == '{'
				continue
			}
			i++
			depth--
		} else if i, msg = skipScalar(s, i); msg != "" {
			return i, msg
		}

		// After a value: the ends of containers, then the next value.
		for {
			if depth == 0 {
				return i, ""
			}
			i = skipSpace(s, i)
			object := objects[depth>>6]>>(depth&63)&1 != 0
			if i < len(s) && s[i] == ',' {
				i++
				name = object
				break
			}
			if i == len(s) || s[i] != ']' && s[i] != '}' || (s[i] == '}') != object {
				return i, "want a comma or a closing bracket after a value"
			}
			i++
			depth--
		}
	}
}

// skipName finds the place after the name of a field and its colon.
func skipName(s string, i int) (end int, msg string) {
	i = skipSpace(s, i)
	if i == len(s) || s[i] != '"' {
		return i, "want the name of a field in quotes"
	}
	if i, _, msg = scanString(s, i+1); msg != "" {
		return i, msg
	}
	i = skipSpace(s, i+1)
	if i == len(s) || s[i] != ':' {
		return i, "want a colon after the name of a field"
	}
	return i + 1, ""
}

// skipSpace is the place of the next byte that is no white space.
func skipSpace(s string, i int) int {
	for i < len(s) && s[i] <= ' ' && (s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t') {
		i++
	}
	return i
}

// skipScalar finds the end of the string, number or word at i.
func skipScalar(s string, i int) (end int, msg string) {
	var word string
	switch s[i] {
	case '"':
		if end, _, msg = scanString(s, i+1); msg != "" {
			return end, msg
		}
		return end + 1, ""
	case 't':
		word = "true"
	case 'f':
		word = "false"
	case 'n':
		word = "null"
	default:
		return skipNumber(s, i)
	}
	if end = i + len(word); end > len(s) || s[i:end] != word {
		return i, "want " + word
	}
	return end, ""
}

// skipRest skips what is left of an object or array, after one of its values.
func (r *Reader) skipRest(bracket byte) {
	for r.comma(bracket) {
		if bracket == '}' {
			r.key()
		}
		r.Skip()
	}
}

// skipNumber finds the end of the number at i.
func skipNumber(s string, i int) (end int, msg string) {
	start := i
	if i < len(s) && s[i] == '-' {
		i++
	}
	end = digits(s, i)
	switch {
	case end == i:
		return start, "want a value"
	case s[i] == '0':
		end = i + 1
	}
	if end < len(s) && s[end] == '.' {
		i = end + 1
		if end = digits(s, i); end == i {
			return start, "want a digit after the decimal point"
		}
	}
	if end < len(s) && (s[end] == 'e' || s[end] == 'E') {
		i = end + 1
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if end = digits(s, i); end == i {
			return start, "want a digit in the exponent"
		}
	}
	return end, ""
}

// digits is the end of the digits that begin at i.
func digits(s string, i int) int {
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return i
}
