package capability

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const (
	maxURL     = 8 << 10
	maxHeaders = 64 // in each direction
	// of a request's names and values
	maxHeaderBytes = 32 << 10
	maxTimeoutMS   = 1 << 31
	maxFresh       = 256     // URLs whose validators a session remembers
	maxHeaderIn    = 4 << 10 // bytes of a response header's value that a guest gets
)

// fetch answers http. What it may reach is checked here for the URL and each
// redirect; that the address behind it is no private one is the fetcher's.
func (c *Call) fetch(ctx context.Context, q *wire.FetchRequest) (wire.Value, error) {
	s := c.session
	if s.functions.Fetch == nil {
		return nil, errs.New(errs.Unavailable, "this host does not fetch")
	}
	r, err := c.request(q)
	if err != nil {
		return nil, err
	}
	resp, err := s.fetch(ctx, r)
	if err == nil && resp.NotModified && r.ETag == "" && r.LastModified == "" {
		// It was prefetched with validators, and the guest can't bear that.
		resp, err = s.functions.Fetch.Fetch(ctx, r)
	}
	if err != nil {
		c.refused(r.Method+" "+clip(r.URL, 300), err)
		return nil, err
	}
	c.hideIn(resp)
	s.remember(q.URL, resp)
	reply, err := c.response(resp)
	if err != nil {
		return nil, err
	}
	for _, u := range q.Prefetch[:min(len(q.Prefetch), maxAhead)] {
		ahead := *q
		ahead.URL = u
		// One that isn't granted is denied when it is really asked for.
		if r, err := c.request(&ahead); err == nil && r.Method == http.MethodGet {
			s.prefetch(r)
		}
	}
	return reply, nil
}

// request checks a guest's request against its grants.
func (c *Call) request(q *wire.FetchRequest) (*fetch.Request, error) {
	s := c.session
	grant := s.plugin.Grants.HTTP
	if len(q.URL) > maxURL || len(q.Headers) > maxHeaders {
		return nil, errs.New(errs.Invalid, "a URL has at most %d bytes and a request %d headers", maxURL, maxHeaders)
	}
	method := strings.ToUpper(q.Method)
	if method == "" {
		method = http.MethodGet
	}
	// What is checked is the very spelling that is fetched.
	u, err := fetch.ParseURL(q.URL)
	if err != nil && !strings.Contains(q.URL, ":") {
		return nil, errs.New(errs.Invalid, "%q is not an absolute URL", clip(q.URL, 100))
	}
	if err != nil {
		c.refused(clip(method, 20)+" "+clip(q.URL, 300), err)
		return nil, errs.Wrap("fetching "+clip(q.URL, 100), err)
	}
	allowed := func(u *url.URL) error {
		if rule, ok := grant.allows(method, u, s.shop); !ok {
			err := c.denied("http", clip(method, 20)+" "+u.Redacted(), rule)
			if s.shop != nil && u.Host != s.shop.Host {
				err = err.WithHint("if the shop is at %s now, use that address", u.Host)
			}
			return err
		}
		return nil
	}
	if err := allowed(u); err != nil {
		return nil, err
	}
	r := &fetch.Request{Method: method, URL: u.String(), Header: http.Header{}, Body: []byte(q.Body), Allowed: allowed}
	if err := c.headers(r, q, u); err != nil {
		return nil, err
	}
	r.Timeout = lower(grant.Timeout, time.Duration(min(max(q.TimeoutMS, 0), maxTimeoutMS))*time.Millisecond)
	r.MaxBytes = lower(grant.MaxBytes, int64(max(q.MaxBytes, 0)))
	if q.Conditional && s.opts.Known != nil {
		if v, ok := s.opts.Known(q.URL); ok {
			r.ETag, r.LastModified = v.ETag, v.LastModified
		}
	}
	return r, nil
}

// lower is the smaller of two limits, of which 0 is none.
func lower[T int64 | time.Duration](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// headers fills in the headers of a request to u. One that has secrets in them
// may go only where secrets may, and nowhere from there.
func (c *Call) headers(r *fetch.Request, q *wire.FetchRequest, u *url.URL) error {
	if misplaced(q.URL) || misplaced(q.Body) {
		return errs.New(errs.Invalid, "a secret goes into the value of a header, never into a URL or a body")
	}
	size := 0
	var secrets []string
	for _, h := range q.Headers {
		value, names, err := c.reveal(h.Value)
		if err != nil {
			return errs.Wrap("header "+clip(h.Name, 60), err)
		}
		if size += len(h.Name) + len(value); size > maxHeaderBytes {
			return errs.New(errs.Invalid, "the headers have more than %d bytes", maxHeaderBytes)
		}
		r.Header.Add(h.Name, value)
		secrets = append(secrets, names...)
	}
	if len(secrets) == 0 {
		return nil
	}
	r.SameOrigin = true
	if rule, ok := c.session.plugin.Grants.Secret.allows(u, c.session.shop); !ok {
		return c.denied("secret", strings.Join(secrets, ", ")+" to "+r.Method+" "+u.Redacted(), rule)
	}
	return nil
}

// remember keeps the validators of a response. A "not modified" may leave out
// what it doesn't change.
func (s *Session) remember(url string, resp *fetch.Response) {
	if s.fresh == nil || len(s.fresh) >= maxFresh {
		s.fresh = map[string]Validators{}
	}
	v := Validators{ETag: resp.ETag, LastModified: resp.LastModified}
	if resp.NotModified && s.opts.Known != nil {
		known, _ := s.opts.Known(url)
		if v.ETag == "" {
			v.ETag = known.ETag
		}
		if v.LastModified == "" {
			v.LastModified = known.LastModified
		}
	}
	s.fresh[url] = v
}

// response keeps the body and describes the rest.
func (c *Call) response(resp *fetch.Response) (wire.Value, error) {
	reply := &wire.FetchReply{
		Status:      resp.Status,
		URL:         resp.URL,
		ContentType: resp.ContentType,
		Charset:     resp.Charset,
		NotModified: resp.NotModified,
	}
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		for _, v := range resp.Header[name] {
			if len(reply.Headers) < maxHeaders {
				reply.Headers = append(reply.Headers, wire.Header{Name: name, Value: clip(v, maxHeaderIn)})
			}
		}
	}
	if resp.NotModified {
		return reply, nil
	}
	var err error
	c.session.received += int64(len(resp.Body))
	reply.Size = len(resp.Body)
	reply.Body, err = c.Hold(resp.Body, resp.ContentType)
	return reply, err
}
