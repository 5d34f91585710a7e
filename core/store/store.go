// Package store is where everything durable lives: one interface, two engines.
//
// The engines are in sqlite and postgres; storetest is the conformance suite
// that both must pass. Everything is scoped by workspace: no method reads or
// writes across workspaces unless its comment says so. This package knows of
// no HTTP and no plugin.
package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/shop"
)

// Store is one database. All methods may be called from any goroutine. Errors
// are *errs.Error: NotFound, Conflict, Invalid, Unavailable, Internal.
type Store interface {
	Products
	Imports
	Contexts
	FAQs
	CatalogImports
	VoiceSessions
	KV
	shop.Store // carts and orders

	// Engine is "sqlite" or "postgres".
	Engine() string
	// Ping reports whether the database answers.
	Ping(ctx context.Context) error
	// Do runs fn in one transaction: it commits when fn returns nil and rolls
	// back otherwise. fn must not keep tx. It is not retried.
	Do(ctx context.Context, fn func(tx Tx) error) error
	// Close waits for running transactions and closes the database.
	Close() error
}

// Tx is a transaction that crosses packages, so that a job's completion lands
// together with its effect. Only store engines make one; only queue opens one.
type Tx interface{ isTx() }

// TxMarker is embedded by the engines' transactions.
type TxMarker struct{}

func (TxMarker) isTx() {}

// Page is one page of encoded products.
type Page struct {
	// Docs are the REST encodings kept for each row (catalog.Encode), in
	// order. They are shared with a cache: read-only.
	Docs [][]byte
	// Next is the cursor of the following page, "" at the end.
	Next string
}

// ListQuery selects products in insertion order.
type ListQuery struct {
	Limit  int    // 0: all
	Cursor string // from Page.Next; Invalid when it was not made by this store
	Stock  StockFilter
	Active bool   // true: only products offered to customers
	Shop   string // "" or a shop key
}

// StockFilter narrows a list by stock.
type StockFilter int

// The filters.
const (
	AnyStock StockFilter = iota
	LowStock             // 0 < quantity <= threshold
	SoldOut              // quantity = 0
)

// SearchQuery finds the products whose name or description holds Text as a
// substring, after the folding of catalog.Terms.
//
// Without a limit the hits come in insertion order, all of them, as the REST
// contract has it. With a limit, products whose name matches come before those
// where only the description does, each in insertion order.
type SearchQuery struct {
	Text   string
	Limit  int
	Cursor string
	Active bool
}

// Products is the catalogue of a workspace.
type Products interface {
	// Product reads one product. NotFound when it isn't there.
	Product(ctx context.Context, workspace, id string) (catalog.Product, error)
	// ProductDoc is the REST encoding of one product, with where its fields come
	// from, which lists leave out.
	ProductDoc(ctx context.Context, workspace, id string) ([]byte, error)
	ListProducts(ctx context.Context, workspace string, q ListQuery) (Page, error)
	SearchProducts(ctx context.Context, workspace string, q SearchQuery) (Page, error)
	CountProducts(ctx context.Context, workspace string) (int, error)
	// CountActive counts the products offered to customers.
	CountActive(ctx context.Context, workspace string) (int, error)
	// Figures sum up the catalogue. They look at every product.
	Figures(ctx context.Context, workspace string) (Figures, error)

	// CreateProducts inserts all or none. IDs that are empty are filled in
	// (UUIDs), Seq and times always; Conflict when an id is taken.
	CreateProducts(ctx context.Context, workspace string, ps []*catalog.Product) error
	// UpdateProduct reads, lets change edit, validates and writes in one
	// transaction; price and stock changes enter the history.
	UpdateProduct(ctx context.Context, workspace, id string, change func(*catalog.Product) error) (catalog.Product, error)
	DeleteProduct(ctx context.Context, workspace, id string) error
	// ClearProducts deletes all products of the workspace, their history too.
	ClearProducts(ctx context.Context, workspace string) error
	// ReplaceCatalog deletes all products and inserts ps as CreateProducts does,
	// and replaces the store context unless c is nil: all of it or nothing.
	ReplaceCatalog(ctx context.Context, workspace string, ps []*catalog.Product, c *knowledge.Context) error
	// History is the newest limit changes of a product, newest first.
	History(ctx context.Context, workspace, id string, limit int) ([]catalog.HistoryEntry, error)

	// Revision changes whenever a product, the store context or a frequent
	// question of the workspace may have changed, whoever changed it. Equal revisions mean that a cached answer still
	// holds. It is cheap: no query.
	Revision(workspace string) uint64
}

