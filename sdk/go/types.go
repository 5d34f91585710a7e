package omakase

import "github.com/omakase-ai/omakase/sdk/go/wire"

// Requests and replies of scraper/1.
type (
	DetectRequest   = wire.DetectRequest
	DetectReply     = wire.DetectReply
	ScrapeRequest   = wire.ScrapeRequest
	ScrapeReply     = wire.ScrapeReply
	ExtractRequest  = wire.ExtractRequest
	ExtractReply    = wire.ExtractReply
	CheckoutRequest = wire.CheckoutRequest
	CheckoutLine    = wire.CheckoutLine
	CheckoutReply   = wire.CheckoutReply

	Product = wire.Product
	Option  = wire.Option
	Variant = wire.Variant
	Ref     = wire.Ref
	Shop    = wire.Shop
)

// Requests and replies of capabilities.
type (
	Header       = wire.Header
	FetchRequest = wire.FetchRequest
	FetchReply   = wire.FetchReply
	HTMLRequest  = wire.HTMLRequest
	HTMLQuery    = wire.HTMLQuery
	HTMLReply    = wire.HTMLReply
	HTMLNodes    = wire.HTMLNodes
	HTMLNode     = wire.HTMLNode
)

// Availability of a product or variant.
const (
	InStock      = wire.InStock
	OutOfStock   = wire.OutOfStock
	LimitedStock = wire.LimitedStock
)

// Codes of errors: the closed list.
const (
	CodeInvalid     = wire.CodeInvalid
	CodeUnsupported = wire.CodeUnsupported
	CodeDenied      = wire.CodeDenied
	CodeNotFound    = wire.CodeNotFound
	CodeTooLarge    = wire.CodeTooLarge
	CodeTimeout     = wire.CodeTimeout
	CodeCancelled   = wire.CodeCancelled
	CodeUnavailable = wire.CodeUnavailable
	CodeRateLimited = wire.CodeRateLimited
	CodeBlocked     = wire.CodeBlocked
	CodeRobots      = wire.CodeRobots
	CodePassword    = wire.CodePassword
	CodeClosed      = wire.CodeClosed
	CodeNotAShop    = wire.CodeNotAShop
	CodeBadData     = wire.CodeBadData
	CodeInternal    = wire.CodeInternal
)

// Error is an error with one of the codes. Handlers return it as *Error, and
// capability clients do.
type Error = wire.Error

// Fail returns an error with one of the codes. What a retry may cure is
// returned by [Retry].
func Fail(code, message string) *Error {
	return &Error{Code: code, Message: message}
}

// Retry returns an error that the same request may not meet later.
func Retry(code, message string) *Error {
	return &Error{Code: code, Message: message, Retryable: true}
}

// CodeOf is the code of the first *Error in err's chain: "" for nil,
// CodeInternal when there is none.
func CodeOf(err error) string {
	if err == nil {
		return ""
	}
	return asError(err).Code
}
