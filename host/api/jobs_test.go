package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/api"
)

const jobs = "/api/scraper/jobs"

func (h *host) newJob(t *testing.T, body string) string {
	t.Helper()
	return field(t, h.exchange(t, scenario{method: post, path: jobs, body: body, status: 201}), "job", "id")
}

func TestJobLife(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.run(scenario{path: jobs, status: 200, want: `{"success":true,"count":0,"jobs":[]}`})
	id := field(t, h.exchange(t, scenario{
		method: post, path: jobs, status: 201, body: `{"url":" https://shop.example/collections/all ","options":{"maxProducts":2,"x":[1]}}`,
		want: `{"success":true,"message":"Job created. Use POST /api/scraper/jobs/:id/execute to start.","job":{"status":"pending","progress":0,
			"config":{"url":"https://shop.example/collections/all","storeType":"shopify","options":{"maxProducts":2,"x":[1]}}}}`,
	}), "job", "id")
	path := jobs + "/" + id
	const result = `{"success":true,"productsExtracted":3,"productsImported":2,"errors":[],
		"counts":{"extracted":3,"imported":2,"updated":0,"unchanged":0,"rejected":1,"vanished":0},
		"summary":{"categories":{"Tea":1,"Chocolate":1},"priceRange":{"min":880.5,"max":1200},"outOfStockCount":1}}`
	pending := h.exchange(t, scenario{path: path, status: 200, want: `{"job":{"status":"pending"}}`})
	if strings.Contains(string(pending), `"result"`) || strings.Contains(string(pending), `"productsImported"`) {
		t.Errorf("a job that has not run has a result: %s", pending)
	}
	h.run(
		scenario{method: post, path: path + "/retry", status: 409, want: `{"code":"conflict"}`},
		scenario{method: post, path: path + "/execute", status: 200, want: `{"success":true,"result":` + result + `}`, lacks: []string{"error"}},
		scenario{path: path, status: 200, want: `{"job":{"status":"completed","progress":100,"result":` + result + `}}`},
		scenario{method: post, path: path + "/execute", status: 409, want: `{"error":"Job already completed","code":"conflict","result":` + result + `}`},
		scenario{method: post, path: path + "/start", status: 409, want: `{"code":"conflict"}`},
		scenario{method: post, path: path + "/cancel", status: 409, want: `{"code":"conflict"}`},
		scenario{path: path + "/rejections", status: 200, want: `{"count":1,"rejections":[{"platformId":"7","name":"Odd","reason":"name is empty"}]}`},
		scenario{path: jobs, status: 200, want: `{"count":1,"jobs":[{"status":"completed","progress":100,"productsImported":2}]}`},
		scenario{name: "elsewhere", path: path, header: map[string]string{"X-Workspace-Id": "other"}, status: 404, want: `{"error":"Job not found"}`},
		scenario{method: del, path: jobs, status: 200, want: `{"success":true,"message":"All jobs cleared"}`},
		scenario{path: jobs, status: 200, want: `{"count":0}`},
	)
}

func TestFailedJobSaysSo(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.jobs.outcome = shopDown
	path := jobs + "/" + h.newJob(t, `{"url":"https://shop.example/","storeType":"general_ec"}`)
	want := `{"success":false,"error":"reading page 1: the shop answered 503","result":{"success":false,"productsImported":0,"code":"unavailable",
		"errors":["reading page 1: the shop answered 503"],"summary":{"categories":{},"priceRange":{"min":0,"max":0},"outOfStockCount":0}}}`
	h.run(
		scenario{method: post, path: path + "/execute", status: 200, want: want},
		scenario{path: path, status: 200, want: `{"job":{"status":"failed","progress":100,"config":{"storeType":"general_ec"}}}`},
		scenario{name: "once more", method: post, path: path + "/execute", status: 200, want: want},
		scenario{method: post, path: path + "/retry", status: 202, want: `{"success":true,"job":{"status":"running"}}`},
		scenario{method: post, path: path + "/execute", status: 409, want: `{"error":"Job is already running"}`, lacks: []string{"result"}},
		scenario{method: post, path: path + "/cancel", status: 200, want: `{"job":{"status":"cancelled"}}`},
	)
}

