package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

var jobTests = map[string]func(*testing.T, *fixture){
	"lossless":             testJobLossless,
	"list":                 testJobList,
	"clear":                testClearJobs,
	"claim":                testClaim,
	"one running for shop": testOneRunning,
	"claim race":           testClaimRace,
	"lease":                testLease,
	"postpone":             testPostpone,
	"release":              testRelease,
	"cancel":               testCancel,
	"reset":                testReset,
	"abandoned":            testAbandoned,
}

const (
	shop  = "shop.example"
	lease = time.Minute
)

func (f *fixture) job(t *testing.T, workspace, shop string) store.Job {
	t.Helper()
	j := store.Job{Workspace: workspace, URL: "https://" + shop + "/", Shop: shop}
	must(t, f.CreateJob(t.Context(), nil, &j))
	return j
}

// running is a new job that was claimed.
func (f *fixture) running(t *testing.T, workspace, shop string) store.Job {
	t.Helper()
	j, err := f.ClaimJob(t.Context(), f.job(t, workspace, shop).ID, lease)
	must(t, err)
	must(t, f.RouteJob(t.Context(), j.ID, j.Epoch, "scraper.test", "it is a test"))
	j, err = f.Job(t.Context(), workspace, j.ID)
	must(t, err)
	return j
}

func testJobLossless(t *testing.T, f *fixture) {
	j := store.Job{
		Workspace: "w", URL: "https://shop.example/?q=茶", Shop: shop, StoreType: "shopify", Plugin: "scraper.x", Reason: "said so",
		Options: json.RawMessage(`{"maxProducts":5}`), Max: 5,
	}
	must(t, f.CreateJob(t.Context(), nil, &j))
	got, err := f.Job(t.Context(), "w", j.ID)
	must(t, err)
	equal(t, "job", got, j)
	if j.ID == "" || j.Seq == 0 || j.State != store.JobPending || !j.CreatedAt.Equal(f.clock.Now()) || got.CreatedAt.Location() != time.UTC {
		t.Fatalf("not filled in: %+v", got)
	}
	for _, id := range []struct{ workspace, id string }{{"v", j.ID}, {"w", "none"}, {"w", ""}, {"w", "\x00"}} {
		_, err = f.Job(t.Context(), id.workspace, id.id)
		wantKind(t, err, errs.NotFound)
	}
	again := j
	wantKind(t, f.CreateJob(t.Context(), nil, &again), errs.Conflict)
	wantKind(t, f.CreateJob(t.Context(), nil, &store.Job{Workspace: "w"}), errs.Invalid)
}

func testJobList(t *testing.T, f *fixture) {
	var ids []string
	for i := range 7 {
		ids = append(ids, f.job(t, "w", fmt.Sprintf("s%d.example", i%2)).ID)
		f.job(t, "v", "other.example")
	}
	_, err := f.CancelJob(t.Context(), "w", ids[2])
	must(t, err)
	backwards := []string{ids[6], ids[5], ids[4], ids[3], ids[2], ids[1], ids[0]}
	for _, tc := range []struct {
		name string
		q    store.JobQuery
		want []string
	}{
		{"all", store.JobQuery{}, ids},
		{"newest", store.JobQuery{Newest: true}, backwards},
		{"shop", store.JobQuery{Shop: "s1.example"}, []string{ids[1], ids[3], ids[5]}},
		{"state", store.JobQuery{State: store.JobCancelled}, []string{ids[2]}},
		{"both", store.JobQuery{Shop: "s1.example", State: store.JobCancelled}, nil},
	} {
		for _, limit := range []int{0, 1, 2, 7} {
			q := tc.q
			q.Limit = limit
			var got []string
			for {
				jobs, next, err := f.ListJobs(t.Context(), "w", q)
				must(t, err)
				for _, j := range jobs {
					got = append(got, j.ID)
				}
				if q.Cursor = next; next == "" {
					break
				}
			}
			equal(t, fmt.Sprintf("%s by %d", tc.name, limit), got, tc.want)
		}
	}
}

func testClearJobs(t *testing.T, f *fixture) {
	f.job(t, "w", "pending.example")
	done := f.running(t, "w", "done.example")
	_, err := f.ApplyPage(t.Context(), store.PageCommit{JobID: done.ID, Epoch: done.Epoch, Rejections: []store.Rejection{{Reason: "no name"}}}, nil)
	must(t, err)
	_, err = f.FinishJob(t.Context(), done.ID, done.Epoch, store.Outcome{State: store.JobCompleted}, nil)
	must(t, err)
	kept := f.running(t, "w", shop)
	other := f.job(t, "v", shop)
	must(t, f.ClearJobs(t.Context(), "w"))
	jobs, _, err := f.ListJobs(t.Context(), "w", store.JobQuery{})
	must(t, err)
	equal(t, "jobs", jobs, []store.Job{kept})
	_, err = f.Job(t.Context(), "v", other.ID)
	must(t, err)
	rejections, err := f.Rejections(t.Context(), done.ID, 10)
	must(t, err)
	equal(t, "rejections", rejections, []store.Rejection{})
}

