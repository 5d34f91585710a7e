package api

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
)

// Pages reads single pages; scrape.Reader does.
type Pages interface {
	Read(ctx context.Context, workspace, address string, limit int) (scrape.Reading, error)
}

const (
	urlMissing     = "URL is required"
	urlInvalid     = "Invalid URL"
	scrapeFailed   = "Failed to scrape products"
	notTracked     = "Status tracking not yet implemented"
	defaultPageMax = 50
	maxPageMax     = 1_000
	pageTimeout    = 90 * time.Second // for a page to be read, its shop's pace included
)

// pageRequest is a page that a client wants read now.
type pageRequest struct {
	workspace, url string
	most           int // products
}

func readPageRequest(c *fiber.Ctx) (q pageRequest, err error) {
	if q.workspace, err = workspaceOf(c); err != nil {
		return q, err
	}
	f, err := bodyFields(c)
	if err != nil {
		return q, err
	}
	q.url, _ = f.text("url", catalog.MaxURL)
	most, _ := f.whole("maxProducts", maxPageMax)
	if q.most = int(most); q.most == 0 {
		q.most = defaultPageMax
	}
	if f.err == nil && q.url == "" {
		return q, errs.New(errs.Invalid, urlMissing)
	}
	return q, f.err
}

// targetError is a page that could not be read. The contract has status 500
// for whatever the page's server does, and for an address that is none.
type targetError struct {
	text  string // what the contract says
	cause error
}

func (e *targetError) Error() string { return e.text + ": " + e.cause.Error() }

func (e *targetError) Unwrap() error { return e.cause }

// status is that of the contract, unless the caller asked for what must not be
// read or the fault is no page's.
func (e *targetError) status() int {
	switch kind := errs.KindOf(e.cause); kind {
	case errs.Denied, errs.Busy, errs.Unsupported:
		return statusOf(kind)
	}
	return fiber.StatusInternalServerError
}

func (s *Server) writeTargetError(c *fiber.Ctx, e *targetError) {
	kind := errs.KindOf(e.cause)
	p := problem{text: e.text, code: string(kind), hint: errs.HintOf(e.cause), request: requestID(c)}
	message := e.cause.Error()
	if kind == errs.Internal {
		message = "internal error"
		s.log.Error("request failed", "request", p.request, "method", c.Method(), "path", c.Path(), "err", e.cause)
	} else {
		s.log.Info("page not read", "request", p.request, "path", c.Path(), "err", e.cause)
	}
	if kind == errs.Busy {
		c.Response().Header.Set(fiber.HeaderRetryAfter, "1")
	}
	body := catalog.AppendString(append(appendProblem(nil, p), `,"message":`...), message)
	_ = writeJSON(c, e.status(), append(body, '}'))
}

// readPage reads a page within a request. what is the contract's text for a
// page that can't be read.
func (s *Server) readPage(b *Backend, q pageRequest, what string) (scrape.Reading, error) {
	if err := checkPage(b, q, what); err != nil {
		return scrape.Reading{}, err
	}
	reading, err := readPageWithin(s.base, b, q)
	if err != nil {
		return reading, &targetError{what, err}
	}
	return reading, nil
}

// checkPage refuses what can't be the address of a page.
func checkPage(b *Backend, q pageRequest, what string) error {
	if b.Pages == nil {
		return errs.New(errs.Unsupported, "this server reads no pages")
	}
	u, err := url.Parse(q.url)
	if err == nil && u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return errs.New(errs.Invalid, "url must be an http or https URL")
	}
	if err != nil || u.Host == "" {
		return &targetError{what, errs.New(errs.Invalid, urlInvalid).
			WithHint("give an absolute http or https URL such as https://shop.example/")}
	}
	return nil
}

func readPageWithin(ctx context.Context, b *Backend, q pageRequest) (scrape.Reading, error) {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	return b.Pages.Read(ctx, q.workspace, q.url, q.most)
}

// scrapePage reads one page and stores nothing.
func (s *Server) scrapePage(c *fiber.Ctx, b *Backend) error {
	q, err := readPageRequest(c)
	if err != nil {
		return err
	}
	reading, err := s.readPage(b, q, scrapeFailed)
	if err != nil {
		return err
	}
	for _, p := range reading.Products {
		p.ID = uuid.NewString()
	}
	body := catalog.AppendString([]byte(`{"success":true,"url":`), q.url)
	body = strconv.AppendInt(append(body, `,"productsCount":`...), int64(len(reading.Products)), 10)
	body = appendScraped(append(body, `,"products":`...), reading.Products)
	if reading.Plugin != "" {
		body = catalog.AppendString(append(body, `,"plugin":`...), reading.Plugin)
	}
	return writeJSON(c, fiber.StatusOK, append(body, '}'))
}

// appendScraped appends a list of products as the contract has those of a
// page: with what is beside the eight fields in metadata.
func appendScraped(b []byte, products []*catalog.Product) []byte {
	b = append(b, '[')
	for i, p := range products {
		if i > 0 {
			b = append(b, ',')
		}
		doc := catalog.Encode(p)
		b = append(b, doc[:len(doc)-1]...)
		b = append(appendMetadata(b, p), '}')
	}
	return append(b, ']')
}

func appendMetadata(b []byte, p *catalog.Product) []byte {
	start, separator := len(b), `,"metadata":{`
	text := func(key, value string) {
		if value != "" {
			b = catalog.AppendString(append(append(b, separator...), key...), value)
			separator = ","
		}
	}
	text(`"brand":`, p.Brand)
	text(`"sku":`, p.SKU)
	if len(b) == start {
		return b
	}
	return append(b, '}')
}

// scrapeStatus tells of an import job by its id. Reading one page has no job:
// it has ended when it is answered, which is what any other id is told.
func (s *Server) scrapeStatus(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	id, err := pathText(c, "jobId")
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	status, message := "completed", notTracked
	j, err := b.Store.Job(ctx, workspace, id)
	switch {
	case err == nil:
		status, message = string(j.State), "See GET /api/scraper/jobs/"+id
	case !errs.Is(err, errs.NotFound):
		return err
	}
	return writeValue(c, fiber.StatusOK, struct {
		JobID   string `json:"jobId"`
		Status  string `json:"status"`
		Message string `json:"message"`
	}{id, status, message})
}

// failTarget answers err where it is a targetError.
func (s *Server) failTarget(c *fiber.Ctx, err error) bool {
	var target *targetError
	if !errors.As(err, &target) {
		return false
	}
	s.writeTargetError(c, target)
	return true
}
