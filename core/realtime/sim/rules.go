package sim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// planned is a part of an answer: words, or a call.
type planned struct {
	text            string
	call, arguments string
}

// language is 0 for Japanese, 1 for English, 2 for Korean: an index into the
// texts below.
type language int

// languageOf a text goes by its letters; other is for texts without any.
func languageOf(text string, other language) language {
	han, latin := false, false
	for _, c := range text {
		switch {
		case unicode.Is(unicode.Hangul, c):
			return 2
		case unicode.Is(unicode.Hiragana, c), unicode.Is(unicode.Katakana, c):
			return 0
		case unicode.Is(unicode.Han, c):
			han = true
		case unicode.IsLetter(c):
			latin = true
		}
	}
	switch {
	case han:
		return 0
	case latin:
		return 1
	}
	return other
}

// guesses are what is taken to have been said where only a voice was heard: a
// customer on the way from a question to an order.
var guesses = [3][]string{
	{"おすすめを教えてください", "それをカートに入れてください", "カートを見せてください", "注文します"},
	{"What do you recommend?", "Please add it to the cart", "Show me the cart", "Place the order"},
	{"추천해 주세요", "그걸 담아 주세요", "장바구니를 보여 주세요", "주문할게요"},
}

// understand is what was said, as far as it can be known.
func (c *session) understand(sound []byte) string {
	if text := wordsIn(sound); text != "" {
		return text
	}
	if c.s.o.Mute {
		return "…"
	}
	list := guesses[languageOf(fmt.Sprint(c.config["instructions"]), 1)]
	text := list[c.guesses%len(list)]
	c.guesses++
	return text
}

// intents are what a customer may want, in the order in which they are tried.
var intents = []struct {
	name string
	says *regexp.Regexp
}{
	{"status", regexp.MustCompile(`(?i)order status|track|注文状況|いつ届|配送状況|주문 ?상태|언제 ?도착`)},
	{"clear", regexp.MustCompile(`(?i)empty the cart|clear|空にして|全部消|비워`)},
	{"remove", regexp.MustCompile(`(?i)remove|take .*out|削除|取り消|やめ|빼`)},
	{"order", regexp.MustCompile(`(?i)place the order|check ?out|\border\b|注文|購入|会計|주문|결제`)},
	{"cart", regexp.MustCompile(`(?i)(show|see|what).*cart|カート.*(見|確認|中身|何)|장바구니.*보`)},
	{"add", regexp.MustCompile(`(?i)\badd\b|\bbuy\b|take it|i'll have|カートに|入れて|ください$|買|담아|살게`)},
	{"stock", regexp.MustCompile(`(?i)in stock|available|在庫|재고`)},
	{"recommend", regexp.MustCompile(`(?i)recommend|suggest|おすすめ|お勧め|추천`)},
	{"faq", regexp.MustCompile(`(?i)shipping|return|refund|payment|送料|返品|支払|배송|반품|결제 ?방법`)},
	{"store", regexp.MustCompile(`(?i)hours|about (the|your) (shop|store)|営業時間|お店|店舗|영업|가게`)},
	{"details", regexp.MustCompile(`(?i)tell me more|details|詳しく|자세히`)},
	{"search", regexp.MustCompile(`(?i)search|find|looking for|do you have|show me|探|ありますか|見せて|찾|있나요|있어요`)},
	{"greet", regexp.MustCompile(`(?i)hello|\bhi\b|こんにちは|はじめまして|안녕`)},
}

func intentOf(text string) string {
	for _, i := range intents {
		if i.says.MatchString(text) {
			return i.name
		}
	}
	return ""
}

// plan is the answer to what was said last.
func (r *response) plan() []planned {
	said, outputs := r.last()
	lang := languageOf(said, languageOf(fmt.Sprint(r.setting("instructions")), 1))
	own, special := r.body["instructions"].(string)
	calls := r.setting("tool_choice") != "none"
	switch {
	case special && !calls && len(own) > 0: // it was told what to say
		return []planned{{text: phrases["moment"][lang]}}
	case len(outputs) > 0:
		return r.afterTools(said, outputs, lang)
	case calls:
		if named := r.namedTools(said); len(named) > 0 {
			return named
		}
		if p := r.callFor(intentOf(said), said); p.call != "" && r.has(p.call) {
			return []planned{p}
		}
	}
	if intentOf(said) == "greet" || said == "" {
		return []planned{{text: phrases["hello"][lang]}}
	}
	return []planned{{text: fmt.Sprintf(phrases["heard"][lang], said)}}
}

