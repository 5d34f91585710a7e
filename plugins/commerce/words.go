package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// words are the sentences of results. The Japanese ones are known to existing
// clients. {name}, {n} and the like are filled in.
var words = map[string]text{
	"added":   {"ja": "{name}をカートに追加しました", "en": "{name} is in the cart now", "ko": "{name}을(를) 장바구니에 담았습니다"},
	"removed": {"ja": "商品をカートから削除しました", "en": "The product was taken out of the cart", "ko": "상품을 장바구니에서 뺐습니다"},
	"changed": {"ja": "数量を{n}個に変更しました", "en": "There are {n} of it in the cart now", "ko": "수량을 {n}개로 바꿨습니다"},
	"zero":    {"ja": "数量が0以下のため商品を削除しました", "en": "With a quantity of 0 the product was taken out of the cart", "ko": "수량이 0이므로 상품을 뺐습니다"},
	"cleared": {"ja": "カートを空にしました", "en": "The cart is empty now", "ko": "장바구니를 비웠습니다"},

	"in stock":   {"ja": "在庫あり", "en": "In stock", "ko": "재고 있음"},
	"some left":  {"ja": "在庫あり（{n}点）", "en": "In stock ({n})", "ko": "재고 있음({n}개)"},
	"hardly any": {"ja": "残りわずか（{n}点）", "en": "Only {n} left", "ko": "얼마 남지 않음({n}개)"},
	"sold out":   {"ja": "在庫切れ", "en": "Sold out", "ko": "품절"},

	"thanks":   {"ja": "ご注文ありがとうございます。注文番号は{number}です。", "en": "Thank you for your order. Its number is {number}. ", "ko": "주문해 주셔서 감사합니다. 주문 번호는 {number}입니다. "},
	"line":     {"ja": "{name} {n}点 {sum}、", "en": "{name}, {n} of it: {sum}. ", "ko": "{name} {n}개 {sum}, "},
	"subtotal": {"ja": "小計{sum}、", "en": "Subtotal {sum}, ", "ko": "소계 {sum}, "},
	"tax":      {"ja": "消費税{sum}、", "en": "tax {sum}, ", "ko": "세금 {sum}, "},
	"tax in":   {"ja": "うち消費税{sum}、", "en": "of which tax {sum}, ", "ko": "그중 세금 {sum}, "},
	"shipping": {"ja": "送料{sum}、", "en": "shipping {sum}, ", "ko": "배송비 {sum}, "},
	"total":    {"ja": "合計{sum}です。", "en": "{sum} in total.", "ko": "합계 {sum}입니다."},
	"repriced": {"ja": "「{name}」の価格は{was}から{sum}に変わりました。", "en": " The price of {name} has changed from {was} to {sum}.", "ko": " \"{name}\"의 가격이 {was}에서 {sum}(으)로 바뀌었습니다."},

	"pending":    {"ja": "ご注文を受け付け、確認しています。", "en": "The order was received and is being checked.", "ko": "주문을 접수하여 확인하고 있습니다."},
	"confirmed":  {"ja": "ご注文が確定し、まもなく準備を始めます。", "en": "The order is confirmed, and will be prepared soon.", "ko": "주문이 확정되어 곧 준비를 시작합니다."},
	"processing": {"ja": "ご注文の商品を準備しています。", "en": "The order is being prepared.", "ko": "주문하신 상품을 준비하고 있습니다."},
	"shipped":    {"ja": "商品を発送しました。お届けまでお待ちください。", "en": "The order is on its way.", "ko": "상품을 발송했습니다. 배송 중입니다."},
	"delivered":  {"ja": "商品をお届けしました。", "en": "The order was delivered.", "ko": "상품이 배송 완료되었습니다."},
	"cancelled":  {"ja": "ご注文はキャンセルされました。", "en": "The order was cancelled.", "ko": "주문이 취소되었습니다."},

	"product_not_found": {"ja": "商品が見つかりませんでした", "en": "There is no such product; call search_products for its id", "ko": "상품을 찾을 수 없습니다"},
	"variant_not_found": {"ja": "ご指定の種類が見つかりませんでした", "en": "There is no such variant; see the variants of get_product_details", "ko": "해당 종류를 찾을 수 없습니다"},
	"not_in_cart":       {"ja": "カートに該当商品がありませんでした", "en": "The product is not in the cart", "ko": "장바구니에 해당 상품이 없습니다"},
	"variant_needed":    {"ja": "カートに同じ商品の種類が複数あります。種類をご指定ください。", "en": "Several variants of the product are in the cart; name one with variant_id", "ko": "장바구니에 같은 상품의 여러 종류가 있습니다. variant_id를 지정해 주세요."},
	"not_for_sale":      {"ja": "「{name}」は現在販売していません", "en": "{name} is not for sale now", "ko": "\"{name}\"은(는) 현재 판매하지 않습니다"},
	"no_price":          {"ja": "「{name}」の価格が未定のため、カートに入れられません", "en": "{name} has no price yet and can't be bought", "ko": "\"{name}\"은(는) 가격이 정해지지 않아 담을 수 없습니다"},
	"mixed_currencies":  {"ja": "通貨の異なる商品は一緒に注文できません", "en": "Products in different currencies can't be ordered together", "ko": "통화가 다른 상품은 함께 주문할 수 없습니다"},
	"too_many_lines":    {"ja": "カートに入れられる商品は{n}種類までです", "en": "A cart holds {n} different products at most", "ko": "장바구니에는 {n}종류까지 담을 수 있습니다"},
	"quantity_limit":    {"ja": "一つの商品は{n}個までです", "en": "{n} of one product is the most", "ko": "한 상품은 {n}개까지입니다"},
	"invalid_quantity":  {"ja": "数量は1以上の整数でご指定ください", "en": "The quantity must be a whole number from 1", "ko": "수량은 1 이상의 정수여야 합니다"},
	"amount_limit":      {"ja": "金額が大きすぎます", "en": "The sum is too large", "ko": "금액이 너무 큽니다"},
	"cart_empty":        {"ja": "カートが空です。商品を追加してから注文してください。", "en": "The cart is empty. Put something in before ordering.", "ko": "장바구니가 비어 있습니다. 상품을 담은 뒤 주문해 주세요."},
	"stock":             {"ja": "「{name}」の在庫が不足しています", "en": "There are not enough of {name} in stock", "ko": "\"{name}\"의 재고가 부족합니다"},
	"order_not_found":   {"ja": "注文が見つかりませんでした。注文番号をご確認ください。", "en": "There is no such order. Please check the order number.", "ko": "주문을 찾을 수 없습니다. 주문 번호를 확인해 주세요."},
	"goods_gone":        {"ja": "商品情報の取得に失敗しました。", "en": "{name} is no longer sold; take it out of the cart", "ko": "\"{name}\"은(는) 더 이상 판매하지 않습니다"},
	"refused":           {"ja": "承ることができませんでした", "en": "That was not possible", "ko": "처리할 수 없습니다"},
}

// say is a sentence with its parts filled in: pairs of a part and its text.
func say(language, key string, parts ...string) string {
	s := words[key][language]
	for i := 0; i+1 < len(parts); i += 2 {
		s = strings.ReplaceAll(s, "{"+parts[i]+"}", parts[i+1])
	}
	return s
}

// why is a refusal in words.
func why(language string, r *omakase.Refusal) string {
	key := r.Reason
	switch {
	case key == "insufficient_stock":
		key = "stock"
	case words[key] == nil:
		key = "refused"
	}
	return say(language, key, "n", number(r.Limit), "name", r.Name)
}
