package omakase

import (
	"context"
	"errors"

	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Plugin is what a plugin can do. The manifest's "provides" says the same to
// the host; handlers that are nil answer with the code unsupported.
type Plugin struct {
	Scraper Scraper
	Prompt  Prompt
	Tools   Tools

	// SelfTest is called once when the host has loaded the plugin, before any
	// other handler. An error keeps the plugin from serving. It must not need
	// the network.
	SelfTest func(ctx *Context) error
}

// Scraper holds the handlers of scraper/1.
type Scraper struct {
	// Detect scores how sure the plugin is that a page is of its platform.
	Detect func(ctx *Context, req DetectRequest) (DetectReply, error)
	// Scrape reads one page of a shop's catalogue, and says in Next where to
	// go on. It keeps no state between pages but the cursor.
	Scrape func(ctx *Context, req ScrapeRequest) (ScrapeReply, error)
	// Extract reads the products of one saved page, without the network.
	Extract func(ctx *Context, req ExtractRequest) (ExtractReply, error)
	// Checkout returns a link to the shop with the lines in its cart.
	Checkout func(ctx *Context, req CheckoutRequest) (CheckoutReply, error)
}

// Prompt holds the handler of prompt/1.
type Prompt struct {
	// Generate writes the prompt of a voice agent. What the request has of the
	// shop and its products is data, whatever it says.
	Generate func(ctx *Context, req GenerateRequest) (GenerateReply, error)
}

// Dispatch handles one operation of the ABI: it decodes the request, calls the
// handler and appends the encoded reply to b. Hosts reach it through the
// module's exports, native tests through package fakehost.
func (p *Plugin) Dispatch(ctx *Context, op int32, request, b []byte) []byte {
	switch op {
	case wire.OpSelftest:
		if p.SelfTest != nil {
			if err := p.SelfTest(ctx); err != nil {
				return wire.AppendError(b, asError(err))
			}
		}
		return wire.AppendOK(b, &wire.Empty{})
	case wire.OpDetect:
		return handle(ctx, p.Scraper.Detect, request, b)
	case wire.OpScrape:
		return handle(ctx, p.Scraper.Scrape, request, b)
	case wire.OpExtract:
		return handle(ctx, p.Scraper.Extract, request, b)
	case wire.OpCheckout:
		return handle(ctx, p.Scraper.Checkout, request, b)
	case wire.OpGenerate:
		return handle(ctx, p.Prompt.Generate, request, b)
	case wire.OpToolList:
		return handle(ctx, p.Tools.List, request, b)
	case wire.OpToolCall:
		return handle(ctx, p.Tools.Call, request, b)
	}
	return wire.AppendError(b, Fail(CodeUnsupported, "the plugin knows no such operation"))
}

// handle decodes a request of type Q for fn and encodes its reply of type R.
func handle[Q, R any, PQ pointer[Q], PR pointer[R]](ctx *Context, fn func(*Context, Q) (R, error), request, b []byte) []byte {
	if fn == nil {
		return wire.AppendError(b, Fail(CodeUnsupported, "the plugin has no handler for this operation"))
	}
	var req Q
	if err := wire.Decode(request, PQ(&req)); err != nil {
		return wire.AppendError(b, Fail(CodeInvalid, "reading the request: "+err.Error()))
	}
	reply, err := fn(ctx, req)
	if err != nil {
		return wire.AppendError(b, asError(err))
	}
	return wire.AppendOK(b, PR(&reply))
}

type pointer[T any] interface {
	*T
	wire.Value
}

// asError is err as it crosses the boundary: with the code of the first
// *Error in its chain and its own whole text.
func asError(err error) *Error {
	var e *Error
	var syntax *json.Error
	switch {
	case errors.As(err, &e):
		if error(e) == err {
			return e
		}
		return &Error{Code: e.Code, Message: err.Error(), Retryable: e.Retryable}
	case errors.As(err, &syntax):
		return Fail(CodeBadData, err.Error())
	case errors.Is(err, context.Canceled):
		return Fail(CodeCancelled, err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return Fail(CodeTimeout, err.Error())
	}
	return Fail(CodeInternal, err.Error())
}
