package shop

import (
	"context"
	"slices"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// Suggest is what goes with a product, or is worth a look in a category (both
// may be empty, and a product that isn't there is as good as none). What was
// bought together comes first and takes half of the places, then what is of the
// same category and near in price, then what is near in price alone. All of it
// can be had now.
func (s *Service) Suggest(ctx context.Context, workspace, productID, category string, limit int) ([]catalog.Product, error) {
	q := Similar{Category: category, Limit: 2*limit + 1} // one of them may be the product itself
	list := suggestions{limit: limit, seen: []string{productID}}
	var together []string
	if p, err := s.o.Products.Product(ctx, workspace, productID); err == nil {
		if q.Near, q.Price = p.Seq, p.Price; q.Category == "" {
			q.Category = p.Category
		}
		if together, err = s.o.Store.BoughtTogether(ctx, workspace, productID, 2*limit); err != nil {
			return nil, err
		}
		if err := s.gather(ctx, workspace, &list, together, (limit+1)/2); err != nil {
			return nil, err
		}
	} else if !errs.Is(err, errs.NotFound) {
		return nil, err
	}
	similar, err := s.o.Store.Similar(ctx, workspace, q)
	if err != nil {
		return nil, err
	}
	if err := s.gather(ctx, workspace, &list, append(similar, together...), limit); err != nil {
		return nil, err
	}
	if len(list.found) < limit && category == "" && q.Category != "" {
		q.Category = ""
		if similar, err = s.o.Store.Similar(ctx, workspace, q); err != nil {
			return nil, err
		}
		err = s.gather(ctx, workspace, &list, similar, limit)
	}
	return list.found, err
}

// suggestions are those so far.
type suggestions struct {
	limit int
	seen  []string
	found []catalog.Product
}

// gather takes products until there are so many.
func (s *Service) gather(ctx context.Context, workspace string, list *suggestions, ids []string, until int) error {
	for _, id := range ids {
		if len(list.found) >= until {
			return nil
		}
		if slices.Contains(list.seen, id) {
			continue
		}
		list.seen = append(list.seen, id)
		p, err := s.o.Products.Product(ctx, workspace, id)
		if errs.Is(err, errs.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		v, err := choose(&p, "")
		if err != nil || offered(&p, v) != nil {
			continue
		}
		if n := available(&p, v); n == nil || *n > 0 {
			list.found = append(list.found, p)
		}
	}
	return nil
}
