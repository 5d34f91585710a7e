package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

// text is a text in each language.
type text map[string]string

// languages are those of all texts; the first one is told to who speaks
// another.
var languages = []string{"ja", "en", "ko"}

// languageOf is the language of texts for a conversation.
func languageOf(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
	for _, l := range languages {
		if tag == l {
			return l
		}
	}
	return languages[0]
}

// tool is a function that the model may call.
type tool struct {
	name   string
	about  text
	params []param
	run    func(c *session) (string, error)
}

// param is an argument of a tool. It is a string, or a whole number from least
// to most where most is not 0.
type param struct {
	name        string
	required    bool
	least, most int
	about       text
}

func list(_ *omakase.Context, req omakase.ToolListRequest) (omakase.ToolListReply, error) {
	language := languageOf(req.Language)
	reply := omakase.ToolListReply{Tools: make([]omakase.Tool, len(tools))}
	for i := range tools {
		t := &tools[i]
		reply.Tools[i] = omakase.Tool{Name: t.name, Description: t.about[language], Parameters: t.schema(language)}
	}
	return reply, nil
}

// schema is the JSON Schema of the arguments.
func (t *tool) schema(language string) string {
	b := []byte(`{"type":"object","properties":{`)
	required := []byte(nil)
	for i, p := range t.params {
		if i > 0 {
			b = append(b, ',')
		}
		b = json.AppendString(b, p.name)
		if p.most > 0 {
			b = strconv.AppendInt(append(b, `:{"type":"integer","minimum":`...), int64(p.least), 10)
			b = strconv.AppendInt(append(b, `,"maximum":`...), int64(p.most), 10)
		} else {
			b = append(b, `:{"type":"string"`...)
			if p.required {
				b = append(b, `,"minLength":1`...)
			}
			b = append(b, `,"maxLength":500`...)
		}
		b = append(json.AppendString(append(b, `,"description":`...), p.about[language]), '}')
		if p.required {
			if required != nil {
				required = append(required, ',')
			}
			required = json.AppendString(required, p.name)
		}
	}
	b = append(b, '}')
	if required != nil {
		b = append(append(append(b, `,"required":[`...), required...), ']')
	}
	return string(append(b, '}'))
}

const mostPieces = 100_000

var productID = param{name: "product_id", required: true, about: text{
	"ja": "search_products、get_recommendations、get_cart の結果にある商品ID。商品名ではありません。",
	"en": "The id of the product as search_products, get_recommendations or get_cart gave it. Never its name.",
	"ko": "search_products, get_recommendations, get_cart 결과에 있는 상품 ID. 상품 이름이 아닙니다.",
}}

var variantID = param{name: "variant_id", about: text{
	"ja": "サイズや色などの種類のID（get_product_details の variants）。お客様が種類を選んだときに指定します。",
	"en": "The id of the size, colour or the like from the variants of get_product_details, once the customer has chosen one.",
	"ko": "사이즈나 색상 등의 ID(get_product_details의 variants). 고객이 종류를 골랐을 때 지정합니다.",
}}

