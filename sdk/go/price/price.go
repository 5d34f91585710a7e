// Package price reads prices as people write them: "$1,234.50", "1.299,00 €",
// "￥４，４００（税込）", "1,000円〜3,000円", "オープン価格".
//
// It is for guests and for whoever tests them: it imports little, and knows
// nothing of pages. Amounts are decimal text ("1980", "12.99"), never floats.
package price

import "strings"

// Tax says whether an amount includes tax, where the text says so.
type Tax uint8

// What a text may say of tax.
const (
	TaxUnknown Tax = iota
	TaxIncluded
	TaxExcluded
)

// Price is what a text says of money. The zero value is no price.
type Price struct {
	Amount   string // what is paid; "" when the text names no amount
	Max      string // of a range
	List     string // before a reduction
	ExTax    string // the amount without tax, where the text has both
	Currency string // ISO 4217; "" when it can't be told
	Symbol   string // the currency as it stands in the text or the hint
	Tax      Tax
}

// Hint is what is known of a text from around it.
type Hint struct {
	Near    string // more text of the same price: a currency beside it, a label
	Country string // whose shop it is, two letters of ISO 3166 in upper case
	Lang    string // of the page, such as "ja" or "pt-BR"
}

// Parse reads the price in a short text, the first where there are several and
// nothing tells them apart. Rates, points and numbers of things are no money;
// neither are "ask us" and "open price".
func Parse(text string, h Hint) Price {
	text = fold(text)
	h.Near = fold(h.Near)
	var p Price
	if japanese(text) {
		p = parseJapanese(text)
	} else {
		p = parseWestern(text)
	}
	p.setCurrency(text, h)
	if p.Amount != "" {
		p.fixDecimals(text)
	}
	return p
}

// western is an amount in a text that the Japanese rules are not for.
type western struct {
	number
	marked bool // a currency stands beside it
	before bool // words say that it is the price before a reduction
}

// maxAmounts bounds the numbers of one text that are looked at.
const maxAmounts = 16

// parseWestern reads the first amount, and the end of a range that it begins.
// An amount with a currency beside it goes before one without, and what is
// paid now before what was.
func parseWestern(text string) Price {
	var all []western
	for i, from := 0, 0; len(all) < maxAmounts; {
		n, ok := firstNumber(text, i)
		if !ok {
			break
		}
		if !n.isDate() {
			all = append(all, western{number: n, marked: touchesMark(text, n.start, n.end), before: saysBefore(text[from:n.start]) || SaysBefore(text[from:n.start])})
		}
		i, from = n.end, n.end
	}
	if len(all) == 0 {
		if hasWord(text, "free") {
			return Price{Amount: "0"}
		}
		return Price{}
	}
	best := 0
	for i := range all {
		if rank(&all[i]) > rank(&all[best]) {
			best = i
		}
	}
	p := Price{Amount: all[best].decimal()}
	if best+1 < len(all) && isRange(text[all[best].end:all[best+1].start]) {
		if most := all[best+1].decimal(); Compare(most, p.Amount) > 0 && all[best+1].marked == all[best].marked {
			p.Max = most
		}
	}
	for i := range all {
		if before := all[i].decimal(); all[i].before && i != best && Compare(before, p.Amount) > 0 {
			p.List = before
			break
		}
	}
	return p
}

func rank(w *western) int {
	r := 0
	if w.marked {
		r += 2
	}
	if !w.before {
		r++
	}
	return r
}

// touchesMark reports whether a currency stands right before or after an
// amount.
func touchesMark(s string, start, end int) bool {
	before := strings.TrimRight(s[:start], " .")
	after := strings.TrimLeft(s[end:], " ")
	if n := len(before); n >= 3 && isCode(before[n-3:]) || len(after) >= 3 && isCode(after[:3]) {
		return true
	}
	if before == "" || !edges[before[len(before)-1]].last {
		before = ""
	}
	if after == "" || !edges[after[0]].first {
		after = ""
	}
	if before == "" && after == "" {
		return false
	}
	for k := range marks {
		m := &marks[k]
		if m.sure && (strings.HasSuffix(before, m.text) || strings.HasPrefix(after, m.text)) {
			return true
		}
	}
	return false
}

// edges tells of each byte whether a sure mark of a currency begins or ends
// with it, which is so of few.
var edges = func() (all [256]struct{ first, last bool }) {
	for i := range marks {
		if m := &marks[i]; m.sure {
			all[m.text[0]].first, all[m.text[len(m.text)-1]].last = true, true
		}
	}
	return all
}()