func testClaim(t *testing.T, f *fixture) {
	j := f.job(t, "w", shop)
	f.clock.advance(time.Second)
	got, err := f.ClaimJob(t.Context(), j.ID, lease)
	must(t, err)
	now := f.clock.Now().UTC()
	want := j
	want.State, want.Epoch, want.StartedAt, want.UpdatedAt, want.LeaseUntil = store.JobRunning, 1, &now, now, ptr(now.Add(lease))
	equal(t, "claimed", got, want)
	stored, err := f.Job(t.Context(), "w", j.ID)
	must(t, err)
	equal(t, "stored", stored, want)

	_, err = f.ClaimJob(t.Context(), j.ID, lease)
	wantKind(t, err, errs.Conflict)
	f.clock.advance(lease)
	got, err = f.ClaimJob(t.Context(), j.ID, lease)
	must(t, err)
	equal(t, "epoch", got.Epoch, int64(2))
	equal(t, "start", got.StartedAt, &now)
	wantKind(t, f.RouteJob(t.Context(), j.ID, 1, "p", "r"), errs.Conflict)
	must(t, f.RouteJob(t.Context(), j.ID, 2, "p", "r"))
	_, err = f.FinishJob(t.Context(), j.ID, 1, store.Outcome{State: store.JobFailed}, nil)
	wantKind(t, err, errs.Conflict)
	got, err = f.FinishJob(t.Context(), j.ID, 2, store.Outcome{
		State: store.JobFailed, Partial: true, Error: "closed", Code: "shop_closed", Notes: []string{"n", "n"},
	}, nil)
	must(t, err)
	if got.State != store.JobFailed || !got.Partial || got.Error != "closed" || got.Code != "shop_closed" || len(got.Notes) != 1 ||
		got.FinishedAt == nil || got.LeaseUntil != nil || got.Plugin != "p" || got.Reason != "r" {
		t.Fatalf("finished: %+v", got)
	}
	_, err = f.ClaimJob(t.Context(), j.ID, lease)
	wantKind(t, err, errs.Conflict)
	_, err = f.ClaimJob(t.Context(), "none", lease)
	wantKind(t, err, errs.NotFound)
}

func testOneRunning(t *testing.T, f *fixture) {
	first, second := f.running(t, "w", shop), f.job(t, "w", shop)
	_, err := f.ClaimJob(t.Context(), second.ID, lease)
	wantKind(t, err, errs.Conflict)
	if !strings.Contains(err.Error(), first.ID) {
		t.Fatalf("error %q doesn't name job %s", err, first.ID)
	}
	f.running(t, "v", shop)
	f.running(t, "w", "other.example")
	_, err = f.FinishJob(t.Context(), first.ID, first.Epoch, store.Outcome{State: store.JobCompleted}, nil)
	must(t, err)
	_, err = f.ClaimJob(t.Context(), second.ID, lease)
	must(t, err)
}

