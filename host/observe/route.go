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
// from a cache, and at the first request, because a server has many routes and
// is judged by how fast it starts.
type Route struct {
	metrics *Metrics
	labels  prometheus.Labels
	resolve sync.Once

	requests *prometheus.CounterVec // by status
	duration prometheus.Observer

	seen atomic.Pointer[[]statusCounter]
	grow sync.Mutex
}

type statusCounter struct {
	status  int
	counter prometheus.Counter
}

// Route counts a route such as "/api/products/:id".
func (m *Metrics) Route(method, template string) *Route {
	if m == nil {
		return nil
	}
	return &Route{metrics: m, labels: prometheus.Labels{"method": method, "route": template}}
}

// Begin counts a request as being answered, until Done.
func (r *Route) Begin() {
	if r == nil {
		return
	}
	r.resolve.Do(func() {
		r.requests = r.metrics.requests.MustCurryWith(r.labels)
		r.duration = r.metrics.duration.With(r.labels)
		r.seen.Store(&[]statusCounter{})
	})
	r.metrics.inFlight.Inc()
}

// Done counts the answer of a request that Begin counted.
func (r *Route) Done(status int, took time.Duration) {
	if r == nil {
		return
	}
	r.metrics.inFlight.Dec()
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