// last is the last thing that the customer said, and the outputs since.
func (r *response) last() (said string, outputs []*item) {
	for i := len(r.items) - 1; i >= 0; i-- {
		switch it := r.items[i]; {
		case it.kind == "function_call_output":
			outputs = append([]*item{it}, outputs...)
		case it.role == "assistant" && len(outputs) == 0 && said == "":
			// It was answered; whatever comes behind it is new.
		case it.role == "user":
			if said = it.transcript; said != "" {
				return said, outputs
			}
			for _, p := range it.content {
				if text, ok := p["text"].(string); ok {
					said += text
				}
			}
			return said, outputs
		}
	}
	return said, outputs
}

// tools are those that the response may call.
func (r *response) tools() (names []string) {
	list, _ := r.setting("tools").([]any)
	for _, t := range list {
		if name, ok := part(map[string]any{"t": t}, "t")["name"].(string); ok {
			names = append(names, name)
		}
	}
	return names
}

func (r *response) has(name string) bool {
	for _, other := range r.tools() {
		if other == name {
			return true
		}
	}
	return false
}

var called = regexp.MustCompile(`(?i)call ([a-z0-9_, ]+)`)

// namedTools are tools that are asked for by name: "call this and that".
func (r *response) namedTools(said string) (all []planned) {
	m := called.FindStringSubmatch(said)
	if m == nil {
		return nil
	}
	for _, name := range strings.FieldsFunc(m[1], func(c rune) bool { return c == ',' || c == ' ' }) {
		if r.has(name) {
			all = append(all, planned{call: name, arguments: "{}"})
		}
	}
	return all
}

func with(call string, arguments map[string]any) planned {
	b, err := json.Marshal(arguments)
	if err != nil {
		b = []byte("{}")
	}
	return planned{call: call, arguments: string(b)}
}

// callFor is the call that serves an intent.
func (r *response) callFor(intent, said string) planned {
	product := r.seen("product")
	switch intent {
	case "search":
		return with("search_products", map[string]any{"query": subject(said)})
	case "recommend":
		return with("get_recommendations", map[string]any{})
	case "add":
		if product == "" {
			return with("search_products", map[string]any{"query": subject(said)})
		}
		return with("add_to_cart", map[string]any{"product_id": product, "quantity": quantity(said)})
	case "details", "stock", "remove":
		name := map[string]string{"details": "get_product_details", "stock": "check_stock", "remove": "remove_from_cart"}[intent]
		return with(name, map[string]any{"product_id": product})
	case "cart":
		return with("get_cart", map[string]any{})
	case "clear":
		return with("clear_cart", map[string]any{})
	case "order":
		return with("place_order", map[string]any{})
	case "status":
		return with("get_order_status", map[string]any{"order_id": r.seen("order")})
	case "faq":
		return with("search_faq", map[string]any{"query": subject(said)})
	case "store":
		return with("get_store_info", map[string]any{})
	}
	return planned{}
}

var (
	filler = regexp.MustCompile(`(?i)\b(search|find|looking|for|do|you|have|show|me|please|i|am|want|to|buy|add|the|a|an|any|some|cart|it|is|are|what|your|about)\b|` +
		`を?(探して|さがして|見せて|カートに|入れて)(ください|います)?|は?ありますか|ください|を\s*$|찾아 ?주세요|찾고 ?있어요|있나요|있어요|보여 ?주세요|담아 ?주세요|을 |를 |[?？。、.,!！]`)
	digits = regexp.MustCompile(`\d+`)
)

// subject is what a question is about.
func subject(said string) string {
	if s := strings.Join(strings.Fields(filler.ReplaceAllString(said, " ")), " "); s != "" {
		return s
	}
	return said
}

func quantity(said string) int {
	n := 1
	if d := digits.FindString(said); d != "" && len(d) < 3 {
		_, _ = fmt.Sscan(d, &n)
	}
	return max(n, 1)
}