// saysBefore reports whether the words before an amount make it the price
// before a reduction.
func saysBefore(label string) bool {
	label = strings.ToLower(label[max(0, len(label)-24):])
	for _, w := range [...]string{"was", "rrp", "msrp", "uvp", "list price", "reg.", "regular price", "statt", "instead of", "old price", "retail price", "before"} {
		if hasWord(label, w) {
			return true
		}
	}
	return false
}

// hasWord reports whether s holds a word of ASCII letters in any case.
func hasWord(s, word string) bool {
	for i := 0; i+len(word) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(word)], word) && (i == 0 || !isLetter(s[i-1])) &&
			(i+len(word) == len(s) || !isLetter(s[i+len(word)])) {
			return true
		}
	}
	return false
}

// isRange reports whether the text between two amounts makes a range of them.
func isRange(between string) bool {
	dash := false
	for _, r := range between {
		switch {
		case r == '-' || r == '–' || r == '—' || r == '~' || r == '〜':
			if dash {
				return false
			}
			dash = true
		case r == ' ' || r == '$' || r == '€' || r == '£' || r == '¥' || r == '円' || r == '原' || r == '원' || r == '₹' || r == '₽':
		case r >= 'A' && r <= 'Z': // a code, or the letters of R$ and NT$
		default:
			return false
		}
	}
	return dash
}

// fixDecimals reads amounts anew whose point means something else in their
// currency: 1.980 yen are no 1.98, and 423.923 dinars of Kuwait are no 423,923.
func (p *Price) fixDecimals(text string) {
	if p.Currency == "" || Digits(p.Currency) != 3 {
		return
	}
	if n, ok := firstNumber(text, 0); ok && n.fraction() == 3 {
		p.Amount = n.split(3)
	}
}

// fold writes full-width forms and odd spaces as their ordinary ones.
func fold(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '￥':
			r = '¥'
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case r == '￦':
			r = '₩'
		case r == '٬':
			r = ','
		case r == '٫':
			r = '.'
		case r >= '٠' && r <= '٩':
			r -= '٠' - '0'
		case r >= '۰' && r <= '۹':
			r -= '۰' - '0'
		case isSpace(r):
			r = ' '
		case r == '\u200b' || r == '\u200e' || r == '\u200f' || r == '\u00ad' || r == '\ufeff' || r == '\u2060' || r == '\u2062' || r == '\u2063':
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isSpace(r rune) bool {
	return r == '\u00a0' || r == '\u3000' || r == '\u202f' || r == '\u205f' || r >= '\u2000' && r <= '\u200a' ||
		r == '\n' || r == '\t' || r == '\r' || r == '\v' || r == '\f'
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] < ' ' {
			return false
		}
	}
	return true
}

// Mentions reports whether a text names an amount together with a currency.
func Mentions(text string) bool {
	text = fold(text)
	for i := 0; i < len(text); {
		n, ok := firstNumber(text, i)
		if !ok {
			return strings.Contains(text, "千円")
		}
		if touchesMark(text, n.start, n.end) || touchesWord(text, &n) {
			return true
		}
		i = n.end
	}
	return false
}

// wordMarks are marks of letters that may mean something else, but hardly do
// beside a number that looks like a price.
const wordMarks = " kr kr. Kr Kr. KR Rs Rs. RS RM TL Ft S/ S/. KSh TSh R Fr. SFr. kn "

// touchesWord reports whether such a mark stands beside a number that looks
// like a price: 899 kr, R1,299.00, but not 6 Ft.
func touchesWord(s string, n *number) bool {
	before := strings.TrimRight(s[:n.start], " ")
	after := strings.TrimLeft(s[n.end:], " ")
	before = before[strings.LastIndexAny(before, " :(")+1:]
	if i := strings.IndexAny(after, " ,;)-"); i >= 0 {
		after = after[:i]
	}
	for _, w := range [...]string{before, after, strings.TrimSuffix(after, ".")} {
		if w == "" || len(w) > 4 || !strings.Contains(wordMarks, " "+w+" ") {
			continue
		}
		if f := n.fraction(); f == 2 || f == 3 || len(n.groups) > 1 || len(w) > 1 && n.digits() >= 3 && !n.led {
			return true
		}
	}
	return false
}
