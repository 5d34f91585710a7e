package api

import (
	"math"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"github.com/omakase-ai/omakase/core/errs"
)

// limiter lets each caller do so much a minute. It is safe for concurrent use;
// nil lets all through.
type limiter struct {
	perMinute int
	callers   *otter.Cache[string, *rate.Limiter]
}

// maxCallers bounds how many callers are remembered. Whoever is forgotten
// begins anew.
const maxCallers = 10_000

func newLimiter(perMinute int) *limiter {
	if perMinute <= 0 {
		return nil
	}
	return &limiter{perMinute, otter.Must(&otter.Options[string, *rate.Limiter]{
		MaximumSize:      maxCallers,
		ExpiryCalculator: otter.ExpiryAccessing[string, *rate.Limiter](2 * time.Minute),
	})}
}

// take counts a request of a caller. wait is how long to wait when it has had
// its share.
func (l *limiter) take(caller string) (wait time.Duration, ok bool) {
	if l == nil {
		return 0, true
	}
	fresh := rate.NewLimiter(rate.Limit(l.perMinute)/60, l.perMinute)
	known, added := l.callers.SetIfAbsent(caller, fresh)
	if added {
		known = fresh
	}
	r := known.Reserve()
	if wait = r.Delay(); wait == 0 {
		return 0, true
	}
	r.Cancel()
	return wait, false
}

// rateError is a caller that has had its share.
type rateError struct{ wait time.Duration }

func (e *rateError) Error() string { return "too many requests" }

func (e *rateError) write(c *fiber.Ctx) {
	seconds := int(math.Ceil(e.wait.Seconds()))
	c.Response().Header.Set(fiber.HeaderRetryAfter, strconv.Itoa(max(seconds, 1)))
	writeError(c.Context(), fiber.StatusTooManyRequests, problem{
		text: e.Error(), code: string(errs.RateLimited), hint: "try again in " + strconv.Itoa(max(seconds, 1)) + " s",
	})
}

// within refuses requests of callers beyond l.
func (s *Server) within(l *limiter, h handler) handler {
	if l == nil {
		return h
	}
	return func(c *fiber.Ctx, b *Backend) error {
		if wait, ok := l.take(c.Context().RemoteIP().String()); !ok {
			return &rateError{wait}
		}
		return h(c, b)
	}
}
