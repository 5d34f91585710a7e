package knowledge_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
)

func questions(faqs []knowledge.FAQ) []string {
	list := []string{}
	for _, f := range faqs {
		list = append(list, f.Question)
	}
	return list
}

func TestRank(t *testing.T) {
	t.Parallel()
	faqs := knowledge.Seeds()
	faqs = append(faqs,
		knowledge.FAQ{Question: "Do you ship abroad?", Answer: "We send parcels to Taiwan and Korea.", Category: "Shipping", Keywords: []string{"overseas"}, Active: true},
		knowledge.FAQ{Question: "해외 배송이 되나요?", Answer: "일본 국내만 배송합니다.", Category: "배송", Active: true},
		knowledge.FAQ{Question: "カードは使えますか", Answer: "ギフトカードも使えます。", Category: "支払い", Active: true},
		knowledge.FAQ{Question: "隠れた送料", Answer: "見えない", Active: false},
	)
	const shipping, returns, payment, time, gift, restock = "送料はいくらですか？", "返品や交換はできますか？", "どのような支払い方法がありますか？",
		"届くまで何日かかりますか？", "ギフト包装はできますか？", "売り切れの商品は再入荷しますか？"
	for query, want := range map[string]string{
		"送料":           shipping,
		"送料について教えて":    shipping, // a sentence: the keyword is in it
		"配送料は無料になりますか": shipping,
		"返品":           returns,
		"不良品だったので返金してほしい":            returns,
		"クレジットカードは使える？":              payment, // by a keyword, before those that share words
		"ギフトカード":                     "カードは使えますか",
		"ｷﾞﾌﾄ":                       gift, // half-width
		"ぎふと包装":                      gift,
		"何日で届く":                      time,
		"再入荷の予定":                     restock,
		"taiwan":                     "Do you ship abroad?", // only the answer says so
		"OVERSEAS":                   "Do you ship abroad?",
		"can you send it to Taiwan?": "Do you ship abroad?",
		"해외배송 되나요":                   "해외 배송이 되나요?",
	} {
		got := knowledge.Rank(faqs, query, 5)
		if len(got) == 0 || got[0].Question != want {
			t.Errorf("%s: %q, want %q first", query, questions(got), want)
		}
	}
	for _, query := range []string{"", "  ", "？！", "xyzzy", "見えない", "宇宙旅行", "what is it"} {
		if got := knowledge.Rank(faqs, query, 5); len(got) > 0 {
			t.Errorf("%q finds %q", query, questions(got))
		}
	}
	if got := knowledge.Rank(faqs, "配送", 2); len(got) != 2 {
		t.Errorf("limit 2: %q", questions(got))
	}
	if got := knowledge.Rank(faqs, "送料", 0); got != nil {
		t.Errorf("limit 0: %q", questions(got))
	}
}

// The contract's points decide the order: question, keyword, category, and our
// answer between them.
func TestRankOrder(t *testing.T) {
	t.Parallel()
	faqs := []knowledge.FAQ{
		{Question: "a", Answer: "x", Category: "返礼品", Keywords: []string{}, Active: true},
		{Question: "b", Answer: "返礼品のこと", Category: "x", Keywords: []string{}, Active: true},
		{Question: "c", Answer: "x", Category: "x", Keywords: []string{"返礼品"}, Active: true},
		{Question: "返礼品とは", Answer: "x", Category: "x", Keywords: []string{}, Active: true},
		{Question: "d", Answer: "x", Category: "返礼品", Keywords: []string{}, Active: true},
	}
	want := []string{"返礼品とは", "c", "b", "a", "d"}
	if diff := cmp.Diff(want, questions(knowledge.Rank(faqs, "返礼品", 10))); diff != "" {
		t.Error(diff)
	}
}

// Whoever types a part of a question finds it.
func TestRankFindsParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		runes := []rune(rapid.StringMatching(`[あ-ん亜-熙ア-ンa-z0-9가-힣]{1,30}`).Draw(t, "question"))
		from := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, len(runes)).Draw(t, "to")
		faqs := []knowledge.FAQ{{Question: string(runes), Answer: "x", Active: true}}
		if got := knowledge.Rank(faqs, string(runes[from:to]), 5); len(got) != 1 {
			t.Fatalf("%q does not find %q", string(runes[from:to]), string(runes))
		}
	})
}

