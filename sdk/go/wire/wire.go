// Package wire is the JSON that crosses the plugin boundary: the requests and
// replies of ABI version 1, as documented in sdk/abi. Guests and the host use
// the same types; their codec is generated (go generate) and uses no
// reflection.
//
// Field names are stable. Decoders ignore unknown fields, and zero values are
// left out, so that both sides may grow.
package wire

//go:generate go run ../internal/gen
//go:generate go run ../internal/gen -in selling.go -out selling_gen.go

// Error is the error of a reply, in both directions.
type Error struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Retryable bool   `json:"retryable,omitempty"`
}

// Availability of a product or variant.
const (
	InStock      = "InStock"
	OutOfStock   = "OutOfStock"
	LimitedStock = "LimitedStock"
)

// Product is what a scraper found. Prices are decimal strings in the
// currency's unit ("1980", "12.99"); "" means that none is known.
type Product struct {
	ID           string    `json:"id,omitempty"`     // the platform's; identity within the shop
	Handle       string    `json:"handle,omitempty"` // the platform's name in URLs
	Name         string    `json:"name"`
	Description  string    `json:"description,omitempty"` // plain text
	URL          string    `json:"url,omitempty"`
	Price        string    `json:"price,omitempty"` // the lowest of the variants
	PriceMax     string    `json:"price_max,omitempty"`
	CompareAt    string    `json:"compare_at,omitempty"` // before a sale
	Currency     string    `json:"currency,omitempty"`   // ISO 4217
	Availability string    `json:"availability,omitempty"`
	SKU          string    `json:"sku,omitempty"`
	GTIN         string    `json:"gtin,omitempty"`
	Brand        string    `json:"brand,omitempty"`
	Category     string    `json:"category,omitempty"`
	Tags         []string  `json:"tags,omitempty"`
	ImageURLs    []string  `json:"image_urls,omitempty"`
	Options      []Option  `json:"options,omitempty"`
	Variants     []Variant `json:"variants,omitempty"`
	Stock        *int64    `json:"stock,omitempty"` // absent: not managed or not known
	CreatedAt    string    `json:"created_at,omitempty"`
	UpdatedAt    string    `json:"updated_at,omitempty"`
	Sources      []Source  `json:"sources,omitempty"` // where the fields come from
}

// Source says where a field of a product comes from, and how sure that is.
type Source struct {
	Field      string `json:"field"` // by its name in JSON; "*" for all that are not named
	Layer      string `json:"layer"`
	Confidence int    `json:"confidence,omitempty"` // 1 to 100
}

// Option is a property by which variants differ.
type Option struct {
	Name   string   `json:"name"`
	Values []string `json:"values,omitempty"`
}

// Variant is one buyable form of a product.
type Variant struct {
	ID           string   `json:"id,omitempty"`
	Title        string   `json:"title,omitempty"`
	SKU          string   `json:"sku,omitempty"`
	GTIN         string   `json:"gtin,omitempty"`
	Price        string   `json:"price,omitempty"`
	CompareAt    string   `json:"compare_at,omitempty"`
	Availability string   `json:"availability,omitempty"`
	Options      []string `json:"options,omitempty"` // values, in the order of Product.Options
	ImageURL     string   `json:"image_url,omitempty"`
	Stock        *int64   `json:"stock,omitempty"`
}

// Ref names a product that a page referred to without its data. The host
// leaves out those it has already seen in this job or knows to be unchanged by
// UpdatedAt, and hands the rest back in ScrapeRequest.Refs.
type Ref struct {
	Key       string `json:"key"` // Product.ID where known, else Product.Handle
	URL       string `json:"url"`
	UpdatedAt string `json:"updated_at,omitempty"`
}

// Shop is what a scraper learned of the shop itself.
type Shop struct {
	Name     string `json:"name,omitempty"`
	Currency string `json:"currency,omitempty"`
	Country  string `json:"country,omitempty"`
	Locale   string `json:"locale,omitempty"`
}