func TestImport(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.run(scenario{
		method: post, path: "/api/scraper/import", body: `{"url":"https://shop.example/"}`, status: 200, lacks: []string{"errors"},
		want: `{"success":true,"productsExtracted":3,"productsImported":2,"summary":{"outOfStockCount":1}}`,
	})
	h.jobs.outcome = shopDown
	h.run(scenario{
		name: "shop down", method: post, path: "/api/scraper/import", body: `{"url":"https://shop.example/"}`, status: 200,
		want: `{"success":false,"productsExtracted":0,"errors":["reading page 1: the shop answered 503"],"code":"unavailable"}`,
	})
}

func TestWrongJobsAreRefused(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	for body, says := range map[string]string{
		``:                              "Request body is required",
		`{}`:                            "URL is required",
		`{"url":""}`:                    "URL is required",
		`{"url":"  "}`:                  "URL is required",
		`{"url":null}`:                  "URL is required",
		`{"url":"nope"}`:                "Invalid URL format",
		`{"url":"::::"}`:                "Invalid URL format",
		`{"url":"ftp://shop.example/"}`: "Invalid URL format",
		`{"url":"https://"}`:            "Invalid URL format",
		`{"url":"javascript:alert(1)"}`: "Invalid URL format",
		`{"url":5}`:                     "url must be a string",
		`{"url":"https://s.example","storeType":5}`:                          "storeType must be a string",
		`{"url":"https://s.example","plugin":{}}`:                            "plugin must be a string",
		`{"url":"https://s.example","options":[]}`:                           "options must be an object",
		`{"url":"https://s.example","options":{"maxProducts":-1}}`:           "options.maxProducts must not be negative",
		`{"url":"https://s.example","options":{"maxProducts":"5"}}`:          "options.maxProducts must be a number",
		`{"url":"https://s.example","options":{"maxProducts":1.5}}`:          "options.maxProducts must be a whole number",
		`{"url":"https://s.example","options":{"extractVariants":1}}`:        "options.extractVariants must be true or false",
		`{"url":"https://s.example","options":{"categoryFilter":7}}`:         "options.categoryFilter must be a string",
		`{"url":"https://s.example","options":{"x":"` + long(20_000) + `"}}`: "options is longer",
		`{"url":"https://s.example/` + long(5000) + `"}`:                     "url is longer",
	} {
		for _, path := range []string{jobs, "/api/scraper/import"} {
			answer := h.exchange(t, scenario{method: post, path: path, body: body, status: 400, want: `{"code":"invalid_request"}`})
			if got := field(t, answer, "error"); !strings.HasPrefix(got, says) {
				t.Errorf("%s %.60s: %q, want %q", path, body, got, says)
			}
		}
	}
	h.run(scenario{path: jobs, status: 200, want: `{"count":0}`})
	for _, sc := range []scenario{
		{path: jobs + "/nope"},
		{method: post, path: jobs + "/nope/execute"},
		{method: post, path: jobs + "/nope/start"},
		{method: post, path: jobs + "/nope/retry"},
		{method: post, path: jobs + "/nope/cancel"},
		{path: jobs + "/nope/events"},
		{path: jobs + "/nope/rejections"},
	} {
		sc.status, sc.want = 404, `{"error":"Job not found","code":"not_found"}`
		h.run(sc)
	}
}

func long(n int) string { return strings.Repeat("a", n) }

// event is one server-sent event.
type event struct {
	name string
	job  struct {
		Status   string
		Progress int
	}
}

