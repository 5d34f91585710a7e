package capability

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/omakase-ai/omakase/host/fetch"
)

// maxAhead is how many fetches a session holds that nobody has asked for yet.
const maxAhead = 2

// prefetch is a fetch that began before it was asked for.
type prefetch struct {
	request *fetch.Request
	cancel  context.CancelFunc
	done    chan struct{} // closed when resp and err are there
	resp    *fetch.Response
	err     error
}

// prefetch begins a fetch in the background. The host's politeness is the same
// as for any other.
func (s *Session) prefetch(r *fetch.Request) {
	if slices.ContainsFunc(s.ahead, func(p *prefetch) bool { return p.answers(r) }) {
		return
	}
	if len(s.ahead) >= maxAhead {
		s.ahead[0].cancel()
		s.ahead = slices.Delete(s.ahead, 0, 1)
	}
	ctx, cancel := context.WithCancel(s.ctx)
	p := &prefetch{request: r, cancel: cancel, done: make(chan struct{})}
	s.ahead = append(s.ahead, p)
	s.work.Go(func() {
		defer cancel()
		defer close(p.done)
		p.resp, p.err = s.functions.Fetch.Fetch(ctx, r)
	})
}

// answers reports whether the result of p is one for r.
func (p *prefetch) answers(r *fetch.Request) bool {
	return r.Method == http.MethodGet && p.request.URL == r.URL && p.request.Timeout == r.Timeout &&
		maps.EqualFunc(p.request.Header, r.Header, slices.Equal)
}

// fetch fetches, or takes what was prefetched.
func (s *Session) fetch(ctx context.Context, r *fetch.Request) (*fetch.Response, error) {
	i := slices.IndexFunc(s.ahead, func(p *prefetch) bool { return p.answers(r) })
	if i < 0 {
		return s.functions.Fetch.Fetch(ctx, r)
	}
	p := s.ahead[i]
	s.ahead = slices.Delete(s.ahead, i, i+1)
	select {
	case <-p.done:
		return p.resp, p.err
	case <-ctx.Done():
		p.cancel()
		return nil, ctx.Err()
	}
}
