// Package fakehost stands in for the omakase host when a plugin runs
// natively: in tests, and under a debugger. It has no network; a test says
// which pages exist.
//
//	host := fakehost.New()
//	host.Page("https://shop.example/products.json", fakehost.Response{Body: `{"products":[]}`})
//	reply, err := scrape(host.Context(), omakase.ScrapeRequest{URL: "https://shop.example"})
//
// All capabilities work without more, except html: the standard library has no
// HTML parser, so a test that needs it sets [Host.HTML].
//
// It grants everything and limits nothing. What a real host refuses is tested
// with the real host.
package fakehost

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Host is a fake host. Set its fields before the first call. Its methods may
// be called from any goroutine.
type Host struct {
	// Config is the plugin's configuration, a JSON object. "" is {}.
	Config string
	// Secrets are the plugin's secrets by their names; "" is one that the
	// operator hasn't set. Requests show placeholders in their place, such as
	// {secret:token}.
	Secrets map[string]string
	// Now is what the clock says. New sets it to a fixed time.
	Now time.Time
	// Left is how long a call may take, by the clock. 0 is not known.
	Left time.Duration
	// HTML answers html queries, from the page's text.
	HTML func(page string, req wire.HTMLRequest) (wire.HTMLReply, error)
	// Fetch answers requests for which there is no Page. When it is nil they
	// fail with the code unavailable.
	Fetch func(req wire.FetchRequest) (Response, error)
	// Answers are those to functions of which the fake host has none of its
	// own, such as wire.FnCartAdd, by number. The request is JSON; its reply is
	// a struct of package wire.
	Answers map[int32]func(request []byte) (wire.Value, error)

	mu      sync.Mutex
	pages   map[string]Response
	bodies  map[string]string
	handles int
	kv      map[string]entry
	random  uint64
	stopped bool
	fetched []wire.FetchRequest
	logged  []wire.LogRequest
}

// Response is a page of a fake shop.
type Response struct {
	Status      int           // 0 is 200
	URL         string        // after redirects; "" is the URL of the request
	Headers     []wire.Header // Content-Type among them
	Body        string
	NotModified bool // as the host answers a conditional request; there is no body then
}

// New returns a host without pages, at noon UTC of 1 January 2026.
func New() *Host {
	return &Host{
		Now:    time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC),
		pages:  map[string]Response{},
		bodies: map[string]string{},
		kv:     map[string]entry{},
	}
}

// Context returns the context of a new call.
func (h *Host) Context() *omakase.Context { return omakase.NewContext(h) }

// Page lets GET of a URL answer with a response.
func (h *Host) Page(url string, r Response) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pages[url] = r
}

// Body gives the host a body and returns its handle, for requests that carry
// one, such as ExtractRequest.Body.
func (h *Host) Body(text string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hold(text)
}

// Stop lets every further host call say that the call is being stopped.
func (h *Host) Stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
}

// Fetched returns the requests so far.
func (h *Host) Fetched() []wire.FetchRequest {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.fetched)
}

// Logged returns the log's lines so far.
func (h *Host) Logged() []wire.LogRequest {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.logged)
}

// Do calls an operation of a plugin through the codec, as a host does, in a
// new call. The error is the *wire.Error of the reply, or a *json.Error when
// the plugin's reply can't be read.
func (h *Host) Do(p *omakase.Plugin, op int32, request, reply wire.Value) error {
	return wire.DecodeReply(p.Dispatch(h.Context(), op, request.AppendJSON(nil), nil), reply)
}

// Call answers a host call; it makes Host an omakase.Host.
func (h *Host) Call(fn int32, request []byte) ([]byte, int32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return nil, wire.ErrStopped
	}
	request = slices.Clone(request) // the caller reuses it, and strings share its memory
	switch fn {
	case wire.FnBodyRead:
		return h.readBody(request)
	case wire.FnLog:
		return answer(request, h.log)
	case wire.FnConfig:
		return answer(request, h.config)
	case wire.FnClock:
		return answer(request, h.clock)
	case wire.FnHTTPFetch:
		return answer(request, h.fetch)
	case wire.FnBodyRelease:
		return answer(request, h.releaseBody)
	case wire.FnHTMLQuery:
		return answer(request, h.queryHTML)
	case wire.FnKVGet:
		return answer(request, h.kvGet)
	case wire.FnKVSet:
		return answer(request, h.kvSet)
	case wire.FnKVDelete:
		return answer(request, h.kvDelete)
	case wire.FnKVList:
		return answer(request, h.kvList)
	case wire.FnCryptoHash:
		return answer(request, hash)
	case wire.FnCryptoHMAC:
		return answer(request, h.hmac)
	case wire.FnCryptoRandom:
		return answer(request, h.randomBytes)
	case wire.FnSecretUse:
		return answer(request, h.useSecret)
	}
	if answers := h.Answers[fn]; answers != nil {
		return told(answers(request))
	}
	return nil, wire.ErrNoFunction
}