// watch reads the events of a job until the stream ends.
func (h *host) watch(t *testing.T, id string) <-chan event {
	t.Helper()
	rq, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+jobs+"/"+id+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := h.client.Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	if got := rs.Header.Get("Content-Type"); rs.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("status %d, type %s", rs.StatusCode, got)
	}
	events := make(chan event, 16)
	go func() {
		defer close(events)
		defer rs.Body.Close()
		var e event
		for lines := bufio.NewScanner(rs.Body); lines.Scan(); {
			switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
			case "event":
				e.name = value
			case "data":
				if json.Unmarshal([]byte(value), &e.job) == nil {
					events <- e
				}
			}
		}
	}()
	return events
}

// readPage adds a page of products to a running job.
func (h *host) readPage(t *testing.T, id string, products, total int) {
	t.Helper()
	j, err := h.store.Job(t.Context(), "default", id)
	if err != nil {
		t.Fatal(err)
	}
	page := store.PageCommit{JobID: id, Epoch: j.Epoch, Cursor: j.Cursor, Phase: j.Phase, Next: "2", Total: total}
	for i := range products {
		page.Products = append(page.Products, shopProduct(j, i, "Cake"))
	}
	if j, err = h.store.ApplyPage(t.Context(), page, nil); err != nil {
		t.Fatal(err)
	}
	h.jobs.publish(j)
}

func next(t *testing.T, events <-chan event) (event, bool) {
	t.Helper()
	select {
	case e, open := <-events:
		return e, open
	case <-time.After(time.Minute):
		t.Fatal("no event")
		return event{}, false
	}
}

func TestJobEvents(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	id := h.newJob(t, `{"url":"https://shop.example/"}`)
	events := h.watch(t, id)
	if e, _ := next(t, events); e.name != "progress" || e.job.Status != "pending" {
		t.Fatalf("first event: %+v", e)
	}
	h.exchange(t, scenario{method: post, path: jobs + "/" + id + "/start", status: 202})
	if e, _ := next(t, events); e.name != "progress" || e.job.Status != "running" {
		t.Fatalf("second event: %+v", e)
	}
	h.readPage(t, id, 10, 40)
	if e, _ := next(t, events); e.job.Progress != 25 {
		t.Fatalf("third event: %+v", e)
	}
	if _, err := h.jobs.finish("default", id); err != nil {
		t.Fatal(err)
	}
	if e, _ := next(t, events); e.name != "end" || e.job.Status != "completed" || e.job.Progress != 100 {
		t.Fatalf("last event: %+v", e)
	}
	if e, open := next(t, events); open {
		t.Fatalf("an event after the end: %+v", e)
	}
	if e, _ := next(t, h.watch(t, id)); e.name != "end" {
		t.Errorf("a job that has ended begins with %+v", e)
	}
	h.run(scenario{
		name: "a browser that comes back", path: jobs + "/" + id + "/events", status: 204,
		header: map[string]string{"Last-Event-ID": "end"},
	})
}

func TestEventsShowWhatAnotherHostChanged(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	id := h.newJob(t, `{"url":"https://shop.example/"}`)
	events := h.watch(t, id)
	next(t, events)
	if _, err := h.store.CancelJob(t.Context(), "default", id); err != nil { // past the bus
		t.Fatal(err)
	}
	if e, _ := next(t, events); e.name != "end" || e.job.Status != "cancelled" {
		t.Errorf("got %+v", e)
	}
}

func TestShutdownEndsStreamsAndWaits(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.jobs.hold = make(chan struct{})
	id := h.newJob(t, `{"url":"https://shop.example/"}`)
	events := h.watch(t, id)
	next(t, events)
	executed := make(chan int, 1)
	go func() { executed <- statusOf(t, h, post, jobs+"/"+id+"/execute", "") }()
	if e, _ := next(t, events); e.job.Status != "running" {
		t.Fatalf("got %+v", e)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := h.api.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if status := <-executed; status != http.StatusServiceUnavailable {
		t.Errorf("a client that waited for an import got %d", status)
	}
	if e, open := next(t, events); open {
		t.Errorf("the stream went on: %+v", e)
	}
}