// DetectRequest asks how sure a scraper is that a page is of its platform.
type DetectRequest struct {
	URL     string   `json:"url"`
	Status  int      `json:"status,omitempty"`
	Headers []Header `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"` // handle of the page; "" when there is none
}

// DetectReply is a score from 0 (not ours) to 100 (certain).
type DetectReply struct {
	Score  int    `json:"score"`
	Reason string `json:"reason,omitempty"`
}

// ScrapeRequest asks for one page of a shop's catalogue.
type ScrapeRequest struct {
	URL    string `json:"url"`              // the shop, as the operator gave it
	Cursor string `json:"cursor,omitempty"` // "" for the first page, then ScrapeReply.Next
	Refs   []Ref  `json:"refs,omitempty"`   // fetch these instead of a page
	Seen   int    `json:"seen,omitempty"`   // distinct products so far
	Total  int    `json:"total,omitempty"`  // as an earlier reply said
	Max    int    `json:"max,omitempty"`    // the operator wants no more than this; 0 all
}

// ScrapeReply is one page.
type ScrapeReply struct {
	Products  []Product `json:"products,omitempty"`
	Refs      []Ref     `json:"refs,omitempty"`
	Next      string    `json:"next,omitempty"`  // opaque to the host; "" at the end
	Total     int       `json:"total,omitempty"` // products the shop says it has
	Shop      *Shop     `json:"shop,omitempty"`
	Source    string    `json:"source,omitempty"`    // URL of the page that held the products
	Unchanged bool      `json:"unchanged,omitempty"` // Source was not modified; Products is empty
	Notes     []string  `json:"notes,omitempty"`     // for the job's log, to a shop owner
	Partial   bool      `json:"partial,omitempty"`   // part of the shop could not be read; Notes say why
}

// ExtractRequest asks for the products of one saved page or body.
type ExtractRequest struct {
	URL         string `json:"url"`
	Body        string `json:"body"` // handle
	ContentType string `json:"content_type,omitempty"`
}

// ExtractReply is what was found; no products is an answer, not an error.
type ExtractReply struct {
	Products []Product `json:"products,omitempty"`
	Shop     *Shop     `json:"shop,omitempty"`
}

// CheckoutRequest asks for a link at the real shop.
type CheckoutRequest struct {
	URL   string         `json:"url"`
	Lines []CheckoutLine `json:"lines"`
}

// CheckoutLine is one line of a cart.
type CheckoutLine struct {
	ProductID string `json:"product_id,omitempty"`
	VariantID string `json:"variant_id,omitempty"`
	Quantity  int    `json:"quantity"`
}

// CheckoutReply is the link.
type CheckoutReply struct {
	URL string `json:"url"`
}

// What kind of prompt a GenerateRequest asks for.
const (
	ModeDynamic = "dynamic" // persona, shop, products and tools: for a session
	ModeStatic  = "static"  // persona and tools, nothing of the shop: for a session
	ModePersona = "persona" // the persona in full, for people to read
)

// GenerateRequest asks for the prompt of a voice agent. Its texts are of three
// kinds: Agent is the operator's and may instruct; Name, Personality, the
// messages and Rules are a client's, who may instruct as long as the prompt's
// parts stay apart; Store and Products are data, which instruct nobody.
type GenerateRequest struct {
	Mode          string          `json:"mode"`     // one of the modes
	Language      string          `json:"language"` // BCP 47: "ja", "en", "ko"
	Agent         *Persona        `json:"agent,omitempty"`
	Name          string          `json:"name,omitempty"`        // the agent's
	Personality   string          `json:"personality,omitempty"` // beside the persona's own
	StartMessage  string          `json:"start_message,omitempty"`
	EndMessage    string          `json:"end_message,omitempty"`
	Rules         []string        `json:"rules,omitempty"`    // the shop's own
	Features      []string        `json:"features,omitempty"` // that are switched on
	Tools         []string        `json:"tools,omitempty"`    // names that the session offers to the model
	Store         *StoreInfo      `json:"store,omitempty"`
	Products      []PromptProduct `json:"products,omitempty"`       // best first
	TotalProducts int             `json:"total_products,omitempty"` // of the shop; Products may be fewer
	CatalogTokens int             `json:"catalog_tokens,omitempty"` // Products may take so many; 0 none
}

