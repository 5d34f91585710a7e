package meter

// Subsections of the name section.
const (
	namesModule    = 0
	namesFunctions = 1
	namesLocals    = 2
	namesLabels    = 3
)

// names renumbers the functions of a name section. The added local, global
// and import stay without a name.
func (w *rewriter) names(s *reader) []byte {
	var b []byte
	for s.more() {
		id := s.byte()
		sub := s.sub(int(s.u32()), "name")
		var body []byte
		switch id {
		case namesModule: // engines read the name, whatever the size of the subsection
			sub.take(int(sub.u32()))
			sub.done()
			body = sub.b
		case namesFunctions:
			body = w.nameMap(sub, func(s *reader) { s.take(int(s.u32())) })
		case namesLocals, namesLabels:
			body = w.nameMap(sub, func(s *reader) {
				for n := s.count(); n > 0 && s.err == nil; n-- {
					s.u32()
					s.take(int(s.u32()))
				}
			})
		default:
			body = sub.b
		}
		s.join(sub)
		b = append(appendU32(append(b, id), uint32(len(body))), body...)
	}
	return b
}

// nameMap copies a map from functions to what value reads.
func (w *rewriter) nameMap(s *reader, value func(*reader)) []byte {
	n := s.count()
	b := appendU32(make([]byte, 0, len(s.b)+n/8), uint32(n))
	for ; n > 0 && s.err == nil; n-- {
		b = appendU32(b, w.shift(s.index(w.funcs(), "function")))
		from := s.pos
		value(s)
		b = append(b, s.b[from:s.pos]...)
	}
	s.done()
	return b
}