// Figures are a catalogue in numbers.
type Figures struct {
	Products, Active, WithImages int
	// Prices are over prices above zero, in the currency that most of them
	// have; nil where there are none.
	Prices *PriceFigures
}

// PriceFigures are of one currency. Average is rounded to its minor unit.
type PriceFigures struct{ Min, Max, Average Money }

// MaxKVKeys is how many keys a plugin may have in a workspace. Each costs the
// database more than its own bytes, which are what a quota counts.
const MaxKVKeys = 1_000

// KV is the memory of plugins, by workspace and plugin.
type KV interface {
	KVGet(ctx context.Context, workspace, plugin, key string) (value []byte, ok bool, err error)
	// KVSet stores value until expires (zero: for ever). TooLarge when the sum
	// of keys and values of the plugin in this workspace would pass quota bytes,
	// or their number MaxKVKeys.
	KVSet(ctx context.Context, workspace, plugin, key string, value []byte, expires time.Time, quota int) error
	KVDelete(ctx context.Context, workspace, plugin, key string) error
	// KVList names at most limit live keys with the prefix, in order.
	KVList(ctx context.Context, workspace, plugin, prefix string, limit int) ([]string, error)
}

// JobState is where an import job stands.
type JobState string

// The states; their text is part of the public interface.
const (
	JobPending   JobState = "pending"
	JobRunning   JobState = "running"
	JobCompleted JobState = "completed"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
)

// Final reports whether a job in this state will not move by itself.
func (s JobState) Final() bool {
	return s == JobCompleted || s == JobFailed || s == JobCancelled
}

// Job is one import of one shop.
type Job struct {
	ID        string
	Workspace string
	Seq       int64
	URL       string          // as asked for
	Shop      string          // catalog.ShopKey(URL)
	StoreType string          // as asked for
	Plugin    string          // who does it; "" until routed
	Reason    string          // why that plugin
	Options   json.RawMessage // as asked for, echoed to clients; nil when none
	Max       int             // stop after so many products; 0: all

	State    JobState
	Epoch    int64  // counts claims; a page of an older claim is refused
	Cursor   string // where the next page starts; "" at the start
	Phase    Phase
	Total    int // products the shop says it has; 0 unknown
	Pages    int // pages applied
	Counts   Counts
	Summary  Summary
	Partial  bool     // finished, but part of the shop could not be read
	Notes    []string // what a person should know
	Error    string   // why it failed or is partial, in words
	Code     string   // errs.Kind of Error
	Attempts int      // failed attempts at the current page
	RetryAt  *time.Time

	CreatedAt, UpdatedAt  time.Time
	StartedAt, FinishedAt *time.Time
	LeaseUntil            *time.Time
}

// Phase is the part of a walk that a job is in.
type Phase string

// The phases of a job: pages of the catalogue first, then the products that
// pages only referred to.
const (
	PhasePages Phase = "pages"
	PhaseRefs  Phase = "refs"
)

// Counts are exact: every extracted product is in one of the other four, and
// vanished ones were in the store but no longer in the shop.
type Counts struct {
	Extracted int `json:"extracted"` // distinct products read from the shop
	Imported  int `json:"imported"`  // new
	Updated   int `json:"updated"`   // changed
	Unchanged int `json:"unchanged"`
	Rejected  int `json:"rejected"`
	Vanished  int `json:"vanished"`
}

// Summary is the digest of a job that the REST contract shows.
type Summary struct {
	Categories map[string]int `json:"categories"`
	MinPrice   Money          `json:"minPrice"` // over prices > 0
	MaxPrice   Money          `json:"maxPrice"`
	OutOfStock int            `json:"outOfStock"`
}

// Money is catalog.Money.
type Money = catalog.Money

// Rejection is a product that was read but not stored.
type Rejection struct {
	PlatformID string `json:"platformId"`
	Name       string `json:"name"`
	Reason     string `json:"reason"`
}

// Ref names a product that a page referred to without its data.
type Ref struct {
	Key       string // Source.PlatformID or Source.Handle of the product
	URL       string
	UpdatedAt string
}

