package json

import "strings"

// Paths are the parts of a document to keep, for [Prune]. A Paths never
// changes and may be shared.
type Paths struct {
	whole  bool // everything below
	fields map[string]*Paths
}

// NewPaths makes Paths of names of fields with dots between them, such as
// "products.variants.price". Arrays count for nothing in a path: it leads into
// each of their items. What a path leads to is kept with all that is in it.
func NewPaths(paths ...string) *Paths {
	root := &Paths{}
	for _, path := range paths {
		p := root
		for name := range strings.SplitSeq(path, ".") {
			if p.fields == nil {
				p.fields = map[string]*Paths{}
			}
			if p.fields[name] == nil {
				p.fields[name] = &Paths{}
			}
			p = p.fields[name]
		}
		p.whole = true
	}
	return root
}

// Prune appends a document to b without the fields of objects that no path
// leads to, and without those that are null. Values where a path expects an
// object and there is something else stay as they are. The error is that of a
// document that is no JSON; then nothing is appended.
func Prune(b []byte, document string, keep *Paths) ([]byte, error) {
	r := NewReader(document)
	pruned := r.prune(b, keep)
	if err := r.End(); err != nil {
		return b, err
	}
	return pruned, nil
}

// prune appends the next value.
func (r *Reader) prune(b []byte, keep *Paths) []byte {
	kind := r.Kind()
	switch {
	case keep.whole || kind != Object && kind != Array:
		return append(b, r.Raw()...)
	case kind == Array:
		b = append(b, '[')
		for i := range r.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = r.prune(b, keep)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	empty := true
	for key := range r.Fields {
		below := keep.fields[key]
		if below == nil || r.Null() {
			continue
		}
		if !empty {
			b = append(b, ',')
		}
		empty = false
		b = append(AppendString(b, key), ':')
		b = r.prune(b, below)
	}
	return append(b, '}')
}
