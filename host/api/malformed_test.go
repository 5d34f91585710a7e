package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/omakase-ai/omakase/docs"
	"github.com/omakase-ai/omakase/host/api"
)

// malformed is a request that docs/openapi.yaml does not allow.
type malformed struct {
	what   string // is wrong with it
	method string
	path   string
	header http.Header
	body   []byte
}

// TestMalformedRequests sends requests that are made of the document and then
// broken in one of many ways: each answer is a JSON error with a status of 4xx,
// nothing is written, and the process does not grow. OMAKASE_MALFORMED says how
// many; the seed is that of the test's name, so that a failure comes again.
func TestMalformedRequests(t *testing.T) {
	h := start(t, api.Options{Voice: api.Voice{Secrets: &minter{}}})
	n := 600
	if text := os.Getenv("OMAKASE_MALFORMED"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"Tea","stockQuantity":3}`, status: 201})
	before := h.everything(t)
	g := newBreaker(t)
	h.refuses(t, g, n/10) // what is made once is there
	size := measure()
	statuses := h.refuses(t, g, n)
	h.client.CloseIdleConnections()
	if grown := growth(size); grown != "" {
		t.Errorf("after %d requests %s", n, grown)
	}
	if after := h.everything(t); after != before {
		t.Errorf("malformed requests wrote:\n%s\nbefore:\n%s", after, before)
	}
	t.Logf("%d requests: statuses %v, faults %v", n, statuses, g.made)
}

// everything is what lists tell of the store.
func (h *host) everything(t *testing.T) string {
	var all strings.Builder
	for _, path := range []string{"/api/products", "/api/scraper/jobs", "/api/knowledge/faqs", "/api/knowledge/import/history", "/api/prompts/store-context", "/api/orders"} {
		all.Write(h.exchange(t, scenario{path: path, status: 200}))
		all.WriteByte('\n')
	}
	return all.String()
}

func (h *host) refuses(t *testing.T, g *breaker, n int) map[int]int {
	statuses := map[int]int{}
	for i := range n {
		m := g.next()
		rq, err := http.NewRequestWithContext(t.Context(), m.method, h.url, bytes.NewReader(m.body))
		if err != nil {
			t.Fatal(err)
		}
		rq.URL.Opaque = m.path // as it is: net/url would mend it
		rq.Header = m.header
		rs, err := h.client.Transport.RoundTrip(rq)
		if err != nil {
			t.Errorf("%d: %s %s, %s: %v", i, m.method, m.path, m.what, err)
			continue
		}
		answer, err := io.ReadAll(rs.Body)
		_ = rs.Body.Close()
		statuses[rs.StatusCode]++
		if err != nil || rs.StatusCode < 400 || rs.StatusCode >= 500 || !says(m.path, answer) {
			t.Errorf("%d: %s %s %v, %s: %.300q is answered with %d %v %.300s", i, m.method, m.path, m.header, m.what, m.body, rs.StatusCode, err, answer)
		}
	}
	return statuses
}

// says reports whether an answer says what is wrong: in our form, and below
// /v1 in the provider's as well.
func says(path string, answer []byte) bool {
	var ours struct{ Error, Code string }
	var theirs struct {
		Error struct{ Message, Type string }
	}
	if strings.HasPrefix(path, "/v1/") && json.Unmarshal(answer, &theirs) == nil {
		return theirs.Error.Message != "" && theirs.Error.Type != ""
	}
	return json.Unmarshal(answer, &ours) == nil && ours.Error != "" && ours.Code != ""
}

// footprint is what a process may leave behind of a request.
type footprint struct {
	heap       uint64
	goroutines int
}

func measure() footprint {
	runtime.GC()
	runtime.GC() // pools are let go in two steps
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return footprint{m.HeapAlloc, runtime.NumGoroutine()}
}

// growth says what has grown, once everything has had time to end.
func growth(before footprint) string {
	const slack = 12 << 20 // buffers of connections, which are kept for the next
	var now footprint
	for range 50 {
		if now = measure(); now.goroutines <= before.goroutines+4 && now.heap <= before.heap+slack {
			return ""
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Sprintf("there are %d goroutines instead of %d, and %d KB instead of %d", now.goroutines, before.goroutines, now.heap>>10, before.heap>>10)
}

// breaker makes malformed requests.
type breaker struct {
	t          *testing.T
	r          *rand.Rand
	operations []described
	made       map[string]int
}

// described is an operation with its address.
type described struct {
	method, path string
	*openapi3.Operation
	parameters openapi3.Parameters // of the path too
}

func newBreaker(t *testing.T) *breaker {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(docs.OpenAPI))
	if err != nil {
		t.Fatal(err)
	}
	g := &breaker{t: t, r: rand.New(rand.NewPCG(1, 5000)), made: map[string]int{}}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			g.operations = append(g.operations, described{method, path, operation, slices.Concat(item.Parameters, operation.Parameters)})
		}
	}
	slices.SortFunc(g.operations, func(a, b described) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return g
}

// next returns a request that is wrong for sure.
func (g *breaker) next() malformed {
	for {
		o := g.operations[g.r.IntN(len(g.operations))]
		m := malformed{method: o.method, path: g.address(o.path), header: http.Header{}}
		var ok bool
		switch n := g.r.IntN(10); {
		case n < 2:
			ok = g.breakParameter(&o, &m)
		case o.RequestBody == nil:
		case o.RequestBody.Value.Content.Get("multipart/form-data") != nil && g.r.IntN(2) == 0:
			ok = g.breakMultipart(&m)
		case o.RequestBody.Value.Content.Get("application/json") != nil:
			ok = g.breakJSON(&o, &m)
		}
		if ok {
			g.made[m.what]++
			return m
		}
	}
}

// address fills the parameters of a path with names that nobody has.
func (g *breaker) address(path string) string {
	return placeholders.ReplaceAllStringFunc(path, func(string) string { return "nobody-" + strconv.Itoa(g.r.IntN(1000)) })
}
