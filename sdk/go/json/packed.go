package json

// What follows reads documents in packed form. Whoever packed them has checked
// them; what is cut off or made up is an error here, too, and never a panic.

const packedBroken = "the packed document is broken"

// chunk reads a length and as much text. Almost all are short.
func (r *Reader) chunk() string {
	if i := r.i + 1; i <= len(r.s) {
		if n := int(r.s[i-1]); n != long && n <= len(r.s)-i {
			r.i = i + n
			return r.s[i:r.i]
		}
	}
	return r.longChunk()
}

func (r *Reader) longChunk() string {
	i := r.i
	if i >= len(r.s) {
		r.fail(packedBroken)
		return ""
	}
	n := int(r.s[i])
	i++
	if n == long {
		if n = r.number(i); n < 0 {
			r.fail(packedBroken)
			return ""
		}
		i += 4
	}
	if n > len(r.s)-i {
		r.fail(packedBroken)
		return ""
	}
	r.i = i + n
	return r.s[i:r.i]
}

// number is that of the four bytes at i, or -1 when they aren't there.
func (r *Reader) number(i int) int {
	if len(r.s)-i < 4 {
		return -1
	}
	s := r.s[i : i+4]
	n := int64(s[0]) | int64(s[1])<<8 | int64(s[2])<<16 | int64(s[3])<<24
	if n > int64(len(r.s)) {
		return -1
	}
	return int(n)
}

// enter begins an array or object and returns the place where it ends.
func (r *Reader) enter(bracket byte, want Kind) (end int, ok bool) {
	if r.next() != bracket {
		r.mismatch(want)
		return 0, false
	}
	n := r.number(r.i + 1)
	if n < 0 || n > len(r.s)-r.i-5 {
		r.fail(packedBroken)
		return 0, false
	}
	if r.depth == MaxDepth {
		r.fail("nested too deep")
		return 0, false
	}
	r.i += 5
	r.depth++
	return r.i + n, true
}

// leave ends an array or object that was read as far as r.i.
func (r *Reader) leave(end int) {
	if r.i > end {
		r.fail(packedBroken)
	}
	if r.err == nil {
		r.i = end
		r.depth--
	}
}

func (r *Reader) packedFields(yield func(key string) bool) {
	end, ok := r.enter('{', Object)
	for ok && r.i < end {
		key := r.chunk()
		at := r.i
		if r.err != nil {
			return
		}
		ok = yield(key)
		if r.i == at {
			r.skipPacked()
		}
	}
	if end > 0 {
		r.leave(end)
	}
}

func (r *Reader) packedItems(yield func(i int) bool) {
	end, ok := r.enter('[', Array)
	for i := 0; ok && r.i < end; i++ {
		at := r.i
		ok = yield(i)
		if r.i == at {
			r.skipPacked()
		}
	}
	if end > 0 {
		r.leave(end)
	}
}

// skipPacked reads a value and forgets it.
func (r *Reader) skipPacked() {
	switch r.next() {
	case 'n', 't', 'f':
		r.i++
	case '#', '"':
		r.i++
		r.chunk()
	case '[', '{':
		n := r.number(r.i + 1)
		if n < 0 || n > len(r.s)-r.i-5 {
			r.fail(packedBroken)
			return
		}
		r.i += 5 + n
	default:
		r.fail("want a value, found the end")
	}
}

// unpacked appends the next value as JSON.
func (r *Reader) unpacked(b []byte) []byte {
	switch r.Kind() {
	case Null:
		r.Null()
		return append(b, "null"...)
	case Bool:
		if r.Bool() {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case Number:
		return append(b, r.Number()...)
	case String:
		return AppendString(b, r.Str())
	case Array:
		b = append(b, '[')
		for i := range r.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = r.unpacked(b)
		}
		return append(b, ']')
	case Object:
		b = append(b, '{')
		first := true
		for key := range r.Fields {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = r.unpacked(append(AppendString(b, key), ':'))
		}
		return append(b, '}')
	}
	r.skipPacked() // says what is wrong
	return b
}
