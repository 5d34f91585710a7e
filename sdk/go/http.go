package omakase

import (
	"strings"
	"unsafe"

	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// HTTP is the capability http. The host fetches politely: robots.txt, gaps
// between requests, retries and Retry-After are its business.
type HTTP struct{ ctx *Context }

// HTTP returns the capability.
func (c *Context) HTTP() HTTP { return HTTP{c} }

// Get fetches a URL.
func (h HTTP) Get(url string) (*Response, error) {
	return h.Fetch(FetchRequest{URL: url})
}

// Fetch makes a request. A response of any status is a response; the error is
// an *Error when there is none.
func (h HTTP) Fetch(req FetchRequest) (*Response, error) {
	resp := &Response{ctx: h.ctx}
	if err := h.ctx.ask(wire.FnHTTPFetch, &req, &resp.FetchReply); err != nil {
		return nil, err
	}
	return resp, nil
}

// Response is an HTTP response. Its body stays in the host until it is asked
// for; FetchReply.Body is its handle.
type Response struct {
	FetchReply
	ctx *Context
}

// Header is the first header of that name, in any case, or "".
func (r *Response) Header(name string) string { return HeaderValue(r.Headers, name) }

// Text is the body as UTF-8 text, whatever the server's charset.
func (r *Response) Text() (string, error) { return r.ctx.Body(r.Body).Text() }

// JSON is the body as text, with the fields that the paths lead to; see
// [Body.JSON].
func (r *Response) JSON(paths ...string) (string, error) { return r.ctx.Body(r.Body).JSON(paths...) }

// Document is the body for a json.Reader; see [Body.Document].
func (r *Response) Document(paths ...string) (string, error) {
	return r.ctx.Body(r.Body).Document(paths...)
}

// Bytes is the body; the caller owns it.
func (r *Response) Bytes() ([]byte, error) { return r.ctx.Body(r.Body).Bytes() }

// Release lets the host forget the body before the call ends.
func (r *Response) Release() { r.ctx.Body(r.Body).Release() }

// HeaderValue is the value of the first header of that name, in any case, or
// "".
func HeaderValue(headers []Header, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// Body is a page or response that stays in the host, by its handle. The empty
// handle is an empty body.
type Body struct {
	ctx    *Context
	handle string
}

// Body returns the body of a handle, such as DetectRequest.Body.
func (c *Context) Body(handle string) Body { return Body{c, handle} }

// Text is the whole body.
func (b Body) Text() (string, error) {
	data, err := b.Bytes()
	// Nobody else has data, so it may become a string without a copy.
	return unsafe.String(unsafe.SliceData(data), len(data)), err
}

// Bytes is the whole body; the caller owns it.
func (b Body) Bytes() ([]byte, error) { return b.Range(0, 0) }

// JSON is the body as text. If it is a JSON document it comes without the
// fields that no path leads to, and without those that are null: the host is
// ten times as quick as a guest at leaving them out. A path is names of fields
// with dots between them, such as "products.variants.price"; arrays count for
// nothing.
func (b Body) JSON(paths ...string) (string, error) {
	if b.handle == "" {
		return "", nil
	}
	data, err := b.ctx.call(wire.FnBodyRead, &wire.BodyRequest{Body: b.handle, Keep: paths})
	return unsafe.String(unsafe.SliceData(data), len(data)), err
}

// Document is the body for a json.Reader: what JSON returns, but in packed form
// (json.Packed) where the host can pack it. A guest reads that in a third of
// the time; for anything else than a Reader it is of no use. If the body is no
// JSON document it comes as it is.
func (b Body) Document(paths ...string) (string, error) {
	if b.handle == "" {
		return "", nil
	}
	data, err := b.ctx.call(wire.FnBodyRead, &wire.BodyRequest{Body: b.handle, Keep: paths, Pack: true})
	return unsafe.String(unsafe.SliceData(data), len(data)), err
}

// Range is a part of the body, from offset on, of length bytes or less at the
// end; length 0 is to the end. The caller owns it.
func (b Body) Range(offset, length int) ([]byte, error) {
	if b.handle == "" {
		return nil, nil
	}
	return b.ctx.call(wire.FnBodyRead, &wire.BodyRequest{Body: b.handle, Offset: offset, Length: length})
}

// Release lets the host forget the body before the call ends.
func (b Body) Release() {
	if b.handle == "" {
		return
	}
	// What can't be released ends with the call.
	_ = b.ctx.ask(wire.FnBodyRelease, &wire.BodyRequest{Body: b.handle}, &wire.Empty{})
}
