package sqlstore

import (
	"encoding/json"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// jobRecord is a job as the data column holds it; what has a column of its own
// is not in it. Its keys are the format of stored rows.
type jobRecord struct {
	URL        string          `json:"url"`
	StoreType  string          `json:"storeType,omitempty"`
	Plugin     string          `json:"plugin,omitempty"`
	Reason     string          `json:"reason,omitempty"`
	Options    json.RawMessage `json:"options,omitempty"`
	Max        int             `json:"max,omitempty"`
	Cursor     string          `json:"cursor,omitempty"`
	Phase      store.Phase     `json:"phase,omitempty"`
	Total      int             `json:"total,omitempty"`
	Pages      int             `json:"pages,omitempty"`
	Counts     store.Counts    `json:"counts"`
	Categories map[string]int  `json:"categories,omitempty"`
	MinPrice   *money          `json:"minPrice,omitempty"`
	MaxPrice   *money          `json:"maxPrice,omitempty"`
	OutOfStock int             `json:"outOfStock,omitempty"`
	Partial    bool            `json:"partial,omitempty"`
	Notes      []string        `json:"notes,omitempty"`
	Error      string          `json:"error,omitempty"`
	Code       string          `json:"code,omitempty"`
	Attempts   int             `json:"attempts,omitempty"`
	CreatedAt  int64           `json:"createdAt"`
	UpdatedAt  int64           `json:"updatedAt"`
	StartedAt  *int64          `json:"startedAt,omitempty"`
	FinishedAt *int64          `json:"finishedAt,omitempty"`
}

func encodeJob(j *store.Job) ([]byte, error) {
	data, err := json.Marshal(&jobRecord{
		URL: j.URL, StoreType: j.StoreType, Plugin: j.Plugin, Reason: j.Reason, Options: j.Options, Max: j.Max,
		Cursor: j.Cursor, Phase: j.Phase, Total: j.Total, Pages: j.Pages, Counts: j.Counts,
		Categories: j.Summary.Categories, MinPrice: packMoney(j.Summary.MinPrice), MaxPrice: packMoney(j.Summary.MaxPrice),
		OutOfStock: j.Summary.OutOfStock,
		Partial:    j.Partial, Notes: j.Notes, Error: j.Error, Code: j.Code, Attempts: j.Attempts,
		CreatedAt: micros(j.CreatedAt), UpdatedAt: micros(j.UpdatedAt),
		StartedAt: microsPtr(j.StartedAt), FinishedAt: microsPtr(j.FinishedAt),
	})
	return data, errs.Wrap("encoding job "+j.ID, err)
}

func microsPtr(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	us := t.UnixMicro()
	return &us
}

const jobColumns = `SELECT seq, id, workspace, shop, state, epoch, lease_until, retry_at, data FROM jobs `

const selectJob = jobColumns + `WHERE id = ?`

func scanJob(scan func(...any) error) (store.Job, error) {
	var (
		j            store.Job
		state        string
		lease, retry *int64
		data         []byte
		r            jobRecord
	)
	if err := scan(&j.Seq, &j.ID, &j.Workspace, &j.Shop, &state, &j.Epoch, &lease, &retry, &data); err != nil {
		return store.Job{}, err
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return store.Job{}, errs.New(errs.Internal, "job %s is stored in a form that can't be read: %v", j.ID, err)
	}
	j.State, j.LeaseUntil, j.RetryAt = store.JobState(state), momentOf(lease), momentOf(retry)
	j.URL, j.StoreType, j.Plugin, j.Reason, j.Options, j.Max = r.URL, r.StoreType, r.Plugin, r.Reason, r.Options, r.Max
	j.Cursor, j.Phase, j.Total, j.Pages, j.Counts = r.Cursor, r.Phase, r.Total, r.Pages, r.Counts
	j.Summary = store.Summary{
		Categories: r.Categories, MinPrice: r.MinPrice.unpack(), MaxPrice: r.MaxPrice.unpack(), OutOfStock: r.OutOfStock,
	}
	j.Partial, j.Notes, j.Error, j.Code, j.Attempts = r.Partial, r.Notes, r.Error, r.Code, r.Attempts
	j.CreatedAt, j.UpdatedAt = moment(r.CreatedAt), moment(r.UpdatedAt)
	j.StartedAt, j.FinishedAt = momentOf(r.StartedAt), momentOf(r.FinishedAt)
	return j, nil
}