func TestFAQBounds(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("長", n) }
	for name, f := range map[string]knowledge.FAQ{
		"no question":       {Answer: "a"},
		"a blank answer":    {Question: "q", Answer: " \n"},
		"a long question":   {Question: long(knowledge.MaxQuestion + 1), Answer: "a"},
		"a long answer":     {Question: "q", Answer: long(knowledge.MaxAnswer + 1)},
		"a long category":   {Question: "q", Answer: "a", Category: long(knowledge.MaxCategory + 1)},
		"many keywords":     {Question: "q", Answer: "a", Keywords: slices.Repeat([]string{"k"}, knowledge.MaxKeywords+1)},
		"a long keyword":    {Question: "q", Answer: "a", Keywords: []string{long(knowledge.MaxKeyword + 1)}},
		"a NUL":             {Question: "q\x00", Answer: "a"},
		"bytes of no text":  {Question: "q\xff", Answer: "a"},
		"a keyword of NULs": {Question: "q", Answer: "a", Keywords: []string{"\x00"}},
	} {
		f.Normalize()
		if err := f.Validate(); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := knowledge.FAQ{Question: " q ", Answer: "a", Keywords: []string{" ", "k "}}
	f.Normalize()
	if f.Question != "q" || f.Category != knowledge.DefaultCategory || !slices.Equal(f.Keywords, []string{"k"}) || f.Validate() != nil {
		t.Errorf("%+v: %v", f, f.Validate())
	}
}

func TestSeedsAndGenerated(t *testing.T) {
	t.Parallel()
	all := knowledge.Seeds()
	if len(all) != 6 || !cmp.Equal(all, knowledge.Seeds()) {
		t.Fatalf("%d seeds, or not the same each time", len(all))
	}
	ids, asked := map[string]bool{}, map[string]bool{}
	for _, f := range all {
		ids[f.ID] = true
	}
	if len(ids) != 6 {
		t.Error("seeds share ids")
	}
	for _, language := range []string{"", "English", "Korean"} {
		faqs, err := knowledge.Generate(&knowledge.Context{Name: "茶屋", Policies: &knowledge.Policies{Returns: "7 days"}}, language)
		if err != nil || len(faqs) != 4 {
			t.Fatalf("%s: %d, %v", language, len(faqs), err)
		}
		if !strings.Contains(faqs[0].Answer, "茶屋") || faqs[1].Answer != "7 days" {
			t.Errorf("%s: %q, %q", language, faqs[0].Answer, faqs[1].Answer)
		}
		for _, f := range faqs {
			all = append(all, *f)
		}
	}
	for i := range all {
		all[i].Normalize()
		if err := all[i].Validate(); err != nil || asked[knowledge.SameQuestion(all[i].Question)] {
			t.Errorf("%q: %v, or asked twice", all[i].Question, err)
		}
		asked[knowledge.SameQuestion(all[i].Question)] = true
	}
	if _, err := knowledge.Generate(nil, "Klingon"); !errs.Is(err, errs.Invalid) {
		t.Errorf("an unknown language: %v", err)
	}
}

func TestDeriveKeywords(t *testing.T) {
	t.Parallel()
	for question, want := range map[string][]string{
		"ギフト包装はできますか？":           {"ギフト", "包装"},
		"返品・交換について(送料は無料)":       {"返品", "交換", "送料", "無料"},
		"Do you ship to Taiwan?": {"ship", "Taiwan"},
		"배송비는 얼마인가요?":            {"배송비는", "얼마인가요"},
		"":                       {},
		"いつですか":                  {},
	} {
		if diff := cmp.Diff(want, knowledge.DeriveKeywords(question)); diff != "" {
			t.Errorf("%s: %s", question, diff)
		}
	}
	if got := knowledge.DeriveKeywords("一二 三四 五六 七八 九十 甲乙 丙丁 戊己 庚辛 壬癸 子丑"); len(got) != 10 {
		t.Errorf("%d keywords", len(got))
	}
}

func TestSameQuestion(t *testing.T) {
	t.Parallel()
	for _, q := range []string{"送料は いくら？", "送料は　いくら?", "送料は いくら"} {
		if knowledge.SameQuestion(q) != knowledge.SameQuestion("送料は いくら") {
			t.Errorf("%q is another question", q)
		}
	}
	if knowledge.SameQuestion("送料はいくら") == knowledge.SameQuestion("返品はできる") {
		t.Error("two questions are one")
	}
}