var tools = []tool{
	{name: "search_products", run: searchProducts, about: text{
		"ja": "商品名や説明の言葉で、この店の商品を探します。お客様が商品、種類、用途を口にしたら、まずこれを呼びます（「湯呑みある？」「プレゼントを探してる」など）。指示にない商品の話をする前にも必ず呼びます。見つからなければ、短い言葉や別の言い方でもう一度呼びます。",
		"en": "Find products of this shop by words from their name or description. Call it first whenever the customer names a product, a kind of product or an occasion (\"do you have mugs?\", \"I need a present\"), and before you say anything about a product that is not in your instructions. When nothing is found, call it again with a shorter or different word.",
		"ko": "상품 이름이나 설명의 단어로 이 가게의 상품을 찾습니다. 고객이 상품, 종류, 용도를 말하면 먼저 이것을 호출합니다(\"머그컵 있어요?\", \"선물을 찾고 있어요\" 등). 지시에 없는 상품을 이야기하기 전에도 반드시 호출합니다. 결과가 없으면 더 짧거나 다른 단어로 다시 호출합니다.",
	}, params: []param{{name: "query", required: true, about: text{
		"ja": "店の言語での一語か数語。例：湯呑み", "en": "One or a few words in the language of the shop, such as: linen shirt", "ko": "가게의 언어로 된 한두 단어. 예: 린넨 셔츠",
	}}}},
	{name: "get_product_details", run: getProductDetails, about: text{
		"ja": "一つの商品について店が伝えていることすべて：説明、価格、サイズや色（variants）、在庫。お客様が詳しく知りたいとき、または種類を選ぶときに呼びます。",
		"en": "Everything the shop says about one product: description, price, sizes and colours (variants), stock. Call it when the customer wants to know more, or has to choose a variant.",
		"ko": "상품 하나에 대해 가게가 알려 주는 모든 것: 설명, 가격, 사이즈와 색상(variants), 재고. 고객이 더 알고 싶어 하거나 종류를 골라야 할 때 호출합니다.",
	}, params: []param{productID}},
	{name: "add_to_cart", run: addToCart, about: text{
		"ja": "商品をお客様のカートに入れます。お客様が「それをください」「カートに入れて」「二つ買います」のようにはっきり言ったときだけ呼びます。数は数字に直します（「ふたつ」は2）。商品IDが分からなければ先に search_products を呼びます。結果を聞いてから、入れたことを伝えます。",
		"en": "Put a product into the customer's cart. Only when the customer has said clearly that they want it (\"I'll take it\", \"two of those, please\"). Turn spoken numbers into digits. If you do not have the product's id, call search_products first. Tell the customer that it is in the cart only once the result says so.",
		"ko": "상품을 고객의 장바구니에 넣습니다. 고객이 \"그걸로 주세요\", \"두 개 살게요\"처럼 분명히 말했을 때만 호출합니다. 말로 한 수는 숫자로 바꿉니다(\"두 개\"는 2). 상품 ID를 모르면 먼저 search_products를 호출합니다. 결과를 확인한 뒤에 담았다고 말합니다.",
	}, params: []param{productID, {name: "quantity", least: 1, most: mostPieces, about: text{
		"ja": "個数。言われなければ1。", "en": "How many; 1 unless the customer says otherwise.", "ko": "개수. 말하지 않으면 1.",
	}}, variantID}},
	{name: "get_cart", run: getCart, about: text{
		"ja": "カートの中身と小計。お客様がカートについて尋ねたとき、また注文の前に読み上げるために呼びます。",
		"en": "What is in the customer's cart, with the subtotal. Call it when the customer asks about the cart, and to read it back before an order.",
		"ko": "장바구니의 내용과 소계. 고객이 장바구니를 물어볼 때, 그리고 주문 전에 읽어 주기 위해 호출합니다.",
	}},
	{name: "remove_from_cart", run: removeFromCart, about: text{
		"ja": "商品をカートから全部取り出します。数を減らすだけなら update_cart_quantity を呼びます。",
		"en": "Take a product out of the cart, all pieces of it. To take out some, call update_cart_quantity.",
		"ko": "상품을 장바구니에서 모두 뺍니다. 수만 줄이려면 update_cart_quantity를 호출합니다.",
	}, params: []param{productID, variantID}},
	{name: "update_cart_quantity", run: updateCartQuantity, about: text{
		"ja": "カートにある商品の個数を変えます。「三つにして」なら3。0にすると取り出します。",
		"en": "Change how many pieces of a product are in the cart: 3 for \"make it three\". 0 takes it out.",
		"ko": "장바구니에 있는 상품의 개수를 바꿉니다. \"세 개로 해 주세요\"면 3. 0이면 뺍니다.",
	}, params: []param{productID, {name: "quantity", required: true, most: mostPieces, about: text{
		"ja": "変えた後の個数。増やす数ではありません。", "en": "How many there are to be, not how many more.", "ko": "바꾼 뒤의 개수. 늘리는 수가 아닙니다.",
	}}, variantID}},
	{name: "clear_cart", run: clearCart, about: text{
		"ja": "カートを空にします。必ず先にお客様に確かめます。",
		"en": "Empty the whole cart. Ask the customer before you do.",
		"ko": "장바구니를 비웁니다. 반드시 먼저 고객에게 확인합니다.",
	}},
	{name: "check_stock", run: checkStock, about: text{
		"ja": "商品の在庫の有無と、店が数えている場合は残りの数。「まだありますか」と聞かれたら、推測せずに呼びます。",
		"en": "Whether a product is in stock, and how many are left where the shop counts them. Call it instead of guessing when the customer asks.",
		"ko": "상품의 재고 여부와, 가게가 세고 있으면 남은 수. \"아직 있나요?\"라고 물으면 추측하지 말고 호출합니다.",
	}, params: []param{productID}},
	{name: "get_recommendations", run: getRecommendations, about: text{
		"ja": "ある商品に合うもの（一緒に買われたもの、同じ種類で価格の近いもの）、または種類の中のおすすめ。すべて在庫があります。お客様が迷っているとき、ほかの品を知りたいとき、売り切れのときに呼びます。",
		"en": "What goes with a product (bought together, of the same kind and near in price), or is worth a look in a category. All of it is in stock. Call it when the customer can't decide, wants alternatives, or when something is sold out.",
		"ko": "어떤 상품과 어울리는 것(함께 구매된 것, 같은 종류로 가격이 비슷한 것) 또는 카테고리의 추천 상품. 모두 재고가 있습니다. 고객이 고민할 때, 다른 상품을 원할 때, 품절일 때 호출합니다.",
	}, params: []param{{name: "product_id", about: text{
		"ja": "合わせる商品のID", "en": "The id of the product that they should go with", "ko": "어울릴 상품의 ID",
	}}, {name: "category", about: text{
		"ja": "種類の名前", "en": "A category of the shop", "ko": "카테고리 이름",
	}}}},
	{name: "search_faq", run: searchFAQ, about: text{
		"ja": "送料、返品、支払い方法、配送日数、ギフト包装などについての、店の正式な回答。こうした質問には推測で答えず、必ず呼びます。",
		"en": "The shop's own answers about shipping, returns, payment, delivery times, gift wrapping and the like. Always call it for such questions instead of guessing.",
		"ko": "배송비, 반품, 결제 방법, 배송 기간, 선물 포장 등에 대한 가게의 공식 답변. 이런 질문에는 추측하지 말고 반드시 호출합니다.",
	}, params: []param{{name: "query", required: true, about: text{
		"ja": "お客様の質問、またはその主な言葉", "en": "The customer's question, or its main words", "ko": "고객의 질문 또는 주요 단어",
	}}}},
	{name: "get_store_info", run: getStoreInfo, about: text{
		"ja": "店についての情報：名前、扱っているもの、方針、問い合わせ先。",
		"en": "What the shop says about itself: its name, what it sells, its policies, how to reach it.",
		"ko": "가게에 대한 정보: 이름, 판매하는 것, 정책, 연락처.",
	}},
	{name: "place_order", run: placeOrder, about: text{
		"ja": "カートの中身を注文します。先に get_cart でカートと合計を読み上げ、お客様が「注文します」「それでお願いします」と同意してから、一度だけ呼びます。名前や連絡先は聞けた分だけでかまいません。結果の注文番号を必ず伝えます。",
		"en": "Order what is in the cart. Read the cart and its total back with get_cart first, and call this once, after the customer has agreed. Name and contact only as far as the customer gave them. Always tell the customer the order number of the result.",
		"ko": "장바구니의 내용을 주문합니다. 먼저 get_cart로 장바구니와 합계를 읽어 주고, 고객이 동의한 뒤에 한 번만 호출합니다. 이름과 연락처는 들은 만큼만 넣으면 됩니다. 결과의 주문 번호를 반드시 알려 줍니다.",
	}, params: []param{
		{name: "customer_name", about: text{"ja": "お客様の名前", "en": "The customer's name", "ko": "고객 이름"}},
		{name: "customer_email", about: text{"ja": "メールアドレス", "en": "Their mail address", "ko": "이메일 주소"}},
		{name: "customer_phone", about: text{"ja": "電話番号", "en": "Their phone number", "ko": "전화번호"}},
		{name: "notes", about: text{"ja": "ギフト包装などのご要望", "en": "Their wishes, such as gift wrapping", "ko": "선물 포장 등의 요청"}},
	}},
	{name: "get_order_status", run: getOrderStatus, about: text{
		"ja": "このお客様の注文が今どうなっているか。注文番号を聞いてから呼びます。",
		"en": "How far an order of this customer is. Ask for the order number first.",
		"ko": "이 고객의 주문이 지금 어떤 상태인지. 먼저 주문 번호를 물어봅니다.",
	}, params: []param{{name: "order_id", required: true, about: text{
		"ja": "お客様の言う注文番号（8桁の英数字）", "en": "The order number as the customer says it, 8 letters and digits", "ko": "고객이 말한 주문 번호(8자리 영숫자)",
	}}}},
}
