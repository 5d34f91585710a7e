package scrape_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/queue"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/sqlite"
)

const (
	workspace = "default"
	shopURL   = "https://shop.example/"
)

// shop is a scraper whose pages a test writes. The cursor is the page's number.
type shop struct {
	mu    sync.Mutex
	page  func(ctx context.Context, r scrape.PageRequest) (scrape.PageReply, error)
	asked []scrape.PageRequest
	known map[string]scrape.Validators
}

func (*shop) ID() string { return "scraper.test" }

func (*shop) Detect(context.Context, scrape.Probe) (int, string, error) { return 100, "a test", nil }

func (s *shop) Open(_ context.Context, o scrape.SessionOptions) (scrape.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = o.Known
	return s, nil
}

func (s *shop) Page(ctx context.Context, r scrape.PageRequest) (scrape.PageReply, error) {
	s.mu.Lock()
	s.asked = append(s.asked, r)
	page := s.page
	s.mu.Unlock()
	return page(ctx, r)
}

func (*shop) Close() {}

func (s *shop) Route(context.Context, scrape.RouteQuery) (scrape.Scraper, string, error) {
	return s, "a test", nil
}

func (s *shop) answer(page func(ctx context.Context, r scrape.PageRequest) (scrape.PageReply, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.page, s.asked = page, nil
}

// pages serves drafts by number, three pages of them by default.
func pages(list ...[]catalog.Draft) func(context.Context, scrape.PageRequest) (scrape.PageReply, error) {
	return func(_ context.Context, r scrape.PageRequest) (scrape.PageReply, error) {
		n := 0
		_, _ = fmt.Sscan(r.Cursor, &n) // "" is page 0
		reply := scrape.PageReply{Drafts: list[n]}
		if n+1 < len(list) {
			reply.Next = fmt.Sprint(n + 1)
		}
		return reply, nil
	}
}

func drafts(from, to int) (list []catalog.Draft) {
	for i := from; i < to; i++ {
		list = append(list, catalog.Draft{PlatformID: fmt.Sprint(i), Name: fmt.Sprintf("Cup %d", i), Price: "100", Currency: "JPY"})
	}
	return list
}

// bench is a service on a real store and queue.
type bench struct {
	*scrape.Service
	t     *testing.T
	store store.Store
	shop  *shop
	stop  func()
}

func setup(t *testing.T, change func(*scrape.Options)) *bench {
	t.Helper()
	return on(t, filepath.Join(t.TempDir(), "test.db"), &shop{}, change)
}

// on starts a service on a database that may have been used before.
func on(t *testing.T, path string, shop *shop, change func(*scrape.Options)) *bench {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	q, err := queue.New(st, queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := scrape.Options{Store: st, Queue: q, Router: shop, Alone: true, RetryDelay: time.Millisecond, Grace: 50 * time.Millisecond}
	if change != nil {
		change(&o)
	}
	s := scrape.New(o)
	if err := q.Start(context.Background(), 4); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { s.Run(ctx, nil); close(done) }()
	b := &bench{Service: s, t: t, store: st, shop: shop}
	b.stop = sync.OnceFunc(func() {
		cancel()
		<-done
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(b.stop)
	return b
}

// run imports the shop and returns how that ended.
func (b *bench) run(n scrape.NewJob) store.Job {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	n.URL = shopURL
	j, err := b.Create(ctx, workspace, n)
	if err != nil {
		b.t.Fatal(err)
	}
	if j, err = b.Execute(ctx, workspace, j.ID); err != nil {
		b.t.Fatal(err)
	}
	return j
}

func (b *bench) count() int {
	b.t.Helper()
	n, err := b.store.CountProducts(b.t.Context(), workspace)
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func expect(t *testing.T, j store.Job, state store.JobState, want store.Counts) {
	t.Helper()
	if diff := cmp.Diff(want, j.Counts); j.State != state || diff != "" {
		t.Errorf("%s (%s %s), want %s:\n%s", j.State, j.Code, j.Error, state, diff)
	}
}

func TestWalk(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.shop.answer(pages(drafts(0, 10), drafts(10, 20), drafts(20, 25)))
	j := b.run(scrape.NewJob{})
	expect(t, j, store.JobCompleted, store.Counts{Extracted: 25, Imported: 25})
	if j.Pages != 3 || j.Plugin != "scraper.test" || j.Reason != "a test" || j.FinishedAt == nil {
		t.Errorf("%+v", j)
	}

	b.shop.answer(pages(drafts(5, 15), drafts(15, 30)))
	j = b.run(scrape.NewJob{})
	expect(t, j, store.JobCompleted, store.Counts{Extracted: 25, Imported: 5, Unchanged: 20, Vanished: 5})
}

func TestOverlappingPagesCountOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.shop.answer(pages(drafts(0, 10), drafts(7, 17), drafts(0, 20)))
	expect(t, b.run(scrape.NewJob{}), store.JobCompleted, store.Counts{Extracted: 20, Imported: 20})
	if n := b.count(); n != 20 {
		t.Errorf("%d products", n)
	}
}

func TestRejectedDrafts(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	bad := drafts(0, 3)
	bad[1].Name = ""
	bad[2].Price = "abc"
	b.shop.answer(pages(bad))
	j := b.run(scrape.NewJob{})
	expect(t, j, store.JobCompleted, store.Counts{Extracted: 3, Imported: 1, Rejected: 2})
	list, err := b.store.Rejections(t.Context(), j.ID, 10)
	if err != nil || len(list) != 2 || !strings.Contains(list[0].Reason, "name") || !strings.Contains(list[1].Reason, "price") {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestMax(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.shop.answer(pages(drafts(0, 10), drafts(10, 20)))
	b.run(scrape.NewJob{})
	b.shop.answer(pages(drafts(0, 10), drafts(10, 20)))
	j := b.run(scrape.NewJob{Max: 4})
	expect(t, j, store.JobCompleted, store.Counts{Extracted: 4, Unchanged: 4})
	if len(b.shop.asked) != 1 {
		t.Errorf("%d pages asked for", len(b.shop.asked))
	}
}

// A page that fails for a while is asked for again; the walk goes on there.
func TestRetry(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	list, failures := pages(drafts(0, 10), drafts(10, 20), drafts(20, 30)), 0
	b.shop.answer(func(ctx context.Context, r scrape.PageRequest) (scrape.PageReply, error) {
		if r.Cursor == "1" && failures < 3 {
			failures++
			return scrape.PageReply{}, errs.New(errs.RateLimited, "slow down")
		}
		return list(ctx, r)
	})
	j := b.run(scrape.NewJob{})
	expect(t, j, store.JobCompleted, store.Counts{Extracted: 30, Imported: 30})
	if j.Attempts != 0 || j.Error != "" {
		t.Errorf("%+v", j)
	}
}

// A page that fails for good ends the job with its reason and what was read
// so far; a retry goes on there.
func TestFailAndGoOn(t *testing.T) {
	t.Parallel()
	for _, kind := range []errs.Kind{errs.Blocked, errs.Unavailable} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := setup(t, nil)
			list := pages(drafts(0, 10), drafts(10, 20))
			b.shop.answer(func(ctx context.Context, r scrape.PageRequest) (scrape.PageReply, error) {
				if r.Cursor == "1" {
					return scrape.PageReply{}, errs.New(kind, "no more").WithHint("wait")
				}
				return list(ctx, r)
			})
			j := b.run(scrape.NewJob{})
			expect(t, j, store.JobFailed, store.Counts{Extracted: 10, Imported: 10})
			if j.Code != string(kind) || !strings.Contains(j.Error, "no more (wait)") || !j.Partial {
				t.Errorf("%+v", j)
			}
			b.shop.answer(list)
			j, err := b.Execute(t.Context(), workspace, j.ID)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, j, store.JobCompleted, store.Counts{Extracted: 20, Imported: 20})
			if first := b.shop.asked[0].Cursor; first != "1" {
				t.Errorf("it began again at %q", first)
			}
		})
	}
}

func TestScraperThatDoesNotMove(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.shop.answer(func(_ context.Context, r scrape.PageRequest) (scrape.PageReply, error) {
		return scrape.PageReply{Drafts: drafts(0, 1), Next: "again"}, nil
	})
	if j := b.run(scrape.NewJob{}); j.State != store.JobFailed || j.Code != string(errs.BadData) {
		t.Errorf("%+v", j)
	}
}

// What pages only refer to is fetched afterwards, in batches, once, and not at
// all when it is known to be unchanged.
func TestRefs(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	walk := func(_ context.Context, r scrape.PageRequest) (scrape.PageReply, error) {
		var reply scrape.PageReply
		for _, ref := range r.Refs {
			d := drafts(0, 1)[0]
			d.PlatformID, d.Handle, d.UpdatedAt = "id-"+ref.Key, ref.Key, ref.UpdatedAt
			reply.Drafts = append(reply.Drafts, d)
		}
		if len(r.Refs) == 0 {
			for i := range 45 {
				reply.Refs = append(reply.Refs, store.Ref{Key: fmt.Sprint("h", i%30), URL: shopURL, UpdatedAt: "2026-01-01"})
			}
		}
		return reply, nil
	}
	b.shop.answer(walk)
	expect(t, b.run(scrape.NewJob{}), store.JobCompleted, store.Counts{Extracted: 30, Imported: 30})
	if n := len(b.shop.asked); n != 4 {
		t.Errorf("%d calls, want a page and batches of 3, 20 and 7", n)
	}
	b.shop.answer(walk)
	expect(t, b.run(scrape.NewJob{}), store.JobCompleted, store.Counts{Extracted: 30, Unchanged: 30})
	if n := len(b.shop.asked); n != 1 {
		t.Errorf("%d calls although nothing has changed", n)
	}
}

// "Not modified" stands for the page's products, as long as they are all
// stored as the page left them.
func TestUnchangedPages(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	list := pages(drafts(0, 10), drafts(10, 20))
	tagged := func(ctx context.Context, r scrape.PageRequest) (scrape.PageReply, error) {
		reply, err := list(ctx, r)
		reply.Source = shopURL + "?page=" + r.Cursor
		reply.Fresh = scrape.Validators{ETag: "v1"}
		if b.shop.known[reply.Source].ETag == "v1" {
			return scrape.PageReply{Unchanged: true, Source: reply.Source}, err
		}
		return reply, err
	}
	b.shop.answer(tagged)
	b.run(scrape.NewJob{})
	b.shop.answer(tagged)
	expect(t, b.run(scrape.NewJob{}), store.JobCompleted, store.Counts{Extracted: 20, Unchanged: 20})
	if len(b.shop.known) != 2 {
		t.Errorf("known pages: %v", b.shop.known)
	}
	page, err := b.store.ListProducts(t.Context(), workspace, store.ListQuery{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	id := strings.Split(string(page.Docs[0]), `"`)[3]
	if err := b.store.DeleteProduct(t.Context(), workspace, id); err != nil {
		t.Fatal(err)
	}
	b.shop.answer(tagged)
	expect(t, b.run(scrape.NewJob{}), store.JobCompleted, store.Counts{Extracted: 20, Imported: 1, Unchanged: 19})
	if len(b.shop.known) != 1 {
		t.Errorf("a page that lost a product is still known: %v", b.shop.known)
	}
}

// A partial walk marks nothing as vanished.
func TestPartialWalk(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.shop.answer(pages(drafts(0, 10)))
	b.run(scrape.NewJob{})
	b.shop.answer(func(context.Context, scrape.PageRequest) (scrape.PageReply, error) {
		return scrape.PageReply{Drafts: drafts(0, 3), Partial: true, Notes: []string{"the rest is closed"}}, nil
	})
	j := b.run(scrape.NewJob{})
	expect(t, j, store.JobCompleted, store.Counts{Extracted: 3, Unchanged: 3})
	if !j.Partial || len(j.Notes) != 1 {
		t.Errorf("%+v", j)
	}
}

// A long import gives way after each slice and still counts exactly.
func TestSlices(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *scrape.Options) { o.Slice = time.Nanosecond })
	b.shop.answer(pages(drafts(0, 10), drafts(5, 15), drafts(10, 20), drafts(20, 21)))
	expect(t, b.run(scrape.NewJob{}), store.JobCompleted, store.Counts{Extracted: 21, Imported: 21})
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.shop.answer(pages(drafts(0, 5)))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	other := scrape.New(scrape.Options{Store: b.store, Queue: nothing{}, Router: b.shop, Bus: nil})
	go func() {
		other.Run(ctx, []scrape.Schedule{{Workspace: workspace, Job: scrape.NewJob{URL: shopURL}, Every: time.Hour}})
		close(done)
	}()
	var jobs []store.Job
	for len(jobs) == 0 {
		var err error
		if jobs, _, err = b.store.ListJobs(t.Context(), workspace, store.JobQuery{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	<-done
	if len(jobs) != 1 || jobs[0].URL != shopURL {
		t.Errorf("%+v", jobs)
	}
}

// nothing is a queue that forgets.
type nothing struct{}

func (nothing) Enqueue(context.Context, store.Tx, queue.Task) error { return nil }
func (nothing) Register(string, queue.Handler)                      {}
func (nothing) Start(context.Context, int) error                    { return nil }
func (nothing) Stop(context.Context) error                          { return nil }

func TestWrongInput(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for _, n := range []scrape.NewJob{{URL: "nope"}, {URL: "file:///etc/passwd"}, {URL: shopURL, Max: -1}} {
		if _, err := b.Create(t.Context(), workspace, n); !errs.Is(err, errs.Invalid) {
			t.Errorf("%+v: %v", n, err)
		}
	}
	if _, err := b.Start(t.Context(), workspace, "nope"); !errs.Is(err, errs.NotFound) {
		t.Errorf("an unknown job: %v", err)
	}
	if _, err := b.Cancel(t.Context(), "other", "nope"); !errs.Is(err, errs.NotFound) {
		t.Errorf("an unknown job: %v", err)
	}
}
