package storefront

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
)

const (
	maxFailures = 3  // products in a row that may fail before a batch is given up for now
	maxNotes    = 20 // of one reply
)

// Reading is what the page of a reference held. Without products and without a
// note the product is gone from the shop.
type Reading struct {
	Products []omakase.Product
	Shop     *omakase.Shop
	Note     string // why there is no product, in a shop owner's words
	Partial  bool   // the product is there but can't be read
}

// ReadRefs reads the products of references one by one. A product whose page
// fails is left out with a note, and the import is partial; where several in a
// row fail, or the shop asks to slow down, the error is the reply, so that the
// host comes back later. upcoming is the page that will be read next, for the
// host to fetch ahead.
func ReadRefs(refs []omakase.Ref, read func(ref omakase.Ref, upcoming []string) (Reading, error)) (omakase.ScrapeReply, error) {
	var reply omakase.ScrapeReply
	var last error
	failures := 0
	for i, ref := range refs {
		var upcoming []string
		if i+1 < len(refs) {
			upcoming = []string{refs[i+1].URL}
		}
		got, err := read(ref, upcoming)
		switch {
		case err == nil:
			failures = 0
			take(&reply, ref, got)
			continue
		case omakase.CodeOf(err) == omakase.CodeRobots || omakase.CodeOf(err) == omakase.CodeTooLarge:
		case !Retryable(err) || omakase.CodeOf(err) == omakase.CodeRateLimited:
			return omakase.ScrapeReply{}, err
		default:
			if failures++; failures == maxFailures {
				return omakase.ScrapeReply{}, err
			}
			last = err
		}
		reply.Partial = true
		note(&reply, "left out "+ref.URL+": "+MessageOf(err))
	}
	if last != nil && len(reply.Products) == 0 {
		return omakase.ScrapeReply{}, last
	}
	return reply, nil
}

func take(reply *omakase.ScrapeReply, ref omakase.Ref, got Reading) {
	for _, p := range got.Products {
		if p.UpdatedAt == "" {
			p.UpdatedAt = ref.UpdatedAt
		}
		reply.Products = append(reply.Products, p)
	}
	if got.Shop != nil {
		reply.Shop = got.Shop
	}
	reply.Partial = reply.Partial || got.Partial
	if got.Note != "" {
		note(reply, "left out "+ref.URL+": "+got.Note)
	}
}

func note(reply *omakase.ScrapeReply, text string) {
	if len(reply.Notes) < maxNotes {
		reply.Notes = append(reply.Notes, text)
	}
}
