package knowledge

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/omakase-ai/omakase/core/errs"
)

// entry is a question with an answer that holds for any shop.
type entry struct {
	category, question, answer string
	keywords                   []string
	policy                     func(*Policies) string // the shop's own words for it; nil: it has none
}

// seeds are the questions that a workspace begins with. Their answers promise
// nothing that a shop would first have to agree to.
var seeds = []entry{
	{
		category: "配送", question: "送料はいくらですか？", keywords: []string{"送料", "配送料", "配送", "無料"},
		answer: "送料はお届け先とご注文の合計金額で決まります。ご注文を確定する前に、送料を含めた合計をお知らせします。",
	},
	{
		category: "返品・交換", question: "返品や交換はできますか？", keywords: []string{"返品", "交換", "返金", "不良品"},
		answer: "お届けした商品に不具合があるときや、ご注文と違う商品が届いたときは承ります。ご注文番号を添えてお知らせください。",
	},
	{
		category: "支払い", question: "どのような支払い方法がありますか？", keywords: []string{"支払い", "決済", "クレジットカード", "代引き"},
		answer: "お使いいただける支払い方法は、ご注文の確認画面に表示されます。ご注文を確定する前にお選びいただけます。",
	},
	{
		category: "配送", question: "届くまで何日かかりますか？", keywords: []string{"届く", "納期", "発送", "日数", "いつ"},
		answer: "在庫のある商品は準備ができしだい発送します。お届けの目安は、ご注文の確認のときにご案内します。",
	},
	{
		category: "サービス", question: "ギフト包装はできますか？", keywords: []string{"ギフト", "ラッピング", "包装", "プレゼント", "贈り物"},
		answer: "贈り物にお使いのときは、ご注文の前にお申し付けください。包めるかどうかと料金を、商品ごとにご案内します。",
	},
	{
		category: "在庫", question: "売り切れの商品は再入荷しますか？", keywords: []string{"再入荷", "入荷", "売り切れ", "在庫"},
		answer: "再入荷の予定は商品によって違います。商品名を教えていただければ、今の在庫と近い商品をご案内します。",
	},
}

// seedTime stands for when the seeds were made: before every shop.
var seedTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Seeds are the questions that every workspace begins with, the same each
// time. Their order is that of the list, and they have no Seq.
func Seeds() []FAQ {
	faqs := make([]FAQ, len(seeds))
	for i, e := range seeds {
		faqs[i] = FAQ{
			ID: uuid.NewSHA1(uuid.NameSpaceOID, []byte("omakase seed "+e.question)).String(), Question: e.question, Answer: e.answer,
			Category: e.category, Keywords: slices.Clone(e.keywords), Active: true, CreatedAt: seedTime, UpdatedAt: seedTime,
		}
	}
	return faqs
}

// generated are the questions that are made for a shop, by language. NAME in an
// answer is the shop's.
var generated = map[string][]entry{
	"Japanese": {
		{
			category: "配送", question: "配送料金について教えてください", keywords: []string{"送料", "配送料金", "配送"}, policy: shippingOf,
			answer: "NAMEの送料は、お届け先とご注文の内容で決まります。ご注文の確定前に合計をお知らせします。",
		},
		{
			category: "返品・交換", question: "届いた商品が合わないときはどうすればいいですか？", keywords: []string{"返品", "交換", "サイズ", "イメージ"}, policy: returnsOf,
			answer: "商品をお使いになる前に、ご注文番号とご事情をお知らせください。返品や交換ができるかをお調べします。",
		},
		{
			category: "配送", question: "注文した商品はいつ発送されますか？", keywords: []string{"発送", "出荷", "納期", "お届け日"},
			answer: "在庫のある商品から順に発送します。お急ぎのときは、ご注文の前にお届けの目安をお尋ねください。",
		},
		{
			category: "サービス", question: "プレゼント用に包んでもらえますか？", keywords: []string{"プレゼント", "ギフト", "ラッピング", "のし"},
			answer: "ご希望をうかがって、商品ごとにできることと料金をご案内します。メッセージを添えたいときもお知らせください。",
		},
	},
	"English": {
		{
			category: "Shipping", question: "How much does shipping cost?", keywords: []string{"shipping", "delivery fee", "postage"}, policy: shippingOf,
			answer: "Shipping at NAME depends on where your order goes and what is in it. You hear the total before you confirm.",
		},
		{
			category: "Returns", question: "What can I do if something does not suit me?", keywords: []string{"return", "exchange", "refund"}, policy: returnsOf,
			answer: "Please tell us your order number and what is wrong before you use the item. We will check whether it can be returned or exchanged.",
		},
		{
			category: "Shipping", question: "When will my order be sent?", keywords: []string{"dispatch", "delivery time", "arrive"},
			answer: "What is in stock is sent as soon as it is packed. If you are in a hurry, ask for an estimate before you order.",
		},
		{
			category: "Services", question: "Can you gift-wrap my order?", keywords: []string{"gift", "wrapping", "present"},
			answer: "Tell us what you have in mind, and we will say what can be done for each item and at what price. A message can be asked for as well.",
		},
	},
	"Korean": {
		{
			category: "배송", question: "배송비는 얼마인가요?", keywords: []string{"배송비", "배송", "택배"}, policy: shippingOf,
			answer: "NAME의 배송비는 배송지와 주문 내용에 따라 정해집니다. 주문을 확정하시기 전에 합계를 알려 드립니다.",
		},
		{
			category: "반품·교환", question: "받은 상품이 맞지 않으면 어떻게 하나요?", keywords: []string{"반품", "교환", "환불"}, policy: returnsOf,
			answer: "사용하시기 전에 주문 번호와 사유를 알려 주세요. 반품이나 교환이 가능한지 확인해 드립니다.",
		},
		{
			category: "배송", question: "주문한 상품은 언제 발송되나요?", keywords: []string{"발송", "배송 기간", "도착"},
			answer: "재고가 있는 상품은 준비되는 대로 발송합니다. 급하시면 주문 전에 예상 도착일을 물어봐 주세요.",
		},
		{
			category: "서비스", question: "선물 포장이 가능한가요?", keywords: []string{"선물", "포장", "메시지"},
			answer: "원하시는 내용을 알려 주시면 상품별로 가능한 포장과 비용을 안내해 드립니다. 메시지 카드도 말씀해 주세요.",
		},
	},
}

func shippingOf(p *Policies) string { return p.Shipping }
func returnsOf(p *Policies) string  { return p.Returns }

// Generate makes the questions that a shop is asked most, in a language
// (Japanese where it is ""). What the shop says of its shipping and returns is
// the answer where it says so; c may be nil. It is Invalid for a language that
// is not Japanese, English or Korean.
func Generate(c *Context, language string) ([]*FAQ, error) {
	if language == "" {
		language = "Japanese"
	}
	entries, ok := generated[language]
	if !ok {
		return nil, errs.New(errs.Invalid, "language must be Japanese, English or Korean")
	}
	name, policies := DefaultName, &Policies{}
	if c != nil {
		name = c.Name
		if c.Policies != nil {
			policies = c.Policies
		}
	}
	faqs := make([]*FAQ, len(entries))
	for i, e := range entries {
		answer := strings.Replace(e.answer, "NAME", name, 1)
		if e.policy != nil && strings.TrimSpace(e.policy(policies)) != "" {
			answer = e.policy(policies)
		}
		faqs[i] = &FAQ{Question: e.question, Answer: answer, Category: e.category, Keywords: slices.Clone(e.keywords), Active: true}
	}
	return faqs, nil
}
