package fetch

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/publicsuffix"

	"github.com/omakase-ai/omakase/core/errs"
)

// Request asks for one URL. The client does not change it.
type Request struct {
	Method string // GET (the default), HEAD or POST
	URL    string
	Header http.Header // without those that are the host's own, such as User-Agent
	Body   []byte      // of a POST

	// ETag and LastModified are validators of an earlier response; with one of
	// them the answer may be NotModified.
	ETag, LastModified string

	// MaxBytes and Timeout may lower the client's limits, never raise them.
	MaxBytes int64
	Timeout  time.Duration

	// SameOrigin refuses redirects to another scheme, host or port: what the
	// headers hold is for this one alone.
	SameOrigin bool

	// Keyed says that the caller was given a key to what it asks for, so that
	// robots.txt, which speaks to crawlers, has no say in it.
	Keyed bool

	// Allowed is asked for the URL and for each redirect, before anything is
	// sent; its error ends the fetch. Nil allows all.
	Allowed func(*url.URL) error
}

// Response is the answer, complete and decoded. It is the caller's.
type Response struct {
	Status int
	URL    string // after redirects
	Header http.Header
	// Body is content-decoded and, of a text type, valid UTF-8 without a byte
	// order mark. A page's own <meta charset> may still name what it was.
	Body        []byte
	Charset     string // found, such as "shift_jis"; "" of other than text
	ContentType string // media type in lower case, without parameters
	NotModified bool   // the validators still hold; Body is empty

	ETag, LastModified string

	Attempts   int           // how often something was asked, retries and redirects included
	CrawlDelay time.Duration // what the host's robots.txt asks for, capped at 30 s
}

// Fetch gets a URL, politely: it may wait in the host's queue for as long as
// ctx lets it. All statuses but 403, 408, 425, 429, 430 and 5xx are answers.
// Errors have these kinds:
//
//	Invalid, Denied     the URL or a redirect must not be fetched at all
//	NotFound            there is no such host
//	Robots              robots.txt forbids it
//	Blocked             a bot wall or a 403
//	RateLimited         the server says to slow down; see RetryAfter
//	Unavailable         the server or the way to it failed, several times
//	TooLarge, BadData   the body is over the cap, or redirects lead nowhere
//	Cancelled, Timeout  ctx ended
func (c *Client) Fetch(ctx context.Context, r *Request) (*Response, error) {
	op := "fetching " + clip(r.URL, 200)
	if !c.begin() {
		return nil, errs.Wrap(op, errClosed)
	}
	defer c.working.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.life, func() { cancel(errClosed) })()

	first, err := c.prepare(r)
	if err != nil {
		return nil, errs.Wrap(op, err)
	}
	t := &trip{client: c, req: r, msg: first}
	for {
		ans, err := t.hop(ctx)
		if err != nil {
			return nil, t.wrap(op, err)
		}
		next, err := ans.redirect(t.msg.url)
		if err != nil {
			return nil, t.wrap(op, err)
		}
		if next == nil {
			return t.response(ans), nil
		}
		if err := t.follow(ans, next); err != nil {
			return nil, t.wrap(op, err)
		}
	}
}

// reserved headers are the host's own or belong to one connection.
var reserved = []string{
	"Accept-Encoding", "Connection", "Content-Length", "Expect", "Host", "If-Modified-Since",
	"If-None-Match", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent",
}

// prepare checks what the caller gave.
func (c *Client) prepare(r *Request) (*message, error) {
	m := &message{
		method: strings.ToUpper(r.Method), header: http.Header{}, body: r.Body,
		maxBytes: c.opts.MaxBytes, timeout: c.opts.Timeout,
	}
	switch m.method {
	case "":
		m.method = http.MethodGet
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		return nil, errs.New(errs.Invalid, "method %q is not GET, HEAD or POST", r.Method)
	}
	if len(r.Body) > 0 && m.method != http.MethodPost {
		return nil, errs.New(errs.Invalid, "a %s has no body", m.method)
	}
	for name, values := range r.Header {
		key := http.CanonicalHeaderKey(name)
		if slices.Contains(reserved, key) || strings.HasPrefix(key, "Proxy-") {
			return nil, errs.New(errs.Invalid, "the header %s is set by the host alone", key)
		}
		invalid := func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) }
		if !httpguts.ValidHeaderFieldName(name) || slices.ContainsFunc(values, invalid) {
			return nil, errs.New(errs.Invalid, "the header %q is not valid", name)
		}
		m.header[key] = append(m.header[key], values...)
	}
	setValid(m.header, "If-None-Match", r.ETag)
	setValid(m.header, "If-Modified-Since", r.LastModified)
	if r.MaxBytes > 0 {
		m.maxBytes = min(m.maxBytes, r.MaxBytes)
	}
	if r.Timeout > 0 {
		m.timeout = min(m.timeout, r.Timeout)
	}
	var err error
	m.url, err = ParseURL(r.URL)
	return m, err
}

// setValid leaves a validator out that a server could not have sent: it came
// from one, by way of a database.
func setValid(h http.Header, name, value string) {
	if value != "" && httpguts.ValidHeaderFieldValue(value) {
		h.Set(name, value)
	}
}

// trip is a fetch on its way through redirects.
type trip struct {
	client *Client
	req    *Request
	msg    *message
	host   *host
	hops   int // redirects followed
	sent   int
	seen   []string // the states so far, to name a loop
	jar    *cookiejar.Jar
}