// Persona is who an agent is, in the language of the prompt.
type Persona struct {
	ID             string        `json:"id"`
	Title          string        `json:"title,omitempty"`
	Purpose        string        `json:"purpose,omitempty"`
	Traits         []string      `json:"traits,omitempty"`
	Tone           string        `json:"tone,omitempty"`
	SpeechPatterns []string      `json:"speech_patterns,omitempty"`
	Guidelines     []string      `json:"guidelines,omitempty"`
	Steps          []PersonaStep `json:"steps,omitempty"` // of a conversation, in order
}

// PersonaStep is a step of a conversation.
type PersonaStep struct {
	Name       string   `json:"name"`
	Goal       string   `json:"goal,omitempty"`
	Variations []string `json:"variations,omitempty"` // ways to say it
	Questions  []string `json:"questions,omitempty"`
	Guidelines []string `json:"guidelines,omitempty"`
	Example    string   `json:"example,omitempty"`
}

// StoreInfo is what a shop says about itself.
type StoreInfo struct {
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	URL         string   `json:"url,omitempty"`
	Categories  []string `json:"categories,omitempty"`
	Tone        string   `json:"tone,omitempty"`
	UseWords    []string `json:"use_words,omitempty"`
	AvoidWords  []string `json:"avoid_words,omitempty"`
	Shipping    string   `json:"shipping,omitempty"`
	Returns     string   `json:"returns,omitempty"`
	Payment     string   `json:"payment,omitempty"`
	Support     string   `json:"support,omitempty"`
}

// PromptProduct is a product that a prompt may tell of.
type PromptProduct struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Description  string `json:"description,omitempty"` // the beginning of it
	Price        string `json:"price,omitempty"`       // "1980", "12.99"; "" when none is known
	CompareAt    string `json:"compare_at,omitempty"`  // before a sale
	Currency     string `json:"currency,omitempty"`    // ISO 4217
	Category     string `json:"category,omitempty"`
	Brand        string `json:"brand,omitempty"`
	Availability string `json:"availability,omitempty"`
	Stock        *int64 `json:"stock,omitempty"` // absent: not managed or not known
}

// GenerateReply is a prompt.
type GenerateReply struct {
	Prompt        string   `json:"prompt"`
	Included      int      `json:"included,omitempty"`       // products that it tells of: so many from the beginning of the request's
	CatalogTokens int      `json:"catalog_tokens,omitempty"` // what they take, estimated
	Tokens        int      `json:"tokens,omitempty"`         // what the whole prompt takes, estimated
	Notes         []string `json:"notes,omitempty"`          // what was cut, for the operator
}

// Header is one HTTP header.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// FetchRequest asks the host to fetch a URL politely.
type FetchRequest struct {
	Method      string   `json:"method,omitempty"` // GET
	URL         string   `json:"url"`
	Headers     []Header `json:"headers,omitempty"`
	Body        string   `json:"body,omitempty"`        // text
	TimeoutMS   int      `json:"timeout_ms,omitempty"`  // may only shorten the host's
	MaxBytes    int      `json:"max_bytes,omitempty"`   // of the response's body; may only lower the host's
	Conditional bool     `json:"conditional,omitempty"` // answer NotModified when the host has it from an earlier job
	Prefetch    []string `json:"prefetch,omitempty"`    // the host may begin with these afterwards
}

// FetchReply is the response; its body stays in the host under a handle.
type FetchReply struct {
	Status      int      `json:"status"`
	URL         string   `json:"url"` // after redirects
	Headers     []Header `json:"headers,omitempty"`
	ContentType string   `json:"content_type,omitempty"`
	Charset     string   `json:"charset,omitempty"` // as found; the body is UTF-8 whatever it says
	Body        string   `json:"body,omitempty"`    // handle
	Size        int      `json:"size,omitempty"`    // bytes of the body
	NotModified bool     `json:"not_modified,omitempty"`
}

