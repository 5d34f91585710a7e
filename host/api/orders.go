package api

import (
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/host/auth"
)

const headerCart = "X-Cart-Id"

// orderAnswer is an order by itself in an answer.
type orderAnswer struct {
	Success  bool      `json:"success"`
	Message  string    `json:"message,omitempty"`
	Replayed bool      `json:"replayed,omitempty"` // it had been placed before
	Order    orderView `json:"order"`
}

// asker is who asks for an order: an operator, or the customer whose cart it
// was. Without keys, whoever reaches the server is its operator.
func (s *Server) asker(c *fiber.Ctx) shop.Asker {
	a := shop.Asker{Operator: !s.o.Auth.Required()}
	if key, ok := auth.Bearer(c.Request().Header.Peek(fiber.HeaderAuthorization)); ok && s.o.Auth.Allows(key) {
		a.Operator = true
	}
	if a.CartID = string(c.Request().Header.Peek(headerCart)); a.CartID == "" {
		a.CartID = string(c.Context().QueryArgs().Peek("cartId"))
	}
	return a
}

func (s *Server) placeOrder(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	var n shop.NewOrder
	var p presence
	if n.CartID, p = f.text("cartId", maxProductID); p != given || n.CartID == "" {
		f.refuse("cartId", "is required")
	}
	n.Notes, _ = f.text("notes", jsonLimit)
	key, _ := f.text("idempotencyKey", maxKey)
	if raw, p := f.object("customer"); p == given && f.err == nil {
		who, err := parseFields(raw, "customer")
		if err != nil {
			return err
		}
		who.at = "customer."
		n.Customer.Name, _ = who.text("name", jsonLimit)
		n.Customer.Email, _ = who.text("email", jsonLimit)
		n.Customer.Phone, _ = who.text("phone", jsonLimit)
		f.err = who.err
	}
	if f.err != nil {
		return f.err
	}
	if n.Key, err = idempotencyKey(c, key); err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	o, placed, err := b.Shop.Place(ctx, workspace, n)
	if err != nil {
		return err
	}
	status := fiber.StatusCreated
	if !placed {
		status = fiber.StatusOK
	}
	return writeValue(c, status, orderAnswer{Success: true, Message: told(&o), Replayed: !placed, Order: viewOrder(&o)})
}

// told is an order in one sentence, for a customer to read or hear.
func told(o *shop.Order) string {
	t := &o.Totals
	var b strings.Builder
	fmt.Fprintf(&b, "ご注文ありがとうございます。注文番号は%sです。", o.Number)
	for i := range o.Lines {
		l := &o.Lines[i]
		fmt.Fprintf(&b, "%s %d点 %s、", l.Name, l.Quantity, l.Total().Format())
	}
	fmt.Fprintf(&b, "小計%s、消費税%s、", t.Money(t.Subtotal).Format(), t.Money(t.Tax).Format())
	if t.Shipping > 0 {
		fmt.Fprintf(&b, "送料%s、", t.Money(t.Shipping).Format())
	}
	fmt.Fprintf(&b, "合計%sです。", t.Money(t.Total).Format())
	for i := range o.Lines {
		if l := &o.Lines[i]; !l.Was.IsZero() {
			fmt.Fprintf(&b, "「%s」の価格は%sから%sに変わりました。", l.Name, l.Was.Format(), l.Price.Format())
		}
	}
	return b.String()
}

func (s *Server) listOrders(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	var q shop.OrderQuery
	if q.Limit, q.Cursor, err = paging(c); err != nil {
		return err
	}
	if state := string(c.Context().QueryArgs().Peek("status")); state != "" {
		if q.State, err = shop.ParseState(state); err != nil {
			return err
		}
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	orders, next, err := b.Shop.Orders(ctx, workspace, q)
	if err != nil {
		return err
	}
	views := make([]orderView, len(orders))
	for i := range orders {
		views[i] = viewOrder(&orders[i])
	}
	body, err := encode(struct {
		Success bool        `json:"success"`
		Count   int         `json:"count"`
		Orders  []orderView `json:"orders"`
	}{true, len(views), views})
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, append(appendNext(body[:len(body)-1], next, q.Limit), '}'))
}

// orderPath is the order that the path names.
func orderPath(c *fiber.Ctx) (workspace, number string, err error) {
	if workspace, err = workspaceOf(c); err != nil {
		return "", "", err
	}
	number, err = pathText(c, "orderNumber")
	return workspace, number, err
}

func (s *Server) getOrder(c *fiber.Ctx, b *Backend) error {
	workspace, number, err := orderPath(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	o, err := b.Shop.Order(ctx, workspace, number, s.asker(c))
	if err != nil {
		return err
	}
	return writeValue(c, fiber.StatusOK, orderAnswer{Success: true, Order: viewOrder(&o)})
}

func (s *Server) setOrderStatus(c *fiber.Ctx, b *Backend) error {
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	name, p := f.text("status", maxProductID)
	if p != given {
		f.refuse("status", "is required")
	}
	if f.err != nil {
		return f.err
	}
	to, err := shop.ParseState(name)
	if err != nil {
		return err
	}
	return s.moveOrder(c, b, shop.Asker{Operator: true}, to)
}

func (s *Server) cancelOrder(c *fiber.Ctx, b *Backend) error {
	return s.moveOrder(c, b, s.asker(c), shop.Cancelled)
}

func (s *Server) moveOrder(c *fiber.Ctx, b *Backend, a shop.Asker, to shop.State) error {
	workspace, number, err := orderPath(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	o, err := b.Shop.Move(ctx, workspace, number, a, to)
	if err != nil {
		return err
	}
	return writeValue(c, fiber.StatusOK, orderAnswer{Success: true, Order: viewOrder(&o)})
}

func (s *Server) orderCheckout(c *fiber.Ctx, b *Backend) error {
	workspace, number, err := orderPath(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	o, err := b.Shop.Order(ctx, workspace, number, s.asker(c))
	if err != nil {
		return err
	}
	link, err := b.Shop.Checkout(ctx, workspace, &o)
	if err != nil {
		return errs.Wrap("making a checkout link", err)
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success bool   `json:"success"`
		URL     string `json:"checkoutUrl"`
		Plugin  string `json:"plugin"`
	}{true, link.URL, link.Plugin})
}
