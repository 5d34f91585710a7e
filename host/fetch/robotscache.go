package fetch

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

// robotsCache holds a host's rules, or why they could not be read.
type robotsCache struct {
	mu      sync.Mutex
	loading chan struct{} // closed when the load under way has ended; nil: none
	rules   *robots       // nil until read once
	err     error         // of the last load, when there are no rules to go by
	expires time.Time
}

func (rc *robotsCache) crawlDelay() time.Duration {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	if rc.rules == nil {
		return 0
	}
	return rc.rules.crawlDelay
}

// robots returns the rules of a host. They are read once for all who ask; one
// of them going away does not disturb the others.
func (c *Client) robots(ctx context.Context, h *host) (*robots, error) {
	rc := &h.robots
	for {
		rc.mu.Lock()
		if time.Now().Before(rc.expires) {
			defer rc.mu.Unlock()
			return rc.rules, rc.err
		}
		if rc.loading == nil {
			if !c.begin() {
				rc.mu.Unlock()
				return nil, errClosed
			}
			rc.loading = make(chan struct{})
			go c.loadRobots(h)
		}
		loading := rc.loading
		rc.mu.Unlock()
		select {
		case <-loading:
		case <-ctx.Done():
			return nil, ended(ctx)
		}
	}
}

// loadRobots reads robots.txt and stores the verdict.
func (c *Client) loadRobots(h *host) {
	defer c.working.Done()
	ctx, cancel := context.WithTimeoutCause(c.life, c.robotsTimeout,
		errs.New(errs.Unavailable, "no answer within %s", c.robotsTimeout))
	defer cancel()
	rules, err := c.readRobots(ctx, h)
	if err != nil && ctx.Err() != nil {
		err = ended(ctx)
	}

	rc := &h.robots
	rc.mu.Lock()
	defer rc.mu.Unlock()
	close(rc.loading)
	rc.loading = nil
	switch {
	case err == nil:
		rc.rules, rc.err, rc.expires = rules, nil, time.Now().Add(c.robotsTTL)
		if rules.crawlDelay > 0 {
			c.log.Info("robots.txt asks to go slowly", "host", h.key, "crawl_delay", rules.crawlDelay)
		}
	case rc.rules != nil:
		// Yesterday's rules are better than none.
		rc.expires = time.Now().Add(c.robotsErrTTL)
	default:
		rc.err, rc.expires = robotsError(h, err), time.Now().Add(c.robotsErrTTL)
	}
}

// robotsError words why nothing may be fetched while robots.txt can't be read.
func robotsError(h *host, err error) error {
	op := "reading robots.txt of " + h.key
	if !errs.Retryable(err) {
		return errs.Wrap(op, err)
	}
	return &errs.Error{
		Kind: errs.KindOf(err), Op: op, Err: err,
		Msg:  "nothing may be fetched until it can be read",
		Hint: "this is the server's trouble; try again later",
	}
}

// readRobots fetches and reads robots.txt as RFC 9309, section 2.3.1 has it:
// redirects are followed, also to other hosts; what isn't there forbids
// nothing; a server in trouble forbids everything for now.
func (c *Client) readRobots(ctx context.Context, h *host) (*robots, error) {
	u, err := url.Parse(h.key + "/robots.txt")
	if err != nil {
		return nil, err
	}
	for range 6 {
		at := c.hostOf(u)
		ans, _, err := c.exchange(ctx, at, &message{
			method: http.MethodGet, url: u, robots: true,
			maxBytes: maxRobotsBytes + 1, timeout: c.opts.Timeout,
		})
		if err != nil {
			return nil, err
		}
		next, err := ans.redirect(u)
		switch {
		case err != nil:
			return &robots{}, nil //nolint:nilerr // it leads nowhere, so there is none
		case next != nil:
			u = next
		case ans.status >= 200 && ans.status < 300:
			return parseRobots(ans.body), nil
		default:
			return &robots{}, nil
		}
	}
	return &robots{}, nil // RFC 9309: after five redirects it counts as not there
}

// checkRobots returns an error of the kind errs.Robots where the host's
// robots.txt forbids the URL.
func (c *Client) checkRobots(ctx context.Context, h *host, u *url.URL) error {
	rules, err := c.robots(ctx, h)
	if err != nil {
		return err
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	if ok, line := rules.test(path); !ok {
		return errs.New(errs.Robots, "robots.txt forbids it with %q for %q", line, rules.agent)
	}
	return nil
}
