package omakase

import "github.com/omakase-ai/omakase/sdk/go/wire"

// Requests and replies of scraper/1.

type (
	// DetectRequest asks how sure a scraper is that a page is of its platform.
	DetectRequest = wire.DetectRequest
	// DetectReply is a score from 0 (not ours) to 100 (certain).
	DetectReply = wire.DetectReply
	// ScrapeRequest asks for one page of a shop's catalogue.
	ScrapeRequest = wire.ScrapeRequest
	// ScrapeReply is one page.
	ScrapeReply = wire.ScrapeReply
	// ExtractRequest asks for the products of one saved page or body.
	ExtractRequest = wire.ExtractRequest
	// ExtractReply is what was found; no products is an answer, not an error.
	ExtractReply = wire.ExtractReply
	// CheckoutRequest asks for a link at the real shop.
	CheckoutRequest = wire.CheckoutRequest
	// CheckoutLine is one line of a cart.
	CheckoutLine = wire.CheckoutLine
	// CheckoutReply is the link.
	CheckoutReply = wire.CheckoutReply

	// Product is what a scraper found.
	Product = wire.Product
	// Option is a property by which variants differ.
	Option = wire.Option
	// Variant is one buyable form of a product.
	Variant = wire.Variant
	// Ref names a product that a page referred to without its data.
	Ref = wire.Ref
	// Shop is what a scraper learned of the shop itself.
	Shop = wire.Shop
	// Source says where a field of a product comes from.
	Source = wire.Source
)

// Requests and replies of prompt/1.

type (
	// GenerateRequest asks for the prompt of a voice agent.
	GenerateRequest = wire.GenerateRequest
	// GenerateReply is a prompt, and how much of the catalogue is in it.
	GenerateReply = wire.GenerateReply
	// Persona is who an agent is, in the language of the prompt.
	Persona = wire.Persona
	// PersonaStep is a step of a conversation.
	PersonaStep = wire.PersonaStep
	// StoreInfo is what a shop says about itself.
	StoreInfo = wire.StoreInfo
	// PromptProduct is a product that a prompt may tell of.
	PromptProduct = wire.PromptProduct
)

// The modes of a GenerateRequest.
const (
	ModeDynamic = wire.ModeDynamic
	ModeStatic  = wire.ModeStatic
	ModePersona = wire.ModePersona
)

// Requests and replies of capabilities.

type (
	// Header is one HTTP header.
	Header = wire.Header
	// FetchRequest asks the host to fetch a URL politely.
	FetchRequest = wire.FetchRequest
	// FetchReply is the response; its body stays in the host under a handle.
	FetchReply = wire.FetchReply
	// HTMLRequest is a batch of queries on one page.
	HTMLRequest = wire.HTMLRequest
	// HTMLQuery selects nodes by CSS.
	HTMLQuery = wire.HTMLQuery
	// HTMLReply answers in the order of the request.
	HTMLReply = wire.HTMLReply
	// Reading is what a page as a whole says, as the host judges it.
	Reading = wire.Reading
	// List is what a page leads to, as the host judges it.
	List = wire.List
	// Link is a link of a list.
	Link = wire.Link
	// HTMLNodes are the nodes of one query.
	HTMLNodes = wire.HTMLNodes
	// HTMLNode is one node.
	HTMLNode = wire.HTMLNode
	// State is JSON that a script of the page starts from.
	State = wire.State
	// Place is an element that a sale may be read from.
	Place = wire.Place
)

// Layers of a page or a platform that fields come from.
const (
	LayerAPI       = wire.LayerAPI
	LayerJSONLD    = wire.LayerJSONLD
	LayerMicrodata = wire.LayerMicrodata
	LayerRDFa      = wire.LayerRDFa
	LayerOpenGraph = wire.LayerOpenGraph
	LayerState     = wire.LayerState
	LayerPage      = wire.LayerPage
	LayerAddress   = wire.LayerAddress
)

// Kinds of places of an outline.
const (
	PlaceHeading = wire.PlaceHeading
	PlacePrice   = wire.PlacePrice
	PlaceButton  = wire.PlaceButton
	PlaceStock   = wire.PlaceStock
	PlacePair    = wire.PlacePair
	PlaceImage   = wire.PlaceImage
	PlaceField   = wire.PlaceField
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