// answer decodes a request for fn and encodes its reply.
func answer[Q any, PQ interface {
	*Q
	wire.Value
}](request []byte, fn func(Q) (wire.Value, error)) ([]byte, int32) {
	var req Q
	if err := wire.Decode(request, PQ(&req)); err != nil {
		return wire.AppendError(nil, omakase.Fail(wire.CodeInvalid, err.Error())), 0
	}
	return told(fn(req))
}

// told is a reply on its way to the plugin.
func told(reply wire.Value, err error) ([]byte, int32) {
	if err != nil {
		e, ok := err.(*wire.Error)
		if !ok {
			e = &wire.Error{Code: omakase.CodeOf(err), Message: err.Error()}
		}
		return wire.AppendError(nil, e), 0
	}
	return wire.AppendOK(nil, reply), 0
}

func (h *Host) log(req wire.LogRequest) (wire.Value, error) {
	h.logged = append(h.logged, req)
	return &wire.Empty{}, nil
}

func (h *Host) config(wire.Empty) (wire.Value, error) { return &wire.Raw{JSON: h.Config}, nil }

func (h *Host) clock(wire.Empty) (wire.Value, error) {
	return &wire.ClockReply{UnixMS: h.Now.UnixMilli(), LeftMS: h.Left.Milliseconds()}, nil
}

func (h *Host) queryHTML(req wire.HTMLRequest) (wire.Value, error) {
	page, ok := h.bodies[req.Body]
	if !ok {
		return nil, omakase.Fail(wire.CodeNotFound, "no such body in this call")
	}
	if h.HTML == nil {
		return nil, omakase.Fail(wire.CodeUnsupported, "fakehost: the test sets no Host.HTML")
	}
	reply, err := h.HTML(page, req)
	return &reply, err
}

func (h *Host) fetch(req wire.FetchRequest) (wire.Value, error) {
	if misplaced(req) {
		return nil, omakase.Fail(wire.CodeInvalid, "a secret goes into the value of a header, never into a URL or a body")
	}
	h.fetched = append(h.fetched, req)
	page, ok := h.pages[req.URL]
	switch {
	case ok && (req.Method == "" || req.Method == "GET"):
	case h.Fetch != nil:
		var err error
		if page, err = h.Fetch(req); err != nil {
			return nil, err
		}
	default:
		return nil, omakase.Fail(wire.CodeUnavailable, fmt.Sprintf("fakehost: there is no page %s %s", req.Method, req.URL))
	}
	return h.reply(req, page), nil
}

func (h *Host) reply(req wire.FetchRequest, page Response) *wire.FetchReply {
	reply := &wire.FetchReply{
		Status: page.Status, URL: page.URL, Headers: page.Headers,
		ContentType: omakase.HeaderValue(page.Headers, "Content-Type"),
		NotModified: page.NotModified,
	}
	if reply.Status == 0 {
		reply.Status = 200
	}
	if reply.URL == "" {
		reply.URL = req.URL
	}
	if !page.NotModified {
		reply.Body, reply.Size = h.hold(page.Body), len(page.Body)
	}
	return reply
}

// hold keeps a body and returns its handle.
func (h *Host) hold(text string) string {
	h.handles++
	handle := "body:" + strconv.Itoa(h.handles)
	h.bodies[handle] = text
	return handle
}

func (h *Host) readBody(request []byte) ([]byte, int32) {
	var req wire.BodyRequest
	if err := wire.Decode(request, &req); err != nil {
		return nil, wire.ErrNoBody
	}
	text, ok := h.bodies[req.Body]
	if !ok {
		return nil, wire.ErrNoBody
	}
	if len(req.Keep) > 0 {
		shorten := json.Prune
		if req.Pack {
			shorten = json.Pack
		}
		if pruned, err := shorten(nil, text, json.NewPaths(req.Keep...)); err == nil {
			text = string(pruned)
		}
	}
	text = text[min(max(req.Offset, 0), len(text)):]
	if req.Length > 0 {
		text = text[:min(req.Length, len(text))]
	}
	return []byte(text), 0
}

func (h *Host) releaseBody(req wire.BodyRequest) (wire.Value, error) {
	if _, ok := h.bodies[req.Body]; !ok {
		return nil, omakase.Fail(wire.CodeNotFound, "no such body in this call")
	}
	delete(h.bodies, req.Body)
	return &wire.Empty{}, nil
}
