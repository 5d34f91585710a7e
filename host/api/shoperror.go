package api

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/shop"
)

// The contract's sentences for customers, and ours in its manner where it has
// none. A reason that is not here concerns programmers and stays in English.
var refusalTexts = map[shop.Reason]string{
	shop.NoCart:        "カートが見つかりませんでした",
	shop.NoOrder:       "注文が見つかりませんでした。注文番号をご確認ください。",
	shop.NoProduct:     "商品が見つかりませんでした",
	shop.NoVariant:     "ご指定の種類が見つかりませんでした",
	shop.NotInCart:     "カートに該当商品がありませんでした",
	shop.WhichVariant:  "カートに同じ商品の種類が複数あります。種類をご指定ください。",
	shop.NotForSale:    "「{name}」は現在販売していません",
	shop.NoPrice:       "「{name}」の価格が未定のため、カートに入れられません",
	shop.OtherCurrency: "通貨の異なる商品は一緒に注文できません",
	shop.TooManyLines:  "カートに入れられる商品は{limit}種類までです",
	shop.TooManyPieces: "一つの商品は{limit}個までです",
	shop.TooExpensive:  "金額が大きすぎます",
	shop.EmptyCart:     "カートが空です。商品を追加してから注文してください。",
	shop.ShortStock:    "「{name}」の在庫が不足しています",
	shop.NoCheckout:    "この注文のお支払いページはありません",
}

func refusalText(r *shop.Refusal) string {
	text, ok := refusalTexts[r.Reason]
	if !ok {
		return r.Error()
	}
	return strings.NewReplacer("{name}", r.Name, "{limit}", strconv.FormatInt(r.Limit, 10)).Replace(text)
}

// shortageView is a line that stock does not cover.
type shortageView struct {
	ProductID string `json:"productId"`
	VariantID string `json:"variantId,omitempty"`
	Name      string `json:"name"`
	Requested int64  `json:"requested"`
	Available int64  `json:"available"`
}

// refusalView is a refusal as clients see it.
type refusalView struct {
	Success   bool           `json:"success"`
	Error     string         `json:"error"`
	Code      shop.Reason    `json:"code"`
	Hint      string         `json:"hint,omitempty"`
	ProductID string         `json:"productId,omitempty"`
	VariantID string         `json:"variantId,omitempty"`
	Items     []shortageView `json:"items,omitempty"` // what is short
}

func (s *Server) failRefused(c *fiber.Ctx, r *shop.Refusal) error {
	v := refusalView{
		Error: refusalText(r), Code: r.Reason, Hint: errs.HintOf(r), ProductID: r.ProductID, VariantID: r.VariantID,
	}
	for _, short := range r.Short {
		v.Items = append(v.Items, shortageView{short.ProductID, short.VariantID, short.Name, short.Wanted, short.Available})
	}
	return writeValue(c, statusOf(errs.KindOf(r)), v)
}
