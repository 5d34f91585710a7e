package store

import (
	"context"

	"github.com/omakase-ai/omakase/core/knowledge"
)

// Contexts keep what each workspace's shop says about itself.
type Contexts interface {
	// StoreContext is nil, without an error, until one was stored.
	StoreContext(ctx context.Context, workspace string) (*knowledge.Context, error)
	// SetStoreContext replaces the context as a whole; nil removes it. It is
	// normalised and validated first, and the workspace's Revision moves.
	SetStoreContext(ctx context.Context, workspace string, c *knowledge.Context) error
}

// FAQQuery selects frequent questions in insertion order.
type FAQQuery struct {
	Limit    int    // 0: all
	Cursor   string // of the page before
	Inactive bool   // also those that searches don't find
}

// FAQs keep the frequent questions of each workspace. A workspace begins with
// knowledge.Seeds, which can be changed and deleted like any other. Every
// change moves the workspace's Revision.
type FAQs interface {
	ListFAQs(ctx context.Context, workspace string, q FAQQuery) (faqs []knowledge.FAQ, next string, err error)
	// FAQ reads one. NotFound when it isn't there.
	FAQ(ctx context.Context, workspace, id string) (knowledge.FAQ, error)
	// SearchFAQs are at most limit active ones that a query asks for, the best
	// first: knowledge.Rank.
	SearchFAQs(ctx context.Context, workspace, query string, limit int) ([]knowledge.FAQ, error)
	// CreateFAQs stores all or none, after normalising and validating them. It
	// fills in ids (UUIDs) and times. TooLarge when the workspace would have
	// more than knowledge.MaxFAQs.
	CreateFAQs(ctx context.Context, workspace string, fs []*knowledge.FAQ) error
	// EnsureFAQs stores those whose question is not there yet
	// (knowledge.SameQuestion) and makes the others what is stored. It tells how
	// many were new.
	EnsureFAQs(ctx context.Context, workspace string, fs []*knowledge.FAQ) (created int, err error)
	// UpdateFAQ reads, lets change edit, normalises, validates and writes in
	// one transaction.
	UpdateFAQ(ctx context.Context, workspace, id string, change func(*knowledge.FAQ) error) (knowledge.FAQ, error)
	DeleteFAQ(ctx context.Context, workspace, id string) error
	// ClearKnowledge deletes what it is told to, all of it or nothing.
	ClearKnowledge(ctx context.Context, workspace string, what Knowledge) error
}

// Knowledge names parts of what a workspace knows.
type Knowledge struct{ Products, FAQs, Context bool }
