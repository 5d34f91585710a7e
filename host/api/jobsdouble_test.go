package api_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
)

// importer stands in for scrape.Service: no shop is read, and each job ends as
// outcome says, when the test lets it. The records are the store's own.
type importer struct {
	store   store.Store
	outcome func(ctx context.Context, st store.Store, j store.Job) (store.Job, error)
	hold    chan struct{} // closed: jobs end at once

	mu      sync.Mutex
	n       int
	watches map[string][]chan store.Job
}

func (im *importer) Create(ctx context.Context, ws string, n scrape.NewJob) (store.Job, error) {
	shop, err := catalog.ShopKey(n.URL)
	if err != nil {
		return store.Job{}, err
	}
	im.mu.Lock()
	im.n++
	id := fmt.Sprintf("scrape_%d_%06d", time.Now().UnixMilli(), im.n)
	im.mu.Unlock()
	j := &store.Job{
		ID: id, Workspace: ws, URL: n.URL, Shop: shop, StoreType: n.StoreType, Plugin: n.Plugin,
		Options: n.Options, Max: n.Max, State: store.JobPending,
	}
	err = im.store.CreateJob(ctx, nil, j)
	return *j, err
}

func (im *importer) Start(ctx context.Context, ws, id string) (store.Job, error) {
	j, err := im.store.Job(ctx, ws, id)
	if err != nil {
		return j, err
	}
	switch j.State {
	case store.JobRunning:
		return j, errs.New(errs.Conflict, "Job is already running")
	case store.JobCompleted:
		return j, errs.New(errs.Conflict, "Job already completed")
	case store.JobFailed, store.JobCancelled:
		if j, err = im.store.ResetJob(ctx, nil, ws, id); err != nil {
			return j, err
		}
	}
	j, err = im.store.ClaimJob(ctx, id, time.Minute)
	im.publish(j)
	return j, err
}

func (im *importer) Execute(ctx context.Context, ws, id string) (store.Job, error) {
	j, err := im.Start(ctx, ws, id)
	if err != nil {
		return j, err
	}
	select {
	case <-im.hold:
	case <-ctx.Done():
		return j, ctx.Err()
	}
	return im.finish(ws, id)
}

// finish ends a running job.
func (im *importer) finish(ws, id string) (store.Job, error) {
	ctx := context.Background()
	j, err := im.store.Job(ctx, ws, id)
	if err != nil {
		return j, err
	}
	j, err = im.outcome(ctx, im.store, j)
	im.publish(j)
	return j, err
}

func (im *importer) Cancel(ctx context.Context, ws, id string) (store.Job, error) {
	return im.store.CancelJob(ctx, ws, id)
}

func (im *importer) Explain(*store.Job) {}

func (im *importer) publish(j store.Job) {
	im.mu.Lock()
	defer im.mu.Unlock()
	for _, ch := range im.watches[j.ID] {
		select {
		case ch <- j:
		default:
		}
	}
}

func (im *importer) Watch(id string) (<-chan store.Job, func()) {
	im.mu.Lock()
	defer im.mu.Unlock()
	ch := make(chan store.Job, 8)
	if im.watches == nil {
		im.watches = map[string][]chan store.Job{}
	}
	im.watches[id] = append(im.watches[id], ch)
	return ch, func() {
		im.mu.Lock()
		defer im.mu.Unlock()
		im.watches[id] = slices.DeleteFunc(im.watches[id], func(c chan store.Job) bool { return c == ch })
	}
}

// twoStored ends a job that read three products and could store two.
func twoStored(ctx context.Context, st store.Store, j store.Job) (store.Job, error) {
	none := int64(0)
	tea := shopProduct(j, 1, "Tea")
	tea.Price = catalog.Money{Amount: 88050}
	tea.Availability, tea.StockQuantity = catalog.OutOfStock, &none
	page := store.PageCommit{
		JobID: j.ID, Epoch: j.Epoch, Cursor: j.Cursor, Phase: j.Phase, Total: 3,
		Products:   []*catalog.Product{shopProduct(j, 0, "Chocolate"), tea},
		Rejections: []store.Rejection{{PlatformID: "7", Name: "Odd", Reason: "name is empty"}},
	}
	if j, err := st.ApplyPage(ctx, page, nil); err != nil {
		return j, err
	}
	return st.FinishJob(ctx, j.ID, j.Epoch, store.Outcome{State: store.JobCompleted, Complete: true}, nil)
}

func shopProduct(j store.Job, n int, category string) *catalog.Product {
	return &catalog.Product{
		Name: fmt.Sprintf("%s %d", category, n), Category: category, Price: catalog.Money{Amount: 120000},
		Availability: catalog.InStock, Active: true,
		Source: &catalog.Source{Shop: j.Shop, PlatformID: fmt.Sprint(n), Plugin: "scraper.shopify", Hash: uint64(n + 1)},
	}
}

// shopDown ends a job whose shop did not answer.
func shopDown(ctx context.Context, st store.Store, j store.Job) (store.Job, error) {
	return st.FinishJob(ctx, j.ID, j.Epoch, store.Outcome{
		State: store.JobFailed, Error: "reading page 1: the shop answered 503", Code: string(errs.Unavailable),
	}, nil)
}
