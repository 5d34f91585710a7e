package scrape_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/sqlite"
)

func TestCancel(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	entered := make(chan struct{})
	b.shop.answer(func(ctx context.Context, _ scrape.PageRequest) (scrape.PageReply, error) {
		close(entered)
		<-ctx.Done()
		return scrape.PageReply{}, ctx.Err()
	})
	j, err := b.Create(t.Context(), workspace, scrape.NewJob{URL: shopURL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Start(t.Context(), workspace, j.ID); err != nil {
		t.Fatal(err)
	}
	<-entered
	if _, err := b.Start(t.Context(), workspace, j.ID); !errs.Is(err, errs.Conflict) {
		t.Errorf("a second start: %v", err)
	}
	if j, err = b.Cancel(t.Context(), workspace, j.ID); err != nil || j.State != store.JobCancelled {
		t.Fatalf("%+v, %v", j, err)
	}
	if _, err := b.Cancel(t.Context(), workspace, j.ID); !errs.Is(err, errs.Conflict) {
		t.Errorf("a second cancel: %v", err)
	}
	b.shop.answer(pages(drafts(0, 5)))
	if j, err = b.Execute(t.Context(), workspace, j.ID); err != nil || j.State != store.JobCompleted {
		t.Errorf("after the cancel: %+v, %v", j, err)
	}
}

// A host that stops leaves its jobs to the next one, at the page where it was.
func TestStopAndResume(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	entered := make(chan struct{})
	list := pages(drafts(0, 10), drafts(10, 20))
	first := on(t, path, &shop{}, nil)
	first.shop.answer(func(ctx context.Context, r scrape.PageRequest) (scrape.PageReply, error) {
		if r.Cursor == "1" {
			close(entered)
			<-ctx.Done()
			return scrape.PageReply{}, ctx.Err()
		}
		return list(ctx, r)
	})
	j, err := first.Create(t.Context(), workspace, scrape.NewJob{URL: shopURL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Start(t.Context(), workspace, j.ID); err != nil {
		t.Fatal(err)
	}
	<-entered
	first.stop()

	shop := &shop{page: list}
	second := on(t, path, shop, nil)
	for j.State != store.JobCompleted {
		if j, err = second.store.Job(t.Context(), workspace, j.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	expect(t, j, store.JobCompleted, store.Counts{Extracted: 20, Imported: 20})
	if len(shop.asked) != 1 || shop.asked[0].Cursor != "1" {
		t.Errorf("asked %+v", shop.asked)
	}
}

// A host that stops lets the page that runs finish.
func TestStopFinishesThePage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	entered, leave := make(chan struct{}), make(chan struct{})
	list := pages(drafts(0, 10), drafts(10, 20), drafts(20, 30))
	first := on(t, path, &shop{}, func(o *scrape.Options) { o.Grace = time.Minute })
	first.shop.answer(func(ctx context.Context, r scrape.PageRequest) (scrape.PageReply, error) {
		if r.Cursor == "1" {
			close(entered)
			<-leave
		}
		return list(ctx, r)
	})
	j, err := first.Create(t.Context(), workspace, scrape.NewJob{URL: shopURL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Start(t.Context(), workspace, j.ID); err != nil {
		t.Fatal(err)
	}
	<-entered
	time.AfterFunc(100*time.Millisecond, func() { close(leave) })
	first.stop()

	shop := &shop{page: list}
	second := on(t, path, shop, nil)
	for j.State != store.JobCompleted {
		if j, err = second.store.Job(t.Context(), workspace, j.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	expect(t, j, store.JobCompleted, store.Counts{Extracted: 30, Imported: 30})
	if len(shop.asked) != 1 || shop.asked[0].Cursor != "2" {
		t.Errorf("asked %+v", shop.asked)
	}
}

// A host that is killed leaves a lease behind; the next one on the same file
// knows that nobody holds it.
func TestResumeAtOnceAfterACrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	st, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	j := store.Job{ID: "scrape_1_a", Workspace: workspace, URL: shopURL, Shop: "shop.example", State: store.JobPending}
	if err := st.CreateJob(t.Context(), nil, &j); err != nil {
		t.Fatal(err)
	}
	if _, err := st.ClaimJob(t.Context(), j.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	b := on(t, path, &shop{page: pages(drafts(0, 10))}, nil)
	for began := time.Now(); j.State != store.JobCompleted; time.Sleep(10 * time.Millisecond) {
		if j, err = b.store.Job(t.Context(), workspace, j.ID); err != nil {
			t.Fatal(err)
		}
		if time.Since(began) > 10*time.Second {
			t.Fatalf("the job rests: %+v", j)
		}
	}
}
