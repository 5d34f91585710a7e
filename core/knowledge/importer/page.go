package importer

import (
	"context"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/store"
)

// Page is what a page held.
type Page struct {
	Products   []*catalog.Product // ids and times are filled in
	Rejections []store.Rejection
	Context    *knowledge.Context
}

// Page imports what read finds, and waits for it. A page without products
// replaces none: a wrong address must not cost the catalogue. The error is read's, or says
// why the products could not be stored; the record then says that it failed.
func (s *Service) Page(ctx context.Context, workspace, name string, replace bool, read func(context.Context) (*Page, error)) (store.CatalogImport, error) {
	im := store.CatalogImport{Workspace: workspace, Kind: store.ImportURL, Name: name, Replace: replace}
	r, err := s.begin(ctx, &im, nil, func(life context.Context, _ *run, im *store.CatalogImport) error {
		reading, cancel := context.WithCancelCause(ctx) // of the one who waits, and of the service
		defer cancel(nil)
		defer context.AfterFunc(life, func() { cancel(context.Cause(life)) })()
		page, err := read(reading)
		if err != nil {
			return err
		}
		b := &store.ImportBatch{
			Products: page.Products, Context: page.Context, Stored: len(page.Products), Refused: len(page.Rejections),
			Done: len(page.Products) + len(page.Rejections), Last: true,
		}
		for _, rejection := range page.Rejections {
			b.Errors = append(b.Errors, rejection.Name+": "+rejection.Reason)
		}
		return s.applyAll(life, im, replace && len(page.Products) > 0, []*store.ImportBatch{b})
	})
	if err != nil {
		return im, err
	}
	<-r.done
	if r.err != nil {
		return im, r.err
	}
	im, err = s.o.Store.Import(ctx, workspace, im.ID)
	return im, errs.Wrap("reading the import", err)
}
