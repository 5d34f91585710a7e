// Package fetch is the only way out of the process to other people's servers.
// It keeps the operator's network safe (every address is checked as it is
// dialled), keeps the shops' servers unharmed (robots.txt, one request at a
// time for a host, gaps, Retry-After), and hands back whole, decoded, UTF-8
// bodies or an error of a kind that says what to do.
//
// It knows nothing of shops, plugins, jobs or tenants.
package fetch

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
)

// Options configure a Client. The zero value is safe for the open internet.
type Options struct {
	// Allow opens addresses that are closed by default: CIDRs, single
	// addresses and host:port pairs (OMAKASE_NETWORK_ALLOW). A pair opens that
	// name whatever it resolves to.
	Allow []string
	// UserAgent names us to the servers; see UserAgent. Default: that of a
	// development build.
	UserAgent string
	// Gap is the least time between the starts of two requests to one host; a
	// longer Crawl-delay wins. Default 1 s; below zero there is none.
	Gap time.Duration
	// OpenGap takes the place of Gap for hosts that Allow opens. Default none.
	OpenGap time.Duration
	// MaxBytes caps a body after decompression. Default 16 MiB.
	MaxBytes int64
	// Timeout caps one exchange, from dialling to the last byte. Default 30 s.
	Timeout time.Duration
	// IdleTimeout caps the time without a byte from the server. Default 15 s.
	IdleTimeout time.Duration
	// MaxRedirects caps the hops of one fetch. Default 5.
	MaxRedirects int
	// Backoff is the wait before the first retry; it doubles. Default 500 ms.
	Backoff time.Duration
	// Resolver resolves names. Default: net.DefaultResolver.
	Resolver *net.Resolver
	// Logger is told of refusals and slow-downs. Default: none.
	Logger hclog.Logger
	// OnFetch observes each exchange, also those of robots.txt and retries. It
	// is called from any goroutine and must return quickly.
	OnFetch func(Event)
}

// Event is one exchange with a server.
type Event struct {
	URL      string
	Robots   bool // of robots.txt
	Attempt  int  // from 1
	Status   int  // 0 when no answer came
	Bytes    int  // of the decoded body
	Duration time.Duration
	Err      error // nil when the answer came whole and is of use
}

// UserAgent is our honest name, with a page that says who we are.
func UserAgent(version string) string {
	return productToken + "/" + cmp.Or(version, "dev") + " (+https://github.com/omakase-ai/omakase)"
}

const (
	maxHeaderBytes = 256 << 10
	dialTimeout    = 10 * time.Second
	maxHosts       = 512 // queues kept; above, those idle for an hour go
)

// Client fetches. It is safe for concurrent use. Close it when done.
type Client struct {
	opts      Options
	log       hclog.Logger
	transport *http.Transport

	life    context.Context // ends with Close
	end     context.CancelCauseFunc
	working sync.WaitGroup // what Close waits for

	robotsTTL, robotsErrTTL, robotsTimeout time.Duration

	mu    sync.Mutex
	hosts map[string]*host // by scheme://host:port
}

// New returns a client. Its only error is of an Allow entry that can't be read.
func New(o Options) (*Client, error) {
	if o.Logger == nil {
		o.Logger = hclog.NewNullLogger()
	}
	g, err := newGuard(o.Allow, o.Logger)
	if err != nil {
		return nil, err
	}
	o.UserAgent = cmp.Or(o.UserAgent, UserAgent(""))
	o.Gap = cmp.Or(o.Gap, time.Second)
	o.MaxBytes = cmp.Or(o.MaxBytes, 16<<20)
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 15*time.Second)
	o.MaxRedirects = cmp.Or(o.MaxRedirects, 5)
	o.Backoff = cmp.Or(o.Backoff, 500*time.Millisecond)
	if o.OnFetch == nil {
		o.OnFetch = func(Event) {}
	}
	c := &Client{
		opts:  o,
		log:   o.Logger,
		hosts: map[string]*host{},

		robotsTTL:     24 * time.Hour,
		robotsErrTTL:  30 * time.Second,
		robotsTimeout: 10 * time.Second,
	}
	c.life, c.end = context.WithCancelCause(context.Background())
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Resolver: o.Resolver, ControlContext: g.control}
	c.transport = &http.Transport{
		Proxy: nil, // a proxy would dial for us, unchecked
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			h, _ := ctx.Value(hostKey{}).(*host)
			return dialer.DialContext(context.WithValue(ctx, dialKey{}, dial{target: addr, host: h}), network, addr)
		},
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // the cap counts decoded bytes, so we decode
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    1,
		MaxIdleConns:           64,
		IdleConnTimeout:        4 * time.Second, // many servers hang up after 5
		TLSHandshakeTimeout:    dialTimeout,
	}
	return c, nil
}

var errClosed = errs.New(errs.Unavailable, "the fetcher is shut down")

// Close stops what is under way and waits for it. Later fetches fail with the
// kind errs.Unavailable.
func (c *Client) Close() {
	c.mu.Lock() // nothing begins after the wait
	c.end(errClosed)
	c.mu.Unlock()
	c.working.Wait()
	c.transport.CloseIdleConnections()
}

// begin counts one more piece of work, which must end in c.working.Done. It
// returns false once the client is closed.
func (c *Client) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.life.Err() != nil {
		return false
	}
	c.working.Add(1)
	return true
}

type hostKey struct{}

// host is what the client knows of one server: its queue and its robots.txt.
type host struct {
	key    string // scheme://host:port
	lane   lane
	opened atomic.Bool // the operator's list opened it

	robots robotsCache
}

// hostOf returns the host of a URL that canonical has seen.
func (c *Client) hostOf(u *url.URL) *host {
	key := u.Scheme + "://" + u.Host
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[key]
	if h == nil {
		if len(c.hosts) >= maxHosts {
			c.forgetIdle()
		}
		h = &host{key: key}
		c.hosts[key] = h
	}
	return h
}

// forgetIdle drops the hosts that nobody has asked for an hour, and with them
// their robots.txt. The caller holds c.mu.
func (c *Client) forgetIdle() {
	for key, h := range c.hosts {
		if last, ok := h.lane.idleSince(); ok && !last.IsZero() && time.Since(last) > time.Hour {
			delete(c.hosts, key)
		}
	}
}

// gap is the least time between two requests to the host.
func (c *Client) gap(h *host) time.Duration {
	gap := c.opts.Gap
	if h.opened.Load() {
		gap = c.opts.OpenGap
	}
	return max(gap, h.robots.crawlDelay())
}
