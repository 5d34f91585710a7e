package api

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// What the contract says to a customer.
const (
	stockShort        = "在庫が不足しています"
	stockProductGone  = "商品が見つかりません"
	quantityNotNumber = "Quantity must be a number"
)

func (s *Server) getStock(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error) {
	id, err := pathText(c, "id")
	if err != nil {
		return nil, err
	}
	p, err := b.Store.Product(ctx, workspace, id)
	if err != nil {
		return nil, named(err, productMissing)
	}
	return append(appendStock([]byte(`{"success":true,`), p.Stock()), '}'), nil
}

// appendStock appends the members of a stock status.
func appendStock(b []byte, st catalog.StockStatus) []byte {
	b = strconv.AppendBool(append(b, `"inStock":`...), st.InStock)
	if st.Quantity != nil {
		b = strconv.AppendInt(append(b, `,"quantity":`...), *st.Quantity, 10)
	}
	b = strconv.AppendBool(append(b, `,"isLowStock":`...), st.Low)
	return catalog.AppendString(append(b, `,"message":`...), st.Message)
}

func (s *Server) setStock(c *fiber.Ctx, b *Backend) error {
	workspace, id, err := productPath(c)
	if err != nil {
		return err
	}
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	if raw, p := f.look("quantity"); p != given || !numeric(raw) {
		return errs.New(errs.Invalid, quantityNotNumber)
	}
	quantity, _ := f.whole("quantity", catalog.MaxQuantity)
	if f.err != nil {
		return f.err
	}
	return s.changeStock(c, b, workspace, id, func(p *catalog.Product) error {
		setQuantity(p, &quantity)
		return nil
	})
}

func (s *Server) incrementStock(c *fiber.Ctx, b *Backend) error {
	workspace, id, amount, err := stockAmount(c)
	if err != nil {
		return err
	}
	return s.changeStock(c, b, workspace, id, func(p *catalog.Product) error {
		sum := amount
		if p.StockQuantity != nil {
			sum += *p.StockQuantity
		}
		if sum > catalog.MaxQuantity {
			return errs.New(errs.Invalid, "the sum is larger than %d", int64(catalog.MaxQuantity))
		}
		setQuantity(p, &sum)
		return nil
	})
}

// errShort rolls a decrement back.
var errShort = errors.New("short of stock")

func (s *Server) decrementStock(c *fiber.Ctx, b *Backend) error {
	workspace, id, amount, err := stockAmount(c)
	if err != nil {
		return err
	}
	var refused []byte
	err = s.changeStock(c, b, workspace, id, func(p *catalog.Product) error {
		if p.StockQuantity == nil {
			return nil // not managed: there is always enough
		}
		left := *p.StockQuantity - amount
		if left < 0 {
			refused = catalog.Encode(p)
			return errShort
		}
		setQuantity(p, &left)
		return nil
	})
	switch {
	case errors.Is(err, errShort):
		body := appendProblem(nil, problem{text: stockShort, code: codeShortStock})
		return writeJSON(c, fiber.StatusBadRequest, appendProduct(append(body, `,"success":false`...), refused))
	case errs.Is(err, errs.NotFound):
		body := appendProblem(nil, problem{text: stockProductGone, code: string(errs.NotFound)})
		return writeJSON(c, fiber.StatusNotFound, append(body, `,"success":false}`...))
	}
	return err
}

// stockAmount is what a change of stock is about; the amount is 1 when the
// body does not say.
func stockAmount(c *fiber.Ctx) (workspace, id string, amount int64, err error) {
	if workspace, id, err = productPath(c); err != nil {
		return "", "", 0, err
	}
	f, err := bodyFields(c)
	if err != nil {
		return "", "", 0, err
	}
	amount, p := f.whole("amount", catalog.MaxQuantity)
	switch p {
	case absent:
		amount = 1
	case null:
		f.refuse("amount", "must be a number")
	}
	return workspace, id, amount, f.err
}

func (s *Server) changeStock(c *fiber.Ctx, b *Backend, workspace, id string, change func(*catalog.Product) error) error {
	ctx, cancel := s.storeContext()
	defer cancel()
	p, err := b.Store.UpdateProduct(ctx, workspace, id, change)
	if err != nil {
		return named(err, productMissing)
	}
	body := append([]byte(`{"success":true,"product":`), catalog.Encode(&p)...)
	body = appendStock(append(body, `,"stockStatus":{`...), p.Stock())
	return writeJSON(c, fiber.StatusOK, append(body, "}}"...))
}

// setQuantity sets the stock, nil for "not managed". What an import said of
// the availability gives way to what a person counted.
func setQuantity(p *catalog.Product, quantity *int64) {
	p.StockQuantity = quantity
	if p.Availability == "" || quantity == nil {
		return
	}
	p.Availability = catalog.InStock
	if *quantity == 0 {
		p.Availability = catalog.OutOfStock
	}
}

const defaultHistory = 100

func (s *Server) productHistory(c *fiber.Ctx, b *Backend) error {
	workspace, id, err := productPath(c)
	if err != nil {
		return err
	}
	limit, _, err := paging(c)
	if err != nil {
		return err
	}
	if limit == 0 {
		limit = defaultHistory
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	// A product without changes and no product are different answers.
	if _, err := b.Store.ProductDoc(ctx, workspace, id); err != nil {
		return named(err, productMissing)
	}
	entries, err := b.Store.History(ctx, workspace, id, limit)
	if err != nil {
		return err
	}
	body := strconv.AppendInt([]byte(`{"success":true,"count":`), int64(len(entries)), 10)
	body = append(body, `,"history":[`...)
	for i := range entries {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendHistory(body, &entries[i])
	}
	return writeJSON(c, fiber.StatusOK, append(body, "]}"...))
}

func appendHistory(b []byte, e *catalog.HistoryEntry) []byte {
	b = appendTime(append(b, `{"at":`...), e.At)
	if e.VariantID != "" {
		b = catalog.AppendString(append(b, `,"variantId":`...), e.VariantID)
	}
	if !e.Price.IsZero() {
		b = append(append(b, `,"price":`...), e.Price.Number()...)
	}
	if e.Price.Currency != "" {
		b = catalog.AppendString(append(b, `,"currency":`...), e.Price.Currency)
	}
	if !e.CompareAt.IsZero() {
		b = append(append(b, `,"compareAtPrice":`...), e.CompareAt.Number()...)
	}
	if e.Availability != "" {
		b = catalog.AppendString(append(b, `,"availability":`...), string(e.Availability))
	}
	if e.StockQuantity != nil {
		b = strconv.AppendInt(append(b, `,"stockQuantity":`...), *e.StockQuantity, 10)
	}
	return append(b, '}')
}

const timeLayout = "2006-01-02T15:04:05.000Z"

func appendTime(b []byte, t time.Time) []byte {
	b = t.UTC().AppendFormat(append(b, '"'), timeLayout)
	return append(b, '"')
}
