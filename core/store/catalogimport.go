package store

import (
	"context"
	"io"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/knowledge"
)

// ImportState is where the import of a catalogue stands.
type ImportState string

// The states; their text is part of the public interface.
const (
	ImportPending    ImportState = "pending"
	ImportProcessing ImportState = "processing"
	ImportCompleted  ImportState = "completed"
	ImportFailed     ImportState = "failed"
)

// Final reports whether an import in this state will not move any more.
func (s ImportState) Final() bool { return s == ImportCompleted || s == ImportFailed }

// ImportKind is where the entries of an import come from.
type ImportKind string

// The kinds; their text is part of the public interface.
const (
	ImportCSV     ImportKind = "csv"
	ImportJSON    ImportKind = "json"
	ImportShopify ImportKind = "shopify"
	ImportURL     ImportKind = "url"
)

// MaxImportErrors is how many refusals an import names; further ones are
// counted only.
const MaxImportErrors = 1_000

// MaxImportRecords is how many imports of a workspace are remembered.
const MaxImportRecords = 200

// CatalogImport is one import of a file, or of what a shop's own interface or
// a page tells. Import jobs of whole shops are Job.
type CatalogImport struct {
	ID        string
	Workspace string
	Seq       int64
	Kind      ImportKind
	Name      string // of the file, the shop or the page
	Replace   bool   // the catalogue is replaced, not added to

	State   ImportState
	Epoch   int64 // counts claims; what an older claim wants to write is refused
	Total   int   // entries; 0 until they were counted
	Done    int   // entries that were dealt with: the place where it goes on
	Stored  int
	Refused int
	Errors  []string // a line for each of the first refusals, or why it failed

	StartedAt  time.Time
	EndedAt    *time.Time
	LeaseUntil *time.Time
}

// ImportBatch is the effect of some entries of an import.
type ImportBatch struct {
	// Products with an id that is stored take the place of that product, those
	// with a source that of the product from the same place, all others are
	// added. They become what is stored, with ids and times; which of two for
	// the same place does not matter.
	Products []*catalog.Product
	// FAQs whose question is stored take the place of that question.
	FAQs []*knowledge.FAQ
	// Context says something of the shop: its brand voice and policies stay
	// where it says nothing of them. Nil: nothing.
	Context *knowledge.Context
	Done    int // entries, the refused ones included
	Stored  int
	Refused int
	Errors  []string
	Last    bool // the import is completed with it
}

// CatalogImports keep imports of catalogues and apply them.
type CatalogImports interface {
	// CreateImport records an import as pending with a lease, and keeps its
	// payload, where there is one, until it ends. An error of payload comes back
	// as it is, and nothing was recorded. It forgets the oldest imports.
	CreateImport(ctx context.Context, im *CatalogImport, payload io.Reader, lease time.Duration) error
	// ImportPayload is part n of the payload, from 0; nil behind the last.
	ImportPayload(ctx context.Context, id string, n int) ([]byte, error)
	// Import reads one. NotFound when it isn't there.
	Import(ctx context.Context, workspace, id string) (CatalogImport, error)
	// ListImports are the imports of a workspace, newest first.
	ListImports(ctx context.Context, workspace string, limit int, cursor string) (list []CatalogImport, next string, err error)

	// ClaimImport makes an import processing with a new epoch. Conflict when
	// epoch isn't its own: somebody else works on it, or it has ended.
	ClaimImport(ctx context.Context, id string, epoch int64, lease time.Duration) (CatalogImport, error)
	// RenewImport prolongs a claim; Conflict when it was lost.
	RenewImport(ctx context.Context, id string, epoch int64, lease time.Duration) error
	// CountImport records how many entries there are.
	CountImport(ctx context.Context, id string, epoch int64, total int) error
	// ApplyImport applies batches until next answers nil, all in one
	// transaction, after deleting the workspace's products where replace is
	// set. An error of next undoes all. Conflict when the claim was lost.
	ApplyImport(ctx context.Context, id string, epoch int64, replace bool, next func() (*ImportBatch, error)) (CatalogImport, error)
	// FailImport ends an import that can't go on, and says why. refused entries
	// are counted, beside those that were before.
	FailImport(ctx context.Context, id string, epoch int64, refused int, reasons ...string) (CatalogImport, error)
	// ReleaseImport ends a claim without ending the import, at once claimable.
	ReleaseImport(ctx context.Context, id string, epoch int64) error
	// AbandonedImports are imports of all workspaces that have not ended and
	// whose lease has passed (whatever their lease when all).
	AbandonedImports(ctx context.Context, all bool, limit int) ([]CatalogImport, error)
}
