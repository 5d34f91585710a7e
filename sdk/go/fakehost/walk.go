package fakehost

import (
	"errors"
	"slices"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const (
	maxWalk  = 5_000 // calls of a walk
	refBatch = 20    // references in a call, as a host does it
)

// Import is what the import of a whole shop found.
type Import struct {
	Products map[string]wire.Product // by ID; the last one of each
	Order    []string                // IDs, in the order in which they came
	Notes    []string
	Partial  bool
	Total    int // as the plugin said
	Calls    int
	Shop     *wire.Shop // the last one that the plugin told of
	Err      error      // what ended the import
}

// Import runs a whole import as a host does: pages to the end, then the
// products that pages only referred to, each call through the codec. It gives
// up on a plugin that does not come to an end.
func (h *Host) Import(p *omakase.Plugin, req wire.ScrapeRequest) *Import {
	m := &Import{Products: map[string]wire.Product{}}
	refs := map[string]wire.Ref{}
	var keys []string
	for cursor := ""; m.Err == nil; {
		reply := m.ask(h, p, req, cursor, nil)
		for _, ref := range reply.Refs {
			if _, ok := refs[ref.Key]; !ok {
				keys = append(keys, ref.Key)
			}
			refs[ref.Key] = ref
		}
		if reply.Next == "" {
			break
		}
		cursor = reply.Next
	}
	for _, product := range m.Products {
		delete(refs, product.ID)
		delete(refs, product.Handle)
	}
	keys = slices.DeleteFunc(keys, func(key string) bool {
		_, open := refs[key]
		return !open
	})
	for batch := range slices.Chunk(keys, refBatch) {
		if m.Err != nil || req.Max > 0 && len(m.Products) >= req.Max {
			break
		}
		var list []wire.Ref
		for _, key := range batch {
			list = append(list, refs[key])
		}
		m.ask(h, p, req, "", list)
	}
	return m
}

// ask makes one call and takes over its reply.
func (m *Import) ask(h *Host, p *omakase.Plugin, req wire.ScrapeRequest, cursor string, refs []wire.Ref) (reply wire.ScrapeReply) {
	req.Cursor, req.Refs, req.Seen, req.Total = cursor, refs, len(m.Products), m.Total
	if m.Calls++; m.Calls > maxWalk {
		m.Err = errors.New("fakehost: the import does not end")
		return reply
	}
	if m.Err = h.Do(p, wire.OpScrape, &req, &reply); m.Err != nil {
		return reply
	}
	for _, product := range reply.Products {
		if _, ok := m.Products[product.ID]; !ok {
			m.Order = append(m.Order, product.ID)
		}
		m.Products[product.ID] = product
	}
	m.Notes = append(m.Notes, reply.Notes...)
	m.Partial = m.Partial || reply.Partial
	m.Total = max(m.Total, reply.Total)
	if reply.Shop != nil {
		m.Shop = reply.Shop
	}
	return reply
}
