package sim

import (
	"encoding/json"
	"fmt"
	"strings"
)

// phrases are in Japanese, English and Korean.
var phrases = map[string][3]string{
	"hello":  {"いらっしゃいませ。何かお探しですか。", "Welcome. What are you looking for?", "어서 오세요. 무엇을 찾으세요?"},
	"heard":  {"「%s」ですね。商品を探したり、カートに入れたりできますよ。", "You said: %s. I can find products and fill your cart.", "“%s”라고 하셨네요. 상품을 찾고 장바구니에 담아 드릴 수 있어요."},
	"moment": {"少々お待ちください。", "One moment, please.", "잠시만 기다려 주세요."},
	"none":   {"見つかりませんでした。", "I found nothing.", "찾지 못했어요."},
	"found":  {"こちらがございます。%s。", "Here is what I found: %s.", "이런 상품이 있어요. %s."},
	"cart":   {"カートには%s点、小計は%sです。", "There are %s items in your cart, %s in all.", "장바구니에 %s개, 합계 %s입니다."},
	"order":  {"ご注文番号%sで承りました。合計は%sです。", "Your order %s is placed; the total is %s.", "주문번호 %s로 접수했어요. 합계는 %s입니다."},
	"sorry":  {"申し訳ございません。%s", "I am sorry. %s", "죄송합니다. %s"},
	"done":   {"承知しました。", "Done.", "알겠습니다."},
}

// afterTools tells the results of tools, or calls the next one.
func (r *response) afterTools(said string, outputs []*item, lang language) []planned {
	if intentOf(said) == "add" && r.has("add_to_cart") && r.setting("tool_choice") != "none" && len(outputs) == 1 {
		if id := r.seen("product"); id != "" && r.nameOf(outputs[0].callID) == "search_products" {
			return []planned{with("add_to_cart", map[string]any{"product_id": id, "quantity": quantity(said)})}
		}
	}
	var told []string
	for _, o := range outputs {
		told = append(told, tell(o.output, lang))
	}
	return []planned{{text: strings.Join(told, " ")}}
}

func (r *response) nameOf(callID string) string {
	for _, it := range r.items {
		if it.kind == "function_call" && it.callID == callID {
			return it.name
		}
	}
	return ""
}

// result is what is understood of tools' results.
type result struct {
	Error           any
	Message         string
	Products        []named
	Recommendations []named
	Results         []struct{ Answer string }
	ItemCount       json.Number
	FormattedTotal  string
	OrderNumber     string
	StatusMessage   string
	Name            string
	ID              string
	ProductID       string `json:"productId"`
	Description     string
	Price           json.Number
}

type named struct {
	ID, Name string
	Price    json.Number
}

func tell(output string, lang language) string {
	var t result
	if json.Unmarshal([]byte(output), &t) != nil {
		return phrases["done"][lang]
	}
	products := append(t.Products, t.Recommendations...)
	if len(t.Products) > 0 {
		products = t.Products
	}
	switch {
	case t.Error != nil:
		return fmt.Sprintf(phrases["sorry"][lang], t.Error)
	case t.OrderNumber != "" && t.FormattedTotal != "" && t.StatusMessage == "":
		return fmt.Sprintf(phrases["order"][lang], t.OrderNumber, t.FormattedTotal)
	case t.StatusMessage != "":
		return t.StatusMessage
	case t.Message != "":
		return t.Message
	case len(products) > 0:
		var names []string
		for _, p := range products[:min(len(products), 3)] {
			names = append(names, strings.TrimSpace(p.Name+" "+p.Price.String()))
		}
		return fmt.Sprintf(phrases["found"][lang], strings.Join(names, ", "))
	case len(t.Results) > 0:
		return t.Results[0].Answer
	case t.FormattedTotal != "":
		return fmt.Sprintf(phrases["cart"][lang], t.ItemCount, t.FormattedTotal)
	case t.Name != "":
		return strings.TrimSpace(t.Name + " " + t.Price.String() + " " + t.Description)
	case strings.Contains(output, `"count":0`):
		return phrases["none"][lang]
	}
	return phrases["done"][lang]
}

// seen is the product or the order that was spoken of last.
func (r *response) seen(what string) string {
	for i := len(r.items) - 1; i >= 0; i-- {
		it := r.items[i]
		if it.kind != "function_call_output" {
			continue
		}
		var t result
		if json.Unmarshal([]byte(it.output), &t) != nil {
			continue
		}
		switch {
		case what == "order":
			if t.OrderNumber != "" {
				return t.OrderNumber
			}
		case len(t.Products) > 0:
			return t.Products[0].ID
		case len(t.Recommendations) > 0:
			return t.Recommendations[0].ID
		case t.ProductID != "":
			return t.ProductID
		case t.ID != "" && t.Name != "":
			return t.ID
		}
	}
	return ""
}
