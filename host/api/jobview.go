package api

import (
	"encoding/json"
	"time"

	"github.com/omakase-ai/omakase/core/store"
)

// defaultStoreType is what the contract shows for a job that named none; the
// job itself finds out.
const defaultStoreType = "shopify"

// jobSummary is a job in a list.
type jobSummary struct {
	ID               string         `json:"id"`
	Status           store.JobState `json:"status"`
	Progress         int            `json:"progress"` // percent
	URL              string         `json:"url"`
	ProductsImported *int           `json:"productsImported,omitempty"` // after an execution
	Plugin           string         `json:"plugin,omitempty"`
	CreatedAt        stamp          `json:"createdAt"`
	UpdatedAt        stamp          `json:"updatedAt"`
}

// jobDetail is a job by itself.
type jobDetail struct {
	jobSummary
	Config   jobConfig    `json:"config"`
	Result   *jobResult   `json:"result,omitempty"` // after an execution
	Counts   store.Counts `json:"counts"`
	Pages    int          `json:"pages"`
	Total    int          `json:"total,omitempty"` // products the shop says it has
	Reason   string       `json:"reason,omitempty"`
	Notes    []string     `json:"notes,omitempty"`
	Error    string       `json:"error,omitempty"`
	Code     string       `json:"code,omitempty"`
	Attempts int          `json:"attempts,omitempty"`
	RetryAt  *stamp       `json:"retryAt,omitempty"`
	Started  *stamp       `json:"startedAt,omitempty"`
	Finished *stamp       `json:"finishedAt,omitempty"`
}

type jobConfig struct {
	URL       string          `json:"url"`
	StoreType string          `json:"storeType"`
	Options   json.RawMessage `json:"options,omitempty"`
}

// jobResult is the outcome of an execution.
type jobResult struct {
	Success   bool         `json:"success"`
	JobID     string       `json:"jobId"`
	Extracted int          `json:"productsExtracted"`
	Imported  int          `json:"productsImported"` // stored: new, changed or already as in the shop
	Errors    []string     `json:"errors"`
	Summary   jobDigest    `json:"summary"`
	Counts    store.Counts `json:"counts"`
	Pages     int          `json:"pages"`
	Total     int          `json:"total,omitempty"`
	Partial   bool         `json:"partial,omitempty"`
	Notes     []string     `json:"notes,omitempty"`
	Plugin    string       `json:"plugin,omitempty"`
	Code      string       `json:"code,omitempty"`
}

type jobDigest struct {
	Categories map[string]int `json:"categories"`
	PriceRange priceRange     `json:"priceRange"`
	OutOfStock int            `json:"outOfStockCount"`
}

type priceRange struct {
	Min json.Number `json:"min"`
	Max json.Number `json:"max"`
}

// stamp is a time as the contract writes it.
type stamp time.Time

// MarshalJSON writes UTC with milliseconds.
func (t stamp) MarshalJSON() ([]byte, error) { return appendTime(nil, time.Time(t)), nil }

func optionalStamp(t *time.Time) *stamp {
	if t == nil {
		return nil
	}
	s := stamp(*t)
	return &s
}

func summarize(j *store.Job) jobSummary {
	v := jobSummary{
		ID: j.ID, Status: j.State, Progress: progressOf(j), URL: j.URL, Plugin: j.Plugin,
		CreatedAt: stamp(j.CreatedAt), UpdatedAt: stamp(j.UpdatedAt),
	}
	if executed(j) {
		stored := storedBy(j)
		v.ProductsImported = &stored
	}
	return v
}

func detail(j *store.Job) jobDetail {
	v := jobDetail{
		jobSummary: summarize(j), Config: jobConfig{URL: j.URL, StoreType: j.StoreType, Options: j.Options},
		Counts: j.Counts, Pages: j.Pages, Total: j.Total, Reason: j.Reason, Notes: j.Notes,
		Error: j.Error, Code: j.Code, Attempts: j.Attempts, RetryAt: optionalStamp(j.RetryAt),
		Started: optionalStamp(j.StartedAt), Finished: optionalStamp(j.FinishedAt),
	}
	if v.Config.StoreType == "" {
		v.Config.StoreType = defaultStoreType
	}
	if executed(j) {
		result := resultOf(j)
		v.Result = &result
	}
	return v
}

func resultOf(j *store.Job) jobResult {
	r := jobResult{
		Success: j.State == store.JobCompleted, JobID: j.ID, Extracted: j.Counts.Extracted, Imported: storedBy(j),
		Errors: []string{}, Counts: j.Counts, Pages: j.Pages, Total: j.Total,
		Partial: j.Partial, Notes: j.Notes, Plugin: j.Plugin, Code: j.Code,
		Summary: jobDigest{
			Categories: j.Summary.Categories,
			PriceRange: priceRange{json.Number(j.Summary.MinPrice.Number()), json.Number(j.Summary.MaxPrice.Number())},
			OutOfStock: j.Summary.OutOfStock,
		},
	}
	if r.Summary.Categories == nil {
		r.Summary.Categories = map[string]int{}
	}
	if j.Error != "" {
		r.Errors = append(r.Errors, j.Error)
	}
	return r
}

// executed reports whether the job ran to an end, whichever. A job that was
// cancelled before it began has no result.
func executed(j *store.Job) bool { return j.State.Final() && j.StartedAt != nil }

func storedBy(j *store.Job) int { return j.Counts.Imported + j.Counts.Updated + j.Counts.Unchanged }

// progressOf is percent: of the total where the shop says one, and half way
// while nobody knows.
func progressOf(j *store.Job) int {
	goal := j.Total
	if j.Max > 0 && (goal == 0 || j.Max < goal) {
		goal = j.Max
	}
	switch {
	case j.State == store.JobCompleted || j.State == store.JobFailed:
		return 100
	case j.Counts.Extracted == 0:
		return 0
	case goal == 0:
		return 50
	}
	return min(max(j.Counts.Extracted*100/goal, 1), 99)
}
