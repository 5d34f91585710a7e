package observe

import (
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Route counts the requests of one method and route template. Its counters are
// resolved once, because looking them up by label costs more than answering
// from a cache.
type Route struct {
	requests *prometheus.CounterVec // by status
	duration prometheus.Observer
	inFlight prometheus.Gauge

	seen atomic.Pointer[[]statusCounter]
	grow sync.Mutex
}

type statusCounter struct {
	status  int
	counter prometheus.Counter
}

// Route resolves the counters of a route such as "/api/products/:id".
func (m *Metrics) Route(method, template string) *Route {
	if m == nil {
		return nil
	}
	labels := prometheus.Labels{"method": method, "route": template}
	r := &Route{
		requests: m.requests.MustCurryWith(labels),
		duration: m.duration.With(labels),
		inFlight: m.inFlight,
	}
	r.seen.Store(&[]statusCounter{})
	return r
}

// Begin counts a request as being answered, until Done.
func (r *Route) Begin() {
	if r != nil {
		r.inFlight.Inc()
	}
}

// Done counts an answer.
func (r *Route) Done(status int, took time.Duration) {
	if r == nil {
		return
	}
	r.inFlight.Dec()
	r.counter(status).Inc()
	r.duration.Observe(took.Seconds())
}

// counter searches a list that holds the few statuses a route answers with,
// the most frequent first as a rule.
func (r *Route) counter(status int) prometheus.Counter {
	for _, s := range *r.seen.Load() {
		if s.status == status {
			return s.counter
		}
	}
	r.grow.Lock()
	defer r.grow.Unlock()
	seen := *r.seen.Load()
	for _, s := range seen {
		if s.status == status {
			return s.counter
		}
	}
	counter := r.requests.WithLabelValues(strconv.Itoa(status))
	grown := append(slices.Clone(seen), statusCounter{status, counter})
	r.seen.Store(&grown)
	return counter
}