// hop sends the message to where it leads now.
func (t *trip) hop(ctx context.Context) (*answer, error) {
	u := t.msg.url
	if t.req.Allowed != nil {
		if err := t.req.Allowed(u); err != nil {
			return nil, err
		}
	}
	t.host = t.client.hostOf(u)
	if !t.req.Keyed {
		if err := t.client.checkRobots(ctx, t.host, u); err != nil {
			return nil, err
		}
	}
	m := *t.msg
	if cookies := t.cookies(); cookies != "" {
		m.header = m.header.Clone()
		m.header.Set("Cookie", cookies)
	}
	t.seen = append(t.seen, t.state())
	ans, sent, err := t.client.exchange(ctx, t.host, &m)
	t.sent += sent
	return ans, err
}

// redirect returns where an answer sends us, or nil.
func (a *answer) redirect(from *url.URL) (*url.URL, error) {
	switch a.status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	location := a.header.Get("Location")
	if location == "" {
		return nil, nil
	}
	to, err := from.Parse(location)
	if err != nil {
		return nil, errs.New(errs.BadData, "redirected to %q, which is not a URL", clip(location, 100))
	}
	if err := canonical(to); err != nil {
		return nil, errs.Wrap("redirected to "+clip(to.Redacted(), 200), err)
	}
	if from.Scheme == "https" && to.Scheme == "http" {
		return nil, errs.New(errs.Denied, "redirected from https to plain http (%s)", clip(to.Redacted(), 200))
	}
	return to, nil
}

// follow makes the message for the next hop.
func (t *trip) follow(ans *answer, to *url.URL) error {
	if t.hops++; t.hops > t.client.opts.MaxRedirects {
		return errs.New(errs.BadData, "more than %d redirects, the last to %s", t.client.opts.MaxRedirects, clip(to.String(), 200))
	}
	if err := t.keepCookies(ans); err != nil {
		return err
	}
	m := *t.msg
	m.header = m.header.Clone()
	seeOther := ans.status == http.StatusSeeOther && m.method != http.MethodHead
	moved := (ans.status == http.StatusMovedPermanently || ans.status == http.StatusFound) && m.method == http.MethodPost
	if seeOther || moved {
		m.method, m.body = http.MethodGet, nil
		m.header.Del("Content-Type")
	}
	if to.Host != m.url.Host || to.Scheme != m.url.Scheme {
		if t.req.SameOrigin {
			return errs.New(errs.Denied, "redirected to another origin, %s://%s, and this request may not leave its own", to.Scheme, to.Host).
				WithHint("if it is to go there, send it there in the first place")
		}
		for _, secret := range []string{"Authorization", "Cookie", "If-None-Match", "If-Modified-Since"} {
			m.header.Del(secret)
		}
		for name := range m.header { // a key by any other name
			if strings.HasPrefix(name, "X-") {
				m.header.Del(name)
			}
		}
	}
	m.url = to
	t.msg = &m
	if i := slices.Index(t.seen, t.state()); i >= 0 {
		var loop []string
		for _, s := range append(t.seen[i:], t.state()) {
			u, _, _ := strings.Cut(s, " ")
			loop = append(loop, clip(u, 100))
		}
		return errs.New(errs.BadData, "redirects go round in a loop: %s", strings.Join(loop, " to "))
	}
	return nil
}

// state is what the next answer depends on.
func (t *trip) state() string { return t.msg.url.String() + " " + t.msg.method + " " + t.cookies() }

// keepCookies keeps those that come with a redirect, for the rest of this
// fetch: some shops set one and send the visitor to the same page again.
// Nothing is kept beyond, since cookies choose a shop's market and currency.
func (t *trip) keepCookies(ans *answer) error {
	set := (&http.Response{Header: ans.header}).Cookies()
	if len(set) == 0 {
		return nil
	}
	if t.jar == nil {
		var err error
		if t.jar, err = cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}); err != nil {
			return err
		}
	}
	t.jar.SetCookies(t.msg.url, set)
	return nil
}

// cookies are the caller's and those kept, as a header's value.
func (t *trip) cookies() string {
	pairs := slices.Clone(t.msg.header.Values("Cookie"))
	if t.jar != nil {
		for _, c := range t.jar.Cookies(t.msg.url) {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return strings.Join(pairs, "; ")
}

// wrap puts the operation before an error, and the hop if it is another.
func (t *trip) wrap(op string, err error) error {
	if t.hops > 0 {
		op += ": redirected to " + clip(t.msg.url.String(), 200)
	}
	return errs.Wrap(op, err)
}

func (t *trip) response(ans *answer) *Response {
	r := &Response{
		Status:       ans.status,
		URL:          t.msg.url.String(),
		Header:       ans.header,
		Body:         ans.body,
		ContentType:  mediaType(ans.header),
		NotModified:  ans.status == http.StatusNotModified,
		ETag:         ans.header.Get("Etag"),
		LastModified: ans.header.Get("Last-Modified"),
		Attempts:     t.sent,
		CrawlDelay:   t.host.robots.crawlDelay(),
	}
	if textual(r.ContentType, r.Body) {
		r.Body, r.Charset = toUTF8(r.Body, ans.header.Get("Content-Type"))
	}
	return r
}
