package price

import "strings"

// japanese reports whether a folded text is one of those that the Japanese
// rules are for.
func japanese(s string) bool {
	for _, r := range s {
		switch {
		case r == '円' || r == '¥' || r == '税':
			return true
		case r >= 0x3041 && r <= 0x30ff: // kana
			return true
		case r == '万' || r == '千' || r == '価' || r == '抜' || r == '込':
			return true
		}
	}
	return false
}

// role is what the words around an amount make of it.
type role uint8

const (
	rolePrice role = iota
	roleList       // before a reduction
	roleTax        // the tax itself
	roleOther      // points, rates, numbers of things
)

// amount is an amount in a Japanese text.
type amount struct {
	number     string
	marked     bool // a sign or word says that it is money
	role       role
	tax        Tax
	start, end int // with its sign
}

// parseJapanese reads the amounts of a text and chooses the one that is paid,
// tax included where the text has both.
func parseJapanese(s string) Price {
	all := japaneseAmounts(s)
	first := -1
	var p Price
	for i := range all {
		a := &all[i]
		switch a.role {
		case roleList:
			if p.List == "" {
				p.List = a.number
			}
		case rolePrice:
			if first < 0 || a.marked && !all[first].marked {
				first = i
			}
		case roleTax, roleOther:
		}
	}
	if first < 0 {
		p.Amount, p.List = p.List, "" // only a list price is named
		return p
	}
	p.take(s, all, first)
	if p.List != "" && Compare(p.List, p.Amount) <= 0 {
		p.List = ""
	}
	return p
}

// take makes the amount at index i the price, and looks at those around it.
func (p *Price) take(s string, all []amount, i int) {
	p.Amount, p.Tax = all[i].number, all[i].tax
	for k := range all {
		a := &all[k]
		switch {
		case a.role == roleTax && p.Tax == TaxUnknown:
			p.Tax = TaxIncluded
		case k == i || a.role != rolePrice || a.tax == TaxUnknown:
		case a.tax == TaxIncluded && p.Tax != TaxIncluded:
			if plausibleTax(p.Amount, a.number) {
				p.ExTax = p.Amount
				p.Amount, p.Tax = a.number, TaxIncluded
			}
		case a.tax == TaxExcluded && p.ExTax == "" && Compare(a.number, p.Amount) < 0:
			p.ExTax = a.number
		}
	}
	if i+1 < len(all) && all[i+1].role == rolePrice && isRange(s[all[i].end:all[i+1].start]) && Compare(all[i+1].number, all[i].number) > 0 {
		p.Max = all[i+1].number
	}
}

// plausibleTax reports whether the two amounts may be one without and one with
// tax: no more than a quarter apart.
func plausibleTax(without, with string) bool {
	a, b := cents(without), cents(with)
	return a > 0 && b >= a && b-a <= a/4+1
}

// cents is a decimal in hundredths, for comparing; 0 when it is too large.
func cents(s string) int64 {
	whole, frac, _ := strings.Cut(s, ".")
	frac = (frac + "00")[:2]
	if len(whole) > 14 {
		return 0
	}
	var n int64
	for _, c := range []byte(whole + frac) {
		n = n*10 + int64(c-'0')
	}
	return n
}

func japaneseAmounts(s string) []amount {
	var all []amount
	from := 0
	for i := 0; i < len(s) && len(all) < 32; {
		n, begin, end, ok := nextAmount(s, i)
		if !ok {
			break
		}
		a := amount{number: n, start: begin, end: end}
		next := len(s)
		if k := nextDigit(s, end); k >= 0 {
			next = k
		}
		a.classify(s[from:begin], s[begin:end], s[end:next])
		all = append(all, a)
		from, i = end, end
	}
	return all
}

func nextDigit(s string, i int) int {
	for ; i < len(s); i++ {
		if isDigit(s[i]) {
			return i
		}
	}
	return -1
}

// nextAmount reads a number with its sign: ¥4,400, 4,400円, 3万5千円, 千円.
func nextAmount(s string, i int) (value string, begin, end int, ok bool) {
	i0 := nextDigit(s, i)
	if k := strings.Index(s[i:], "千円"); k >= 0 && (i0 < 0 || i+k < i0) {
		return "1000", i + k, i + k + len("千円"), true
	}
	if i0 < 0 {
		return "", 0, 0, false
	}
	n := scanNumber(s, i0)
	value, begin, end = n.decimal(), n.start, n.end
	if value, end = units(s, value, end); end > n.end {
		n.end = end
	}
	if b := strings.TrimRight(s[:begin], " "); strings.HasSuffix(b, "¥") {
		begin = len(b) - len("¥")
	} else if strings.HasSuffix(b, "\\") {
		begin = len(b) - 1
	}
	if rest := strings.TrimLeft(s[end:], " "); strings.HasPrefix(rest, "円") {
		end = len(s) - len(rest) + len("円")
	} else if word := strings.ToLower(rest[:min(3, len(rest))]); word == "yen" || word == "jpy" {
		end = len(s) - len(rest) + len(word)
	}
	return value, begin, end, true
}