// BodyRequest reads from a handle. The reply is the raw bytes.
type BodyRequest struct {
	Body   string   `json:"body"`
	Offset int      `json:"offset,omitempty"`
	Length int      `json:"length,omitempty"` // 0: to the end
	Keep   []string `json:"keep,omitempty"`   // of a JSON document: the fields that matter
	Pack   bool     `json:"pack,omitempty"`   // with Keep: a JSON document in packed form
}

// HTMLRequest is a batch of queries on one page.
type HTMLRequest struct {
	Body    string      `json:"body"`          // handle
	URL     string      `json:"url,omitempty"` // base of relative links
	Select  []HTMLQuery `json:"select,omitempty"`
	JSONLD  bool        `json:"json_ld,omitempty"`
	OG      bool        `json:"og,omitempty"`
	Micro   bool        `json:"microdata,omitempty"`
	RDFa    bool        `json:"rdfa,omitempty"`
	State   []string    `json:"state,omitempty"`   // names of fields to look for in the JSON that scripts start from
	Outline bool        `json:"outline,omitempty"` // where the page tells of a sale
	Scripts []string    `json:"scripts,omitempty"` // regexps; the first match's group 1 in any inline script
	Product bool        `json:"product,omitempty"` // what the page as a whole says of the product that it sells
	List    bool        `json:"list,omitempty"`    // what it leads to; with product only where the reading holds nothing
}

// HTMLQuery selects nodes by CSS.
type HTMLQuery struct {
	CSS   string      `json:"css"`
	Attrs []string    `json:"attrs,omitempty"` // attributes to return; "text" and "html" are special
	Limit int         `json:"limit,omitempty"` // nodes; 0: the host's cap
	Each  []HTMLQuery `json:"each,omitempty"`  // queries inside each node
}

// HTMLReply answers in the order of the request.
type HTMLReply struct {
	Select    []HTMLNodes `json:"select,omitempty"`
	JSONLD    []string    `json:"json_ld,omitempty"`   // repaired where needed; one JSON text each
	OG        []Header    `json:"og,omitempty"`        // meta property or name, content
	Micro     string      `json:"microdata,omitempty"` // {"items":[…]} as the W3C algorithm has it
	RDFa      string      `json:"rdfa,omitempty"`      // in the form of microdata
	State     []State     `json:"state,omitempty"`
	Outline   []Place     `json:"outline,omitempty"` // in the order of the page
	Scripts   []string    `json:"scripts,omitempty"` // "" where nothing matched
	Title     string      `json:"title,omitempty"`
	Lang      string      `json:"lang,omitempty"`
	Base      string      `json:"base,omitempty"`
	Canonical string      `json:"canonical,omitempty"`
	TextSize  int         `json:"text_size,omitempty"` // bytes of text that a visitor sees; this and what follows only with an outline
	Opening   string      `json:"opening,omitempty"`   // the beginning of that text
	NoScript  string      `json:"no_script,omitempty"` // what is said to visitors without JavaScript
	Running   int         `json:"running,omitempty"`   // scripts that run
	Unended   bool        `json:"unended,omitempty"`   // the page has no end tag: it may have been cut off
	Damaged   bool        `json:"damaged,omitempty"`   // bytes all over the page are no text
	Reading   *Reading    `json:"reading,omitempty"`   // only where product was asked for, and by hosts that know of it
	List      *List       `json:"list,omitempty"`      // likewise where list was asked for
}

// Reading is what a page as a whole says, as the host judges it.
type Reading struct {
	Product *Product `json:"product,omitempty"` // the one that it sells; absent where it sells none, or not plainly one
	Refusal *Error   `json:"refusal,omitempty"` // why it shows nothing that could be read, in words for the shop's owner
}