// PageRecord remembers what a page held, so that "not modified" can stand for
// its products in a later job.
type PageRecord struct {
	Cursor       string // the cursor that asked for the page
	URL          string // what was fetched
	ETag         string
	LastModified string
	Next         string
	PlatformIDs  []string
}

// PageCommit is the effect of one page, applied whole or not at all.
type PageCommit struct {
	JobID    string
	Epoch    int64  // must be the job's
	Cursor   string // must be the job's
	Products []*catalog.Product
	// Seen are products that are unchanged by the word of the shop ("not
	// modified"); they are marked as seen.
	Seen       []string
	Rejections []Rejection
	Refs       []Ref    // to be fetched later, unless known unchanged
	RefsDone   []string // keys of refs that this page settled
	Record     *PageRecord
	Next       string
	Phase      Phase
	Total      int // 0: not said
	Notes      []string
	Partial    bool // sticks to the job: part of the shop could not be read
}

// Outcome is how a job ends.
type Outcome struct {
	State   JobState // final
	Partial bool
	Error   string
	Code    string
	Notes   []string
	// Complete says that the whole catalogue was walked: products of the shop
	// that this job did not see are marked as vanished.
	Complete bool
}

// JobQuery selects jobs of a workspace, oldest first.
type JobQuery struct {
	Limit  int
	Cursor string
	Shop   string
	State  JobState
	Newest bool // newest first
}

// Imports keeps import jobs and applies their pages.
type Imports interface {
	CreateJob(ctx context.Context, tx Tx, j *Job) error // tx may be nil
	Job(ctx context.Context, workspace, id string) (Job, error)
	ListJobs(ctx context.Context, workspace string, q JobQuery) (jobs []Job, next string, err error)
	// ClearJobs drops the records of jobs that are not running.
	ClearJobs(ctx context.Context, workspace string) error
	Rejections(ctx context.Context, jobID string, limit int) ([]Rejection, error)

	// ClaimJob makes the job running with a lease and a new epoch. Conflict
	// when it is final, when its lease is held, or when another job of the
	// same shop and workspace is running (the message names it).
	ClaimJob(ctx context.Context, jobID string, lease time.Duration) (Job, error)
	// RenewLease prolongs a claim; Conflict when it was lost or the job cancelled.
	RenewLease(ctx context.Context, jobID string, epoch int64, lease time.Duration) error
	// RouteJob records which plugin serves the job and why.
	RouteJob(ctx context.Context, jobID string, epoch int64, plugin, reason string) error
	// ApplyPage applies a page in one transaction, in which also runs (after
	// the effects; may be nil). Conflict when epoch or cursor are not the
	// job's: somebody else went on with it, and nothing was written.
	ApplyPage(ctx context.Context, p PageCommit, also func(Tx) error) (Job, error)
	// PendingRefs are at most limit refs of the job that are not yet settled.
	PendingRefs(ctx context.Context, jobID string, limit int) ([]Ref, error)
	// PageRecords are the usable records of the shop: all products of each are
	// still stored, active in the shop and as that page left them.
	PageRecords(ctx context.Context, workspace, shop, plugin string) ([]PageRecord, error)
	// PostponeJob ends a claim without ending the job: it stays running,
	// counts a failed attempt, and says why until it goes on at retryAt.
	PostponeJob(ctx context.Context, jobID string, epoch int64, retryAt time.Time, reason, code string, also func(Tx) error) error
	// ReleaseJob ends a claim without ending the job, at once claimable.
	ReleaseJob(ctx context.Context, jobID string, epoch int64, also func(Tx) error) error
	// FinishJob ends the job. Conflict when epoch is not the job's.
	FinishJob(ctx context.Context, jobID string, epoch int64, o Outcome, also func(Tx) error) (Job, error)
	// CancelJob ends a pending or running job whoever holds it; Conflict when
	// it is final.
	CancelJob(ctx context.Context, workspace, jobID string) (Job, error)
	// ResetJob makes a failed or cancelled job pending again, to go on at its
	// cursor.
	ResetJob(ctx context.Context, tx Tx, workspace, jobID string) (Job, error)
	// AbandonedJobs are running jobs of all workspaces whose lease has passed
	// (all running jobs when any), and whose RetryAt has come.
	AbandonedJobs(ctx context.Context, any bool, limit int) ([]Job, error)
}
