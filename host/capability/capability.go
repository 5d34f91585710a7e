// Package capability is what a plugin may ask of the host: the functions
// behind host_call, each with the grant that it needs, its caps, and an audit
// line for whoever asked without a grant.
//
// It knows neither WebAssembly nor which plugins exist. It decides nothing
// about tenants either: workspace, job and shop come from the caller with the
// [Session], and nothing that a guest sends can change them.
package capability

import (
	"context"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/time/rate"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Fetcher fetches politely and safely; *fetch.Client is one.
type Fetcher interface {
	Fetch(ctx context.Context, r *fetch.Request) (*fetch.Response, error)
}

// Services are what the functions work with. Those that are nil make their
// functions answer "unavailable".
type Services struct {
	Fetch     Fetcher
	KV        store.KV
	Catalog   Catalog
	Shop      *shop.Service
	Knowledge Knowledge
	Logger    hclog.Logger     // nil: none
	Now       func() time.Time // nil: time.Now
	Random    io.Reader        // nil: crypto/rand
}

// Plugin is one plugin as this package sees it. It is safe for concurrent use
// and outlives its sessions.
type Plugin struct {
	ID     string
	Config string // a JSON object without secrets; "" is {}
	Grants Grants
	Limits Limits

	secrets map[string]string // by name; "" is one that isn't set
	hidden  [][]byte          // spellings of the secrets, the longest first

	logs  *rate.Limiter
	tally *tally
}

// tally is what is counted of a plugin, whatever its grants become.
type tally struct {
	audits   *rate.Limiter
	denials  atomic.Int64
	unlogged atomic.Int64 // denials without an audit line, since the last one
}

// NewPlugin returns a plugin with defaults for the limits that are zero.
func NewPlugin(id, config string, g Grants, l Limits) *Plugin {
	l = l.withDefaults()
	return &Plugin{
		ID: id, Config: config, Grants: g, Limits: l,
		logs:  rate.NewLimiter(rate.Limit(l.LogRate), 4*l.LogRate),
		tally: &tally{audits: rate.NewLimiter(auditRate, auditBurst)},
	}
}

// Follow counts on where before stands, the same plugin with other grants. It
// is to be called before the first session.
func (p *Plugin) Follow(before *Plugin) { p.tally = before.tally }

// Denials is how often the plugin asked for what it isn't granted.
func (p *Plugin) Denials() int64 { return p.tally.denials.Load() }

// Limits bound what one call may make the host hold or do. Zero is the
// default.
type Limits struct {
	Bodies    int   // handles at the same time: 64
	BodyBytes int64 // in all bodies at the same time: 64 MiB
	PageBytes int   // of a page to parse: 8 MiB
	Nodes     int   // in the answer to one html query: 20,000
	Reply     int   // bytes of one reply: 8 MiB
	LogLines  int   // 200
	LogRate   int   // lines of all calls in a second: 50, and four times as many at once
}

func (l Limits) withDefaults() Limits {
	or := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	or(&l.Bodies, 64)
	or(&l.PageBytes, 8<<20)
	or(&l.Nodes, 20_000)
	or(&l.Reply, 8<<20)
	or(&l.LogLines, 200)
	or(&l.LogRate, 50)
	if l.BodyBytes <= 0 {
		l.BodyBytes = 64 << 20
	}
	return l
}

// function is one function of the host.
type function struct {
	capability string
	// waits says that time in it is spent on others, such as a shop's queue:
	// it doesn't count as the guest's own.
	waits bool
	// brief says that nothing of its request is kept once it has answered.
	brief bool
	do    func(ctx context.Context, c *Call, request []byte) ([]byte, int32)
}

// functions by number.
var functions = map[int32]function{
	wire.FnLog:    {capability: "log", brief: true, do: inJSON((*Call).log)},
	wire.FnConfig: {capability: "config", brief: true, do: inJSON((*Call).config)},
	wire.FnClock:  {capability: "clock", brief: true, do: inJSON((*Call).clock)},

	wire.FnHTTPFetch:   {capability: "http", waits: true, do: inJSON((*Call).fetch)},
	wire.FnBodyRead:    {capability: "body", brief: true, do: readBody},
	wire.FnBodyRelease: {capability: "body", brief: true, do: inJSON((*Call).releaseBody)},

	wire.FnHTMLQuery: {capability: "html", do: inJSON((*Call).queryHTML)},

	wire.FnKVGet:    {capability: "kv", do: inJSON((*Call).kvGet)},
	wire.FnKVSet:    {capability: "kv", do: inJSON((*Call).kvSet)},
	wire.FnKVDelete: {capability: "kv", do: inJSON((*Call).kvDelete)},
	wire.FnKVList:   {capability: "kv", do: inJSON((*Call).kvList)},

	wire.FnCryptoHash:   {capability: "crypto", brief: true, do: inJSON((*Call).hash)},
	wire.FnCryptoHMAC:   {capability: "crypto", do: inJSON((*Call).hmac)},
	wire.FnCryptoRandom: {capability: "crypto", brief: true, do: inJSON((*Call).random)},

	wire.FnSecretUse: {capability: "secret", do: inJSON((*Call).useSecret)},

	wire.FnCatalogSearch:  {capability: "catalog", do: inJSON((*Call).searchCatalog)},
	wire.FnCatalogGet:     {capability: "catalog", do: inJSON((*Call).getProduct)},
	wire.FnCatalogSuggest: {capability: "catalog", do: inJSON((*Call).suggest)},

	wire.FnCartGet:    {capability: "cart", do: inJSON((*Call).getCart)},
	wire.FnCartAdd:    {capability: "cart", do: inJSON((*Call).addToCart)},
	wire.FnCartSet:    {capability: "cart", do: inJSON((*Call).setInCart)},
	wire.FnCartRemove: {capability: "cart", do: inJSON((*Call).removeFromCart)},
	wire.FnCartClear:  {capability: "cart", do: inJSON((*Call).clearCart)},

	wire.FnOrderPlace: {capability: "order", do: inJSON((*Call).placeOrder)},
	wire.FnOrderGet:   {capability: "order", do: inJSON((*Call).getOrder)},

	wire.FnKnowledgeSearch: {capability: "knowledge", do: inJSON((*Call).searchFAQs)},
	wire.FnKnowledgeStore:  {capability: "knowledge", do: inJSON((*Call).storeInfo)},
}

// Of is the capability that a function belongs to, such as "http"; "unknown"
// where this host has no such function.
func Of(fn int32) string {
	if f, ok := functions[fn]; ok {
		return f.capability
	}
	return "unknown"
}

// Waits reports whether the time in a function isn't the guest's own.
func Waits(fn int32) bool { return functions[fn].waits }

// Copies reports whether a function works on a copy of its request.
func Copies(fn int32) bool {
	f, ok := functions[fn]
	return ok && !f.brief
}

// Do answers one host call. The reply is valid until the next call of Do; the
// code is negative when there is none, as the ABI has it. request is the
// caller's again afterwards.
func (c *Call) Do(ctx context.Context, fn int32, request []byte) (reply []byte, code int32) {
	f, ok := functions[fn]
	if !ok {
		return nil, wire.ErrNoFunction
	}
	if ok, rule := c.session.plugin.Grants.has(f.capability); !ok {
		return c.fail(c.denied(f.capability, "", rule)), 0
	}
	if !f.brief { // what is kept of it shares its memory
		request = slices.Clone(request)
	}
	reply, code = f.do(ctx, c, request)
	if len(reply) > c.session.plugin.Limits.Reply {
		return c.fail(errs.New(errs.TooLarge, "the reply has %d bytes; %d are allowed", len(reply), c.session.plugin.Limits.Reply)), 0
	}
	return reply, code
}

// inJSON makes a function of one whose request and reply are JSON.
func inJSON[Q any, PQ interface {
	*Q
	wire.Value
}](do func(*Call, context.Context, *Q) (wire.Value, error)) func(context.Context, *Call, []byte) ([]byte, int32) {
	return func(ctx context.Context, c *Call, request []byte) ([]byte, int32) {
		var q Q
		if err := wire.Decode(request, PQ(&q)); err != nil {
			return c.fail(errs.New(errs.Invalid, "request: %v", err)), 0
		}
		v, err := do(c, ctx, &q)
		if err != nil {
			return c.fail(err), 0
		}
		c.reply = wire.AppendOK(c.reply[:0], v)
		return c.reply, 0
	}
}

// fail is the reply of a failed function.
func (c *Call) fail(err error) []byte {
	err = c.hidden(err)
	c.failure = err
	c.failures++
	c.reply = wire.AppendError(c.reply[:0], &wire.Error{
		Code:      Code(errs.KindOf(err)),
		Message:   clip(err.Error(), 1000),
		Retryable: errs.Retryable(err),
	})
	return c.reply
}

// Code is the code of the wire that stands for a kind.
func Code(k errs.Kind) string {
	switch k {
	case errs.Busy, errs.Conflict:
		return wire.CodeUnavailable
	case errs.Invalid, errs.Unsupported, errs.Denied, errs.NotFound, errs.TooLarge, errs.Timeout, errs.Cancelled,
		errs.Unavailable, errs.RateLimited, errs.Blocked, errs.Robots, errs.Password, errs.Closed, errs.NotAShop, errs.BadData:
		return string(k)
	}
	return wire.CodeInternal
}

// Kind is the kind that a code of the wire stands for: codes that aren't on
// the list are Internal.
func Kind(code string) errs.Kind {
	if k := errs.Kind(code); Code(k) == code {
		return k
	}
	return errs.Internal
}

// clip shortens s to at most n bytes, at the end of a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
