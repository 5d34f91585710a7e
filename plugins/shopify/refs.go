package main

import (
	"strconv"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// maxFailures is how many products in a row may fail to answer before the
// batch is given up for now.
const maxFailures = 3

// refs reads the products that a sitemap referred to, one by one.
func (s *scraper) refs() (omakase.ScrapeReply, error) {
	b := batch{s: s, refs: s.req.Refs}
	if err := b.learnCurrency(); err != nil {
		return omakase.ScrapeReply{}, err
	}
	var last error
	failures := 0
	for i, ref := range b.refs {
		err := b.read(i, ref)
		switch {
		case err == nil:
			failures = 0
		case !isRetryable(err) || omakase.CodeOf(err) == omakase.CodeRateLimited:
			return omakase.ScrapeReply{}, err
		default:
			if failures++; failures == maxFailures {
				return omakase.ScrapeReply{}, err
			}
			last = err
			b.reply.Partial = true
			b.note("left out " + ref.Key + ": " + messageOf(err))
		}
	}
	if last != nil && len(b.reply.Products) == 0 {
		return omakase.ScrapeReply{}, last
	}
	return b.reply, nil
}

// batch reads the products of some references.
type batch struct {
	s        *scraper
	refs     []omakase.Ref
	currency string
	serves   bool // the shop has answered /products/H.js in this batch
	reply    omakase.ScrapeReply
}

func (b *batch) note(text string) {
	if len(b.reply.Notes) < maxNotes {
		b.reply.Notes = append(b.reply.Notes, text)
	}
}

// learnCurrency asks for the shop's currency, which product pages in JSON do
// not name.
func (b *batch) learnCurrency() error {
	at, _ := b.place(b.refs[0])
	m, err := readMeta(b.s.ctx, at)
	if err != nil {
		return err
	}
	b.currency = m.shop.Currency
	if b.currency == "" {
		shop, err := readShop(b.s.ctx, b.refs[0].URL)
		if err != nil {
			return err
		}
		b.currency = shop.Currency
	}
	return nil
}

// place is where a reference's product is, and its handle.
func (b *batch) place(ref omakase.Ref) (place, string) {
	at, err := parsePlace(ref.URL)
	if err != nil {
		return place{}, ""
	}
	return at, handleOf(ref.URL)
}

// read adds the product of a reference. One that is gone from the shop is no
// error.
func (b *batch) read(i int, ref omakase.Ref) error {
	at, handle := b.place(ref)
	if handle == "" {
		b.note("left out " + ref.Key + ": its address is not one of a product")
		return nil
	}
	page := at.product(handle)
	a, err := b.get(page+".js", b.upcoming(i))
	if err != nil {
		return err
	}
	if a.refused() == "" {
		b.serves = true
		return b.add(a, at, ref)
	}
	if b.serves && a.status == 404 {
		b.s.ctx.Log().Debug("gone: " + ref.Key)
		return nil
	}
	if a, err = b.get(page+".json", nil); err != nil {
		return err
	}
	if a.refused() == "" {
		return b.add(a, at, ref)
	}
	return b.readPage(page, at, ref)
}

// get fetches a page of a product; what robots must not read is as good as not
// there.
func (b *batch) get(url string, prefetch []string) (answer, error) {
	a, err := get(b.s.ctx, omakase.FetchRequest{URL: url, Prefetch: prefetch})
	switch omakase.CodeOf(err) {
	case omakase.CodeBlocked, omakase.CodeRobots, omakase.CodeTooLarge:
		return answer{status: 403}, nil
	}
	return a, err
}

func (b *batch) upcoming(i int) []string {
	if i+1 >= len(b.refs) {
		return nil
	}
	at, handle := b.place(b.refs[i+1])
	if handle == "" {
		return nil
	}
	return []string{at.product(handle) + ".js"}
}

// add reads the product from the JSON of its page.
func (b *batch) add(a answer, at place, ref omakase.Ref) error {
	l, _, err := readDocument(a.text, at, b.currency)
	switch {
	case err != nil:
		return omakase.Retry(omakase.CodeBadData, err.Error())
	case len(l.products) > 0:
		b.keep(l.products[0], ref)
	case len(l.notes) > 0:
		b.note(l.notes[0])
	default:
		b.note("left out " + ref.Key + ": its page holds no product")
	}
	return nil
}

func (b *batch) keep(p omakase.Product, ref omakase.Ref) {
	if p.UpdatedAt == "" {
		p.UpdatedAt = ref.UpdatedAt
	}
	b.reply.Products = append(b.reply.Products, p)
}

// readPage reads the product from its web page: the last resort.
func (b *batch) readPage(url string, at place, ref omakase.Ref) error {
	a, err := b.get(url, nil)
	if err != nil {
		return err
	}
	switch {
	case a.status == 404 || a.status == 410:
		b.s.ctx.Log().Debug("gone: " + ref.Key)
		return nil
	case a.status != 200:
		b.reply.Partial = true
		b.note("left out " + ref.Key + ": its page can't be read (status " + strconv.Itoa(a.status) + ")")
		return nil
	}
	products, err := readProductPage(b.s.ctx, a.handle, a.text, url, at)
	if err != nil {
		return err
	}
	if len(products) != 1 || products[0].ID == "" {
		b.note("left out " + ref.Key + ": its page does not say what it sells")
		return nil
	}
	b.keep(products[0], ref)
	return nil
}
