package capability

import (
	"context"
	"crypto/rand"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/page"
	sdkjson "github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Functions answers host calls. It is safe for concurrent use.
type Functions struct {
	Services
	log hclog.Logger
}

// New returns the functions.
func New(s Services) *Functions {
	if s.Logger == nil {
		s.Logger = hclog.NewNullLogger()
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Random == nil {
		s.Random = rand.Reader
	}
	return &Functions{Services: s, log: s.Logger}
}

// SessionOptions say on whose behalf a plugin works.
type SessionOptions struct {
	Workspace string
	Job       string // for the log; may be empty
	// Sale is the conversation with a customer that the session works in; the
	// zero value has neither cart nor orders.
	Sale    Sale
	ShopURL string // the shop that ShopHost stands for; may be empty
	// Known returns what an earlier job learned of a URL, for conditional
	// requests; nil knows nothing.
	Known func(url string) (Validators, bool)
}

// Validators are what a server gave to ask "changed since?" with.
type Validators struct{ ETag, LastModified string }

// Session is one plugin's work for one workspace and shop, over any number of
// calls. It is used by one goroutine at a time. Close it when done.
type Session struct {
	functions *Functions
	plugin    *Plugin
	opts      SessionOptions
	shop      *url.URL

	ctx    context.Context // of what goes on between calls
	cancel context.CancelFunc
	work   sync.WaitGroup

	received int64 // bytes of bodies

	ahead []*prefetch           // oldest first
	fresh map[string]Validators // of the responses so far, by URL as asked
}

// Session begins a session.
func (f *Functions) Session(p *Plugin, o SessionOptions) *Session {
	s := &Session{functions: f, plugin: p, opts: o}
	if u, err := fetch.ParseURL(o.ShopURL); err == nil {
		s.shop = u
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Use makes the next calls those of p, another state of the session's plugin:
// what was fetched ahead under the grants before is dropped.
func (s *Session) Use(p *Plugin) {
	if p == s.plugin {
		return
	}
	for _, ahead := range s.ahead {
		ahead.cancel()
	}
	s.work.Wait()
	s.ahead, s.plugin = nil, p
}

// Plugin is whose session it is.
func (s *Session) Plugin() *Plugin { return s.plugin }

// Received is how many bytes the bodies of all responses had.
func (s *Session) Received() int64 { return s.received }

// Fresh returns the validators that came with the newest response for a URL.
func (s *Session) Fresh(url string) (Validators, bool) {
	v, ok := s.fresh[url]
	return v, ok
}

// Close ends what is under way and frees what the session holds.
func (s *Session) Close() {
	s.cancel()
	s.work.Wait()
	s.ahead = nil
}

// Call is one operation of a guest. It is used by one goroutine; its bodies
// live until End.
type Call struct {
	session *Session
	left    func() time.Duration

	bodies   map[string]*body
	handles  int
	held     int64
	parsed   []*body // oldest first
	lines    int
	reply    []byte
	failure  error // the newest
	failures int

	changes      int               // of cart and orders, so far
	placeholders map[string]string // what they stand for
	nonce        string            // of the call's placeholders
}

// body is what a handle stands for.
type body struct {
	data        []byte
	contentType string
	page        *page.Page // parsed, once it was asked for
}

// Begin starts a call. left tells how much longer it may take; 0 is not known.
func (s *Session) Begin(left func() time.Duration) *Call {
	return &Call{session: s, left: left}
}

// End frees the call's bodies.
func (c *Call) End() { c.bodies, c.parsed, c.placeholders = nil, nil, nil }

// Failure is the newest error that the host answered with. A guest that can't
// go on tells of it in its own words; the host then still knows all of it.
func (c *Call) Failure() error { return c.failure }

// Failures is how often the host answered with an error.
func (c *Call) Failures() int { return c.failures }

// Hold keeps a body and returns its handle. data is UTF-8 where it is text; it
// must not change afterwards. TooLarge when the call holds too much.
func (c *Call) Hold(data []byte, contentType string) (handle string, err error) {
	l := c.session.plugin.Limits
	if len(c.bodies) >= l.Bodies {
		return "", errs.New(errs.TooLarge, "more than %d bodies are held", l.Bodies).WithHint("release bodies that were read")
	}
	if c.held+int64(len(data)) > l.BodyBytes {
		return "", errs.New(errs.TooLarge, "more than %d bytes of bodies are held", l.BodyBytes).WithHint("release bodies that were read")
	}
	if c.bodies == nil {
		c.bodies = map[string]*body{}
	}
	c.handles++
	c.held += int64(len(data))
	handle = "body:" + strconv.Itoa(c.handles)
	c.bodies[handle] = &body{data: data, contentType: contentType}
	return handle, nil
}

func (c *Call) body(handle string) (*body, error) {
	b, ok := c.bodies[handle]
	if !ok {
		return nil, errs.New(errs.NotFound, "no body %q in this call", clip(handle, 40))
	}
	return b, nil
}

// readBody is the one function whose reply isn't JSON.
func readBody(_ context.Context, c *Call, request []byte) ([]byte, int32) {
	var q wire.BodyRequest
	if err := wire.Decode(request, &q); err != nil {
		return nil, wire.ErrNoBody
	}
	b, ok := c.bodies[q.Body]
	if !ok {
		return nil, wire.ErrNoBody
	}
	data := b.data
	if len(q.Keep) > 0 {
		data = c.prune(data, &q)
	}
	part := data[min(max(q.Offset, 0), len(data)):]
	if q.Length > 0 {
		part = part[:min(q.Length, len(part))]
	}
	if len(part) > c.session.plugin.Limits.Reply {
		return nil, wire.ErrTooLarge
	}
	return part, 0
}

// prune is a JSON document without the fields that nobody wants, packed if that
// is asked for; anything else is returned as it is.
func (c *Call) prune(data []byte, q *wire.BodyRequest) []byte {
	shorten := sdkjson.Prune
	if q.Pack {
		shorten = sdkjson.Pack
	}
	text := unsafe.String(unsafe.SliceData(data), len(data)) //nolint:gosec // nobody writes to a body, and the text ends here
	pruned, err := shorten(c.reply[:0], text, sdkjson.NewPaths(q.Keep...))
	if err != nil {
		return data
	}
	c.reply = pruned
	return pruned
}

func (c *Call) releaseBody(_ context.Context, q *wire.BodyRequest) (wire.Value, error) {
	b, err := c.body(q.Body)
	if err != nil {
		return nil, err
	}
	c.held -= int64(len(b.data))
	c.parsed = slices.DeleteFunc(c.parsed, func(p *body) bool { return p == b })
	delete(c.bodies, q.Body)
	return &wire.Empty{}, nil
}
