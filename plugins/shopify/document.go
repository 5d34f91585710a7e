package main

import (
	"strconv"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
)

// listing is the content of a JSON document of products.
type listing struct {
	products []omakase.Product
	count    int      // entries, those that could not be read among them
	notes    []string // why some could not
	line     plaintext.Buffer
	item     item // the one being read
}

// maxNotes bounds the notes of one reply.
const maxNotes = 20

// readDocument reads any of the JSON documents that hold products: {"products":
// […]}, {"product": …}, or the product itself. The error is one of JSON; found
// reports whether the document is any of these.
func readDocument(document string, at place, currency string) (l listing, found bool, err error) {
	r := json.NewReader(document)
	if r.Kind() != json.Object {
		r.Skip()
		return l, false, r.End()
	}
	lone := false
	for key := range r.Fields {
		switch key {
		case "products":
			found = r.Kind() == json.Array
			l.readItems(r, at, currency)
		case "product":
			found = true
			l.add(r, at, currency)
		case "variants":
			lone = true
		}
	}
	if err := r.End(); err != nil || found || !lone {
		return l, found, err
	}
	l.add(json.NewReader(document), at, currency)
	return l, true, nil
}

func (l *listing) readItems(r *json.Reader, at place, currency string) {
	if r.Kind() != json.Array {
		return
	}
	l.products = make([]omakase.Product, 0, maxPageSize)
	for range r.Items {
		l.add(r, at, currency)
	}
}

func (l *listing) add(r *json.Reader, at place, currency string) {
	l.count++
	p := &l.item
	*p = item{}
	p.read(r)
	reason := p.finish(at, currency, &l.line)
	if reason == "" {
		l.products = append(l.products, p.Product)
		return
	}
	if len(l.notes) < maxNotes {
		l.notes = append(l.notes, "left out product "+l.nameOf(p)+": "+reason)
	}
}

// nameOf is how a note calls a product that lacks something.
func (l *listing) nameOf(p *item) string {
	switch {
	case p.Name != "":
		return `"` + p.Name + `"`
	case p.Handle != "":
		return p.Handle
	case p.ID != "":
		return p.ID
	}
	return "number " + strconv.Itoa(l.count)
}
