package wire

// Version is that of the ABI: major<<16 | minor.
const Version = 1 << 16

// Operations that a host asks of a guest (omakase_call).
const (
	OpSelftest = 1

	OpDetect   = 16 // scraper/1
	OpScrape   = 17
	OpExtract  = 18
	OpCheckout = 19

	OpGenerate = 32 // prompt/1

	OpToolList = 48 // tool/1
	OpToolCall = 49
)

// Functions that a guest asks of the host (host_call).
const (
	FnLog    = 1
	FnConfig = 2
	FnClock  = 3

	FnHTTPFetch   = 16
	FnBodyRead    = 17 // the reply is raw bytes, not JSON
	FnBodyRelease = 18

	FnHTMLQuery = 32

	FnKVGet    = 48
	FnKVSet    = 49
	FnKVDelete = 50
	FnKVList   = 51

	FnCryptoHash   = 64
	FnCryptoHMAC   = 65
	FnCryptoRandom = 66

	FnSecretUse = 80

	FnCatalogSearch  = 96
	FnCatalogGet     = 97
	FnCatalogSuggest = 98

	FnCartGet    = 112
	FnCartAdd    = 113
	FnCartSet    = 114
	FnCartRemove = 115
	FnCartClear  = 116

	FnOrderPlace = 128
	FnOrderGet   = 129

	FnKnowledgeSearch = 144
	FnKnowledgeStore  = 145
)

// Negative results of host_call. They tell of a broken call, not of a failed
// one: a failed call has a reply with an error.
const (
	ErrNoFunction = -1 // the host knows no such function
	ErrBadPointer = -2 // ptr or len are outside of memory
	ErrTooLarge   = -3 // the request is larger than the host takes
	ErrLimit      = -4 // the call's limit of host calls is used up
	ErrStopped    = -5 // the call is being stopped; return at once
	ErrNoBody     = -6 // FnBodyRead: the handle is unknown to this call, or released
)

// Error codes of replies: the closed list.
const (
	CodeInvalid     = "invalid_request"
	CodeUnsupported = "unsupported"
	CodeDenied      = "denied"
	CodeNotFound    = "not_found"
	CodeTooLarge    = "too_large"
	CodeTimeout     = "timeout"
	CodeCancelled   = "cancelled"
	CodeUnavailable = "unavailable"
	CodeRateLimited = "rate_limited"
	CodeBlocked     = "blocked"
	CodeRobots      = "robots_disallowed"
	CodePassword    = "password_required"
	CodeClosed      = "shop_closed"
	CodeNotAShop    = "not_a_shop"
	CodeBadData     = "bad_data"
	CodeInternal    = "internal"
)
