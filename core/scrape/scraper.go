package scrape

import (
	"context"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/store"
)

// Scraper is a plugin that reads shops of one platform. Its methods may be
// called from any goroutine.
type Scraper interface {
	// ID is the plugin's, such as "scraper.shopify".
	ID() string
	// Detect scores from 0 to 100 how sure the plugin is that the page is of
	// its platform.
	Detect(ctx context.Context, p Probe) (score int, reason string, err error)
	// Open begins the part of a job that runs in this process. The scraper
	// fetches only through the host, politely, on behalf of that session.
	Open(ctx context.Context, o SessionOptions) (Session, error)
}

// Session reads the pages of one shop. It is used by one goroutine at a time.
type Session interface {
	// Page reads one page. Its errors have the kinds of errs; a retryable one
	// means that the same request may be made again later.
	Page(ctx context.Context, r PageRequest) (PageReply, error)
	// Close frees what the session holds in the host.
	Close()
}

// SessionOptions say for whom a session works.
type SessionOptions struct {
	Workspace string
	JobID     string
	URL       string // of the shop
	// Known are validators of pages from earlier jobs, by URL: the host asks
	// for them conditionally when the plugin says that it can bear a "not
	// modified".
	Known map[string]Validators
}

// Validators are what a server gave to ask "changed since?" with.
type Validators struct{ ETag, LastModified string }

// PageRequest asks for a page, or for the products of refs.
type PageRequest struct {
	Cursor string
	Refs   []store.Ref
	Seen   int
	Total  int
	Max    int
}

// PageReply is one page.
type PageReply struct {
	Drafts    []catalog.Draft
	Refs      []store.Ref
	Next      string
	Total     int
	Source    string     // URL of the page that held the drafts; "" when several did
	Fresh     Validators // of Source
	Unchanged bool       // Source was not modified since an earlier job
	Notes     []string
	Partial   bool
	Bytes     int64 // downloaded for it
}

// Probe is what is known of a shop before a plugin is chosen.
type Probe struct {
	// Workspace is who asks. Nothing that a plugin keeps outlasts a question of
	// nobody's, "".
	Workspace string

	URL     string
	Status  int // 0: not fetched
	Headers [][2]string
	Body    []byte // UTF-8; nil when not fetched
}
