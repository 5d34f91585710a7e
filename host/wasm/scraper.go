package wasm

import (
	"context"
	"mime"
	"strings"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const scraperKind = "scraper/1"

// Scraper is a plugin that provides scraper/1. It is safe for concurrent use.
type Scraper struct {
	host *Host
	id   string
}

var _ scrape.Extractor = (*Scraper)(nil)

// Scrapers returns the enabled plugins that provide scraper/1, by id. It loads
// none of them.
func (h *Host) Scrapers() []scrape.Scraper {
	var all []scrape.Scraper
	for _, id := range h.providers(scraperKind) {
		all = append(all, &Scraper{h, id})
	}
	return all
}

// Marked returns those of them that may know a page: it has one of their marks,
// or they name none. It looks at the page once for all of them, and loads none.
func (h *Host) Marked(p scrape.Probe) []scrape.Scraper {
	ids := h.providers(scraperKind)
	marks := make([][]string, len(ids))
	for i, id := range ids {
		if found, err := h.find(id); err == nil {
			marks[i] = found.manifest.Marks
		}
	}
	var all []scrape.Scraper
	for i, marked := range newMarks(marks).in(&p) {
		if marked {
			all = append(all, &Scraper{h, ids[i]})
		}
	}
	return all
}

// Scraper returns one plugin that provides scraper/1.
func (h *Host) Scraper(id string) (*Scraper, error) {
	p, err := h.find(id)
	if err != nil {
		return nil, err
	}
	for _, kind := range p.manifest.Provides {
		if kind == scraperKind {
			return &Scraper{h, id}, nil
		}
	}
	return nil, errs.New(errs.Unsupported, "plugin %s does not provide %s", id, scraperKind)
}

// ID is the plugin's id.
func (s *Scraper) ID() string { return s.id }

// Detect scores from 0 to 100 how sure the plugin is that the page is of its
// platform. A page without any of the plugin's marks scores 0 without loading
// the plugin.
func (s *Scraper) Detect(ctx context.Context, p scrape.Probe) (score int, reason string, err error) {
	if found, err := s.host.find(s.id); err == nil && !newMarks([][]string{found.manifest.Marks}).in(&p)[0] {
		return 0, "", nil
	}
	session, err := s.host.Open(s.id, capability.SessionOptions{Workspace: p.Workspace, ShopURL: p.URL})
	if err != nil {
		return 0, "", err
	}
	defer session.Close()
	q := &wire.DetectRequest{URL: p.URL, Status: p.Status}
	for _, h := range p.Headers {
		q.Headers = append(q.Headers, wire.Header{Name: h[0], Value: h[1]})
	}
	var reply wire.DetectReply
	err = session.Call(ctx, wire.OpDetect, func(c *capability.Call) (wire.Value, error) {
		if p.Body == nil {
			return q, nil
		}
		var err error
		q.Body, err = c.Hold(p.Body, "text/html")
		return q, err
	}, &reply)
	return min(max(reply.Score, 0), 100), reply.Reason, err
}

// Extract finds the products of a page that is here already, in UTF-8.
func (s *Scraper) Extract(ctx context.Context, page scrape.Probe) ([]catalog.Draft, error) {
	contentType := "text/html"
	for _, h := range page.Headers {
		if media, _, err := mime.ParseMediaType(h[1]); err == nil && strings.EqualFold(h[0], "Content-Type") {
			contentType = media
		}
	}
	reply, err := s.extract(ctx, page.Workspace, page.URL, contentType, page.Body)
	if err != nil {
		return nil, err
	}
	currency := ""
	if reply.Shop != nil {
		currency = reply.Shop.Currency
	}
	drafts := make([]catalog.Draft, len(reply.Products))
	for i := range reply.Products {
		drafts[i] = draft(&reply.Products[i], currency)
	}
	return drafts, nil
}

// ExtractBody reads the products of one saved page or body, which is UTF-8, as
// the plugin tells them.
func (s *Scraper) ExtractBody(ctx context.Context, url, contentType string, body []byte) (wire.ExtractReply, error) {
	return s.extract(ctx, "", url, contentType, body)
}

func (s *Scraper) extract(ctx context.Context, workspace, url, contentType string, body []byte) (wire.ExtractReply, error) {
	var reply wire.ExtractReply
	session, err := s.host.Open(s.id, capability.SessionOptions{Workspace: workspace, ShopURL: url})
	if err != nil {
		return reply, err
	}
	defer session.Close()
	err = session.Call(ctx, wire.OpExtract, func(c *capability.Call) (wire.Value, error) {
		handle, err := c.Hold(body, contentType)
		return &wire.ExtractRequest{URL: url, Body: handle, ContentType: contentType}, err
	}, &reply)
	return reply, err
}

// Checkout returns a link to the real shop's checkout with the lines in its
// cart.
func (s *Scraper) Checkout(ctx context.Context, workspace, url string, lines []wire.CheckoutLine) (string, error) {
	session, err := s.host.Open(s.id, capability.SessionOptions{Workspace: workspace, ShopURL: url})
	if err != nil {
		return "", err
	}
	defer session.Close()
	var reply wire.CheckoutReply
	err = session.Call(ctx, wire.OpCheckout, Plain(&wire.CheckoutRequest{URL: url, Lines: lines}), &reply)
	return reply.URL, err
}

// Open begins the part of a job that runs in this process.
func (s *Scraper) Open(_ context.Context, o scrape.SessionOptions) (scrape.Session, error) {
	session, err := s.host.Open(s.id, capability.SessionOptions{
		Workspace: o.Workspace,
		Job:       o.JobID,
		ShopURL:   o.URL,
		Known: func(url string) (capability.Validators, bool) {
			v, ok := o.Known[url]
			return capability.Validators(v), ok
		},
	})
	if err != nil {
		return nil, err
	}
	return &scrapeSession{Session: session, url: o.URL}, nil
}

// scrapeSession reads the pages of one shop.
type scrapeSession struct {
	*Session
	url      string
	currency string // as the plugin learned it
}

// Page reads one page.
func (s *scrapeSession) Page(ctx context.Context, r scrape.PageRequest) (scrape.PageReply, error) {
	q := &wire.ScrapeRequest{URL: s.url, Cursor: r.Cursor, Seen: r.Seen, Total: r.Total, Max: r.Max}
	for _, ref := range r.Refs {
		q.Refs = append(q.Refs, wire.Ref(ref))
	}
	var page wire.ScrapeReply
	before := s.caps.Received()
	if err := s.Call(ctx, wire.OpScrape, Plain(q), &page); err != nil {
		return scrape.PageReply{}, err
	}
	if page.Shop != nil && page.Shop.Currency != "" {
		s.currency = page.Shop.Currency
	}
	out := scrape.PageReply{
		Drafts: make([]catalog.Draft, len(page.Products)),
		Next:   page.Next, Total: page.Total, Source: page.Source,
		Unchanged: page.Unchanged, Notes: page.Notes, Partial: page.Partial,
		Bytes: s.caps.Received() - before,
	}
	for i := range page.Products {
		out.Drafts[i] = draft(&page.Products[i], s.currency)
	}
	for _, ref := range page.Refs {
		out.Refs = append(out.Refs, store.Ref(ref))
	}
	if v, ok := s.caps.Fresh(page.Source); ok {
		out.Fresh = scrape.Validators(v)
	}
	return out, nil
}

// draft converts a product. Its slices and strings stay those of the reply.
func draft(p *wire.Product, currency string) catalog.Draft {
	d := catalog.Draft{
		PlatformID: p.ID, Handle: p.Handle,
		Name: p.Name, Description: p.Description, URL: p.URL,
		Price: p.Price, CompareAt: p.CompareAt,
		Currency:     p.Currency,
		Availability: p.Availability,
		SKU:          p.SKU, GTIN: p.GTIN, Brand: p.Brand, Category: p.Category,
		Tags: p.Tags, Images: p.ImageURLs,
		Stock:     p.Stock,
		UpdatedAt: p.UpdatedAt,
	}
	if d.Currency == "" {
		d.Currency = currency
	}
	if len(p.Sources) > 0 {
		d.Origins = make([]catalog.Origin, len(p.Sources))
		for i, s := range p.Sources {
			d.Origins[i] = catalog.Origin{Field: fieldName(s.Field), Layer: s.Layer, Confidence: s.Confidence}
		}
	}
	if len(p.Options) > 0 {
		d.Options = make([]catalog.Option, len(p.Options))
		for i, o := range p.Options {
			d.Options[i] = catalog.Option(o)
		}
	}
	if len(p.Variants) > 0 {
		d.Variants = make([]catalog.DraftVariant, len(p.Variants))
		for i, v := range p.Variants {
			d.Variants[i] = catalog.DraftVariant{
				ID: v.ID, Title: v.Title, SKU: v.SKU, GTIN: v.GTIN,
				Price: v.Price, CompareAt: v.CompareAt,
				Availability: v.Availability, Options: v.Options, Image: v.ImageURL, Stock: v.Stock,
			}
		}
	}
	return d
}

// fieldName is what the REST interface calls a field of a wire.Product.
func fieldName(field string) string {
	switch field {
	case "url":
		return "productUrl"
	case "compare_at":
		return "compareAtPrice"
	case "image_urls":
		return "imageUrls"
	case "stock":
		return "stockQuantity"
	}
	return field
}