func testClaimRace(t *testing.T, f *fixture) {
	jobs := []store.Job{f.job(t, "w", shop), f.job(t, "w", shop), f.job(t, "w", shop)}
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 24 {
		wg.Go(func() {
			_, err := f.ClaimJob(t.Context(), jobs[i%3].ID, lease)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errs.Is(err, errs.Conflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, "claims", won, 1)
}

func testLease(t *testing.T, f *fixture) {
	j := f.running(t, "w", shop)
	f.clock.advance(lease / 2)
	must(t, f.RenewLease(t.Context(), j.ID, j.Epoch, lease))
	got, err := f.Job(t.Context(), "w", j.ID)
	must(t, err)
	equal(t, "lease", got.LeaseUntil, ptr(f.clock.Now().UTC().Add(lease)))
	wantKind(t, f.RenewLease(t.Context(), j.ID, j.Epoch-1, lease), errs.Conflict)
	wantKind(t, f.RenewLease(t.Context(), "none", 1, lease), errs.NotFound)
	_, err = f.CancelJob(t.Context(), "w", j.ID)
	must(t, err)
	wantKind(t, f.RenewLease(t.Context(), j.ID, j.Epoch, lease), errs.Conflict)
}

func testPostpone(t *testing.T, f *fixture) {
	j := f.running(t, "w", shop)
	at := f.clock.Now().Add(time.Hour)
	ran := false
	must(t, f.PostponeJob(t.Context(), j.ID, j.Epoch, at, "slow down", "rate_limited", func(store.Tx) error { ran = true; return nil }))
	got, err := f.Job(t.Context(), "w", j.ID)
	must(t, err)
	if got.State != store.JobRunning || got.Attempts != 1 || got.Error != "slow down" || got.Code != "rate_limited" ||
		got.RetryAt == nil || !got.RetryAt.Equal(at) || got.LeaseUntil != nil || !ran {
		t.Fatalf("postponed: %+v (also ran: %t)", got, ran)
	}
	no := errors.New("no")
	j, err = f.ClaimJob(t.Context(), j.ID, lease)
	must(t, err)
	if j.RetryAt != nil || j.Error != "" || j.Attempts != 1 {
		t.Fatalf("claimed again: %+v", j)
	}
	err = f.PostponeJob(t.Context(), j.ID, j.Epoch, at, "x", "y", func(store.Tx) error { return no })
	if !errors.Is(err, no) {
		t.Fatalf("error is %v, want that of also", err)
	}
	got, err = f.Job(t.Context(), "w", j.ID)
	must(t, err)
	equal(t, "job", got, j)
	wantKind(t, f.PostponeJob(t.Context(), j.ID, j.Epoch-1, at, "x", "y", nil), errs.Conflict)

	got, err = f.ApplyPage(t.Context(), store.PageCommit{JobID: j.ID, Epoch: j.Epoch, Next: "2"}, nil)
	must(t, err)
	equal(t, "attempts at the next page", got.Attempts, 0)
}

func testRelease(t *testing.T, f *fixture) {
	j := f.running(t, "w", shop)
	wantKind(t, f.ReleaseJob(t.Context(), j.ID, j.Epoch+1, nil), errs.Conflict)
	must(t, f.ReleaseJob(t.Context(), j.ID, j.Epoch, nil))
	got, err := f.ClaimJob(t.Context(), j.ID, lease)
	must(t, err)
	equal(t, "epoch", got.Epoch, j.Epoch+1)
}

func testCancel(t *testing.T, f *fixture) {
	j := f.running(t, "w", shop)
	_, err := f.CancelJob(t.Context(), "v", j.ID)
	wantKind(t, err, errs.NotFound)
	got, err := f.CancelJob(t.Context(), "w", j.ID)
	must(t, err)
	if got.State != store.JobCancelled || got.FinishedAt == nil || got.LeaseUntil != nil {
		t.Fatalf("cancelled: %+v", got)
	}
	_, err = f.CancelJob(t.Context(), "w", j.ID)
	wantKind(t, err, errs.Conflict)
	_, err = f.ApplyPage(t.Context(), store.PageCommit{JobID: j.ID, Epoch: j.Epoch}, nil)
	wantKind(t, err, errs.Conflict)
	f.running(t, "w", shop) // the shop is free
}

func testReset(t *testing.T, f *fixture) {
	j := f.running(t, "w", shop)
	_, err := f.ResetJob(t.Context(), nil, "w", j.ID)
	wantKind(t, err, errs.Conflict)
	_, err = f.ApplyPage(t.Context(), store.PageCommit{JobID: j.ID, Epoch: j.Epoch, Next: "page 2"}, nil)
	must(t, err)
	_, err = f.FinishJob(t.Context(), j.ID, j.Epoch, store.Outcome{State: store.JobFailed, Error: "e", Code: "c", Partial: true}, nil)
	must(t, err)
	_, err = f.ResetJob(t.Context(), nil, "v", j.ID)
	wantKind(t, err, errs.NotFound)
	got, err := f.ResetJob(t.Context(), nil, "w", j.ID)
	must(t, err)
	if got.State != store.JobPending || got.Cursor != "page 2" || got.Error != "" || got.Code != "" || got.FinishedAt != nil || got.Partial {
		t.Fatalf("reset: %+v", got)
	}
	got, err = f.ClaimJob(t.Context(), j.ID, lease)
	must(t, err)
	equal(t, "epoch", got.Epoch, j.Epoch+1)
}

func testAbandoned(t *testing.T, f *fixture) {
	f.job(t, "w", "pending.example")
	held, waiting := f.running(t, "w", "held.example"), f.running(t, "v", "waiting.example")
	lost, freed := f.running(t, "w", "lost.example"), f.running(t, "w", "freed.example")
	_, err := f.CancelJob(t.Context(), "w", f.running(t, "w", "cancelled.example").ID)
	must(t, err)
	must(t, f.RenewLease(t.Context(), held.ID, held.Epoch, time.Hour))
	must(t, f.PostponeJob(t.Context(), waiting.ID, waiting.Epoch, f.clock.Now().Add(2*lease), "", "", nil))
	must(t, f.ReleaseJob(t.Context(), freed.ID, freed.Epoch, nil))
	abandoned := func(any bool, limit int) (ids []string) {
		jobs, err := f.AbandonedJobs(t.Context(), any, limit)
		must(t, err)
		for _, j := range jobs {
			ids = append(ids, j.ID)
		}
		return ids
	}
	equal(t, "at first", abandoned(false, 10), []string{freed.ID})
	equal(t, "all", abandoned(true, 10), []string{held.ID, lost.ID, freed.ID})
	f.clock.advance(lease)
	equal(t, "after the lease", abandoned(false, 10), []string{lost.ID, freed.ID})
	equal(t, "one", abandoned(false, 1), []string{lost.ID})
	f.clock.advance(lease)
	equal(t, "at the retry", abandoned(false, 10), []string{waiting.ID, lost.ID, freed.ID})
}