// List is what a page leads to, as the host judges it.
type List struct {
	Links []Link    `json:"links,omitempty"` // in the order of the page
	Cards []Product `json:"cards,omitempty"` // products that the page shows with a name and a price
}

// Link is a link of a list.
type Link struct {
	URL    string `json:"url"`
	Text   string `json:"text,omitempty"`
	Next   bool   `json:"next,omitempty"`   // to the next page of the list
	Priced bool   `json:"priced,omitempty"` // a price stands in it
}

// State is JSON that a script of the page starts from, without the fields that
// were not asked for.
type State struct {
	Name string `json:"name"` // of the variable, the script's id, or the function it is given to
	JSON string `json:"json"`
}

// Place is an element that a sale may be read from.
type Place struct {
	Kind   string `json:"kind"`
	Text   string `json:"text,omitempty"`
	Before string `json:"before,omitempty"` // the end of the text before it
	After  string `json:"after,omitempty"`  // the beginning of the text behind it
	Path   string `json:"path,omitempty"`   // it and the elements around it, itself last: "div#main>p.price.sale"
	At     int    `json:"at,omitempty"`     // bytes of text before it
	Level  int    `json:"level,omitempty"`  // of a heading
	Struck bool   `json:"struck,omitempty"` // crossed out
	Hidden bool   `json:"hidden,omitempty"` // not shown at first
	Link   string `json:"link,omitempty"`   // where the link around it leads
	Off    bool   `json:"off,omitempty"`    // a button that can't be pressed
}

// HTMLNodes are the nodes of one query.
type HTMLNodes struct {
	Nodes []HTMLNode `json:"nodes,omitempty"`
	Total int        `json:"total,omitempty"` // matches, also those over the limit
}

// HTMLNode is one node.
type HTMLNode struct {
	Values []string    `json:"values,omitempty"` // in the order of Attrs; "" when absent
	Each   []HTMLNodes `json:"each,omitempty"`
}

// LogRequest writes a line to the host's log.
type LogRequest struct {
	Level   string `json:"level"` // debug, info, warn, error
	Message string `json:"message"`
}

// ClockReply is the host's time, in milliseconds since 1970 UTC, and the
// milliseconds until the host stops this call.
type ClockReply struct {
	UnixMS int64 `json:"unix_ms"`
	LeftMS int64 `json:"left_ms,omitempty"` // 0: not known
}

// KVRequest names a key, for get, set, delete and list.
type KVRequest struct {
	Key    string `json:"key,omitempty"`
	Value  string `json:"value,omitempty"`
	TTL    int    `json:"ttl_seconds,omitempty"` // 0: for ever
	Prefix string `json:"prefix,omitempty"`
	Limit  int    `json:"limit,omitempty"`
}

// KVReply is the value, or the keys of a list.
type KVReply struct {
	Found bool     `json:"found,omitempty"`
	Value string   `json:"value,omitempty"`
	Keys  []string `json:"keys,omitempty"`
}

// CryptoRequest asks for a hash, an HMAC or random bytes.
type CryptoRequest struct {
	Algorithm string `json:"algorithm,omitempty"` // sha256, sha1, md5, sha512
	Key       string `json:"key,omitempty"`       // HMAC key, text
	Secret    string `json:"secret,omitempty"`    // HMAC key, by a secret's name
	Data      string `json:"data,omitempty"`      // text
	Length    int    `json:"length,omitempty"`    // random bytes
}

// CryptoReply is the result in lower-case hexadecimal.
type CryptoReply struct {
	Hex string `json:"hex"`
}

// SecretRequest asks for the placeholder of a secret.
type SecretRequest struct {
	Name     string `json:"name"`
	Prefix   string `json:"prefix,omitempty"`   // text before the secret, such as a user name and a colon
	Encoding string `json:"encoding,omitempty"` // of prefix and secret: "" or base64
}

// SecretReply is what stands for the secret in headers of this call's
// requests.
type SecretReply struct {
	Placeholder string `json:"placeholder"`
}
