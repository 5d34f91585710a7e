package api

import (
	"context"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/shop"
)

const (
	maxVariantID = 512 // bytes
	maxPieces    = shop.MostQuantity
)

// cartAnswer is a cart by itself in an answer.
type cartAnswer struct {
	Success bool        `json:"success"`
	Message string      `json:"message,omitempty"`
	Summary cartSummary `json:"cartSummary"`
	Cart    cartView    `json:"cart"`
}

// cartOf is the cart that the path names.
func cartOf(c *fiber.Ctx) (shop.Handle, error) {
	workspace, id, err := productPath(c)
	return shop.Handle{Workspace: workspace, ID: id}, err
}

func (s *Server) writeCart(c *fiber.Ctx, b *Backend, status int, workspace, message string, cart shop.Cart) error {
	ctx, cancel := s.storeContext()
	defer cancel()
	v, err := b.Shop.Look(ctx, workspace, cart)
	if err != nil {
		return err
	}
	view := viewCart(&v)
	return writeValue(c, status, cartAnswer{true, message, cartSummary{view.ItemCount, view.Subtotal}, view})
}

func (s *Server) newCart(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	cart, err := b.Shop.NewCart(ctx, workspace)
	if err != nil {
		return err
	}
	return s.writeCart(c, b, fiber.StatusCreated, workspace, "", cart)
}

func (s *Server) getCart(c *fiber.Ctx, b *Backend) error {
	h, err := cartOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	cart, err := b.Shop.Cart(ctx, h)
	if err != nil {
		return err
	}
	return s.writeCart(c, b, fiber.StatusOK, h.Workspace, "", cart)
}

// cartChange is one way to change a cart; key makes it happen once.
type cartChange func(ctx context.Context, h shop.Handle, key string, item shop.Item) (shop.Cart, string, error)

// changeCart reads the item with read, which may be nil, and answers with the
// cart after the change.
func (s *Server) changeCart(c *fiber.Ctx, b *Backend, read func() (shop.Item, error), change cartChange) error {
	h, err := cartOf(c)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c, "")
	if err != nil {
		return err
	}
	var item shop.Item
	if read != nil {
		if item, err = read(); err != nil {
			return err
		}
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	cart, message, err := change(ctx, h, key, item)
	if err != nil {
		return err
	}
	return s.writeCart(c, b, fiber.StatusOK, h.Workspace, message, cart)
}

func (s *Server) addToCart(c *fiber.Ctx, b *Backend) error {
	read := func() (shop.Item, error) {
		f, err := bodyFields(c)
		if err != nil {
			return shop.Item{}, err
		}
		item := shop.Item{Quantity: 1}
		id, p := f.text("productId", maxProductID)
		if p != given || id == "" {
			f.refuse("productId", "is required")
		}
		item.ProductID = id
		item.VariantID, _ = f.text("variantId", maxVariantID)
		if n, p := f.whole("quantity", maxPieces); p == given {
			item.Quantity = n
		}
		if item.Quantity == 0 {
			f.refuse("quantity", "must be 1 or more")
		}
		return item, f.err
	}
	return s.changeCart(c, b, read, func(ctx context.Context, h shop.Handle, key string, item shop.Item) (shop.Cart, string, error) {
		cart, err := b.Shop.Add(ctx, h, key, item)
		return cart, nameIn(&cart, item.ProductID) + "をカートに追加しました", err
	})
}

func nameIn(c *shop.Cart, productID string) string {
	for i := range c.Lines {
		if c.Lines[i].ProductID == productID {
			return c.Lines[i].Name
		}
	}
	return "商品"
}

// itemOf is the line that the path names; the query may name the variant.
func itemOf(c *fiber.Ctx) (shop.Item, error) {
	id, err := pathText(c, "productId")
	if err != nil {
		return shop.Item{}, err
	}
	variant := string(c.Context().QueryArgs().Peek("variantId"))
	if len(variant) > maxVariantID {
		return shop.Item{}, errs.New(errs.Invalid, "variantId is longer than %d bytes", maxVariantID)
	}
	return shop.Item{ProductID: id, VariantID: variant}, nil
}

func (s *Server) setCartItem(c *fiber.Ctx, b *Backend) error {
	read := func() (shop.Item, error) {
		item, err := itemOf(c)
		if err != nil {
			return item, err
		}
		f, err := bodyFields(c)
		if err != nil {
			return item, err
		}
		n, p := f.whole("quantity", maxPieces)
		if p != given {
			f.refuse("quantity", "must be a number")
		}
		if variant, p := f.text("variantId", maxVariantID); p == given {
			item.VariantID = variant
		}
		item.Quantity = n
		return item, f.err
	}
	return s.changeCart(c, b, read, func(ctx context.Context, h shop.Handle, key string, item shop.Item) (shop.Cart, string, error) {
		cart, err := b.Shop.Set(ctx, h, key, item)
		if item.Quantity == 0 {
			return cart, "数量が0以下のため商品を削除しました", err
		}
		return cart, fmt.Sprintf("数量を%d個に変更しました", item.Quantity), err
	})
}

func (s *Server) removeCartItem(c *fiber.Ctx, b *Backend) error {
	read := func() (shop.Item, error) { return itemOf(c) }
	return s.changeCart(c, b, read, func(ctx context.Context, h shop.Handle, key string, item shop.Item) (shop.Cart, string, error) {
		cart, err := b.Shop.Remove(ctx, h, key, item)
		return cart, "商品をカートから削除しました", err
	})
}

func (s *Server) clearCart(c *fiber.Ctx, b *Backend) error {
	return s.changeCart(c, b, nil, func(ctx context.Context, h shop.Handle, key string, _ shop.Item) (shop.Cart, string, error) {
		cart, err := b.Shop.Clear(ctx, h, key)
		return cart, "カートを空にしました", err
	})
}

const (
	headerKey = "Idempotency-Key"
	maxKey    = 200
)

// idempotencyKey is that of the header or of the body, as a copy.
func idempotencyKey(c *fiber.Ctx, body string) (string, error) {
	key := string(c.Request().Header.Peek(headerKey))
	switch {
	case key != "" && body != "" && key != body:
		return "", errs.New(errs.Invalid, "idempotencyKey and the header Idempotency-Key are different").WithHint("send one of them")
	case key == "":
		key = body
	}
	if len(key) > maxKey || !printable(key) {
		return "", errs.New(errs.Invalid, "the idempotency key is not up to %d bytes of printable text", maxKey)
	}
	return key, nil
}