// units multiplies by 万 and 千 that follow a number.
func units(s, value string, end int) (string, int) {
	rest := s[end:]
	switch {
	case strings.HasPrefix(rest, "万"):
		total := times(value, 4)
		end += len("万")
		if i := nextDigit(s, end); i == end {
			n := scanNumber(s, i)
			if tail := s[n.end:]; strings.HasPrefix(tail, "千") && len(n.groups) == 1 && len(n.groups[0]) == 1 {
				return plus(total, n.groups[0]+"000"), n.end + len("千")
			} else if strings.HasPrefix(tail, "円") && len(n.split(0)) <= 4 {
				return plus(total, n.split(0)), n.end
			}
		}
		return total, end
	case strings.HasPrefix(rest, "千円"):
		return times(value, 3), end + len("千")
	}
	return value, end
}

// times shifts the point of a decimal to the right.
func times(value string, digits int) string {
	whole, frac, _ := strings.Cut(value, ".")
	for len(frac) < digits {
		frac += "0"
	}
	return clean(whole+frac[:digits], strings.TrimRight(frac[digits:], "0"))
}

// plus puts the last digits of b in the place of those of a, which are zeros.
func plus(a, b string) string {
	if len(b) >= len(a) {
		return a
	}
	return a[:len(a)-len(b)] + b
}

// classify finds out what an amount is from the words before, at and after it.
func (a *amount) classify(before, sign, after string) {
	a.marked = strings.ContainsAny(sign, "¥円\\") || hasFold(sign, "yen") || hasFold(sign, "jpy")
	label := lastLabel(before)
	after = strings.TrimLeft(after, " ")
	switch {
	case strings.HasPrefix(after, "%") || hasFold(after[:min(3, len(after))], "off") || strings.HasPrefix(after, "割"):
		a.role = roleOther
	case !a.marked && isCounted(after):
		a.role = roleOther
	case isTaxLabel(label):
		a.role = roleTax
	case SaysBefore(label), containsAny(label, "定価", "通常価格", "通常販売価格", "参考価格", "希望小売価格", "メーカー価格", "元値", "セール前", "当店通常", "旧価格"):
		a.role = roleList
	case containsAny(label, "ポイント", "pt"):
		a.role = roleOther
	}
	a.tax = taxOf(label, after)
}

// lastLabel is the end of the text before an amount: what stands after the
// last closing bracket or line break.
func lastLabel(s string) string {
	if i := strings.LastIndexAny(s, ")]】」/"); i >= 0 {
		s = s[i:]
	}
	return strings.TrimSpace(s)
}

// isTaxLabel reports whether the amount after the label is the tax itself.
func isTaxLabel(label string) bool {
	label = strings.TrimRight(label, ": ")
	return strings.HasSuffix(label, "税") && !strings.HasSuffix(label, "内税") && !strings.HasSuffix(label, "外税") ||
		strings.HasSuffix(label, "税額") || strings.HasSuffix(label, "税等")
}

// taxOf reads what label and text after an amount say of tax. A bracket after
// the amount belongs to it unless it holds an amount of its own.
func taxOf(label, after string) Tax {
	end := len(after)
	if i := strings.IndexAny(after, ")]】/"); i >= 0 {
		end = i
	} else if strings.ContainsAny(after, "([【") {
		end = strings.IndexAny(after, "([【") // it goes on to the next amount
	}
	after = after[:end]
	for _, s := range []string{after, label} {
		switch {
		case containsAny(s, "税込", "内税", "税入"):
			return TaxIncluded
		case containsAny(s, "税抜", "税別", "外税", "本体", "+税", "+消費税", "+ 税", "税ぬき", "税抜き"):
			return TaxExcluded
		}
	}
	return TaxUnknown
}

// isCounted reports whether what follows a number makes it a number of things.
func isCounted(after string) bool {
	for _, unit := range []string{
		"ポイント", "pt", "個", "点", "本", "枚", "袋", "箱", "g", "kg", "ml", "cm", "mm", "m", "L", "件", "人", "名", "日", "月", "年", "時", "分",
		"回", "倍", "号", "色", "種", "セット", "パック", "×", "x", "粒", "缶", "杯", "歳", "サイズ", "位", "週", "号",
	} {
		if strings.HasPrefix(after, unit) {
			return true
		}
	}
	return false
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// hasFold reports whether s begins with or holds an ASCII word in any case.
func hasFold(s, word string) bool {
	for i := 0; i+len(word) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(word)], word) {
			return true
		}
	}
	return false
}
