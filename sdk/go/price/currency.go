package price

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// codes are the currencies that shops price in (ISO 4217), with those that are
// gone but still stand on pages.
const codes = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BYR BZD CAD CDF CHF CLF CLP " +
	"CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR " +
	"ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP " +
	"MRO MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR " +
	"SDG SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UYW UZS VED VEF " +
	"VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL DEM FRF ITL ESP "

// Code is a currency code in upper case, or "" when s is none.
func Code(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if !isCode(s) {
		return ""
	}
	return s
}

func isCode(s string) bool {
	return len(s) == 3 && s[0] >= 'A' && s[0] <= 'Z' && s[1] != ' ' && strings.Index(codes, s+" ")%4 == 0
}

// Digits is how many digits prices in a currency have after the point; -1
// when the currency is not known.
func Digits(currency string) int {
	switch currency {
	case "":
		return -1
	case "JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF", "BIF", "DJF", "GNF", "KMF", "RWF", "VUV":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}

// mark is how a currency is written.
type mark struct {
	text string
	code string // "" when several currencies are written so
	sure bool   // unlikely to mean anything else
}

// marks stand in the order in which they are tried at one place: what is
// longer comes first. A code or word of letters must stand by itself.
var marks = [...]mark{
	{"CAN$", "CAD", true},
	{"CAD$", "CAD", true},
	{"AUD$", "AUD", true},
	{"USD$", "USD", true},
	{"HKD$", "HKD", true},
	{"SGD$", "SGD", true},
	{"NZD$", "NZD", true},
	{"MXN$", "MXN", true},
	{"CLP$", "CLP", true},
	{"Bds$", "BBD", true},
	{"CUC$", "CUC", true},
	{"MOP$", "MOP", true},
	{"GY$", "GYD", true},
	{"AR$", "ARS", true},
	{"AU$", "AUD", true},
	{"BN$", "BND", true},
	{"BZ$", "BZD", true},
	{"CA$", "CAD", true},
	{"CL$", "CLP", true},
	{"CO$", "COP", true},
	{"CV$", "CVE", true},
	{"HK$", "HKD", true},
	{"MX$", "MXN", true},
	{"NT$", "TWD", true},
	{"NZ$", "NZD", true},
	{"TT$", "TTD", true},
	{"RD$", "DOP", true},
	{"WS$", "WST", true},
	{"US$", "USD", true},
	{"SG$", "SGD", true},
	{"EC$", "XCD", true},
	{"U$S", "USD", true},
	{"$U", "UYU", true},
	{"$b", "BOB", true},
	{"C$", "CAD", true},
	{"J$", "JMD", true},
	{"N$", "NAD", true},
	{"R$", "BRL", true},
	{"S$", "SGD", true},
	{"T$", "TOP", true},
	{"Z$", "ZWL", true},
	{"A$", "AUD", true},
	{"$", "", true},
	{"SY£", "SYP", true},
	{"LB£", "LBP", true},
	{"E£", "EGP", true},
	{"£", "GBP", true},
	{"CN¥", "CNY", true},
	{"JP¥", "JPY", true},
	{"¥", "", true},
	{"円", "JPY", true},
	{"GH₵", "GHS", true},
	{"₵", "GHS", true},
	{"€", "EUR", true},
	{"zł", "PLN", true},
	{"Zł", "PLN", true},
	{"ZŁ", "PLN", true},
	{"Kč", "CZK", true},
	{"kč", "CZK", true},
	{"KČ", "CZK", true},
	{"₽", "RUB", true},
	{"฿", "THB", true},
	{"դր.", "AMD", true},
	{"դր", "AMD", true},
	{"֏", "AMD", true},
	{"₦", "NGN", true},
	{"₴", "UAH", true},
	{"₱", "PHP", true},
	{"৳", "BDT", true},
	{"₭", "LAK", true},
	{"₪", "ILS", true},
	{"﷼", "", true},
	{"៛", "KHR", true},
	{"₩", "KRW", true},
	{"₫", "VND", true},
	{"₡", "CRC", true},
	{"টকা", "BDT", true},
	{"ƒ", "ANG", true},
	{"₲", "PYG", true},
	{"؋", "AFN", true},
	{"₮", "MNT", true},
	{"₨", "", true},
	{"₸", "KZT", true},
	{"₺", "TRY", true},
	{"₼", "AZN", true},
	{"₾", "GEL", true},
	{"₹", "INR", true},
	{"₿", "", true},
	{"₣", "", true},
	{"₶", "", true},
	{"원", "KRW", true},
	{"đ", "VND", true},
	{"Đ", "VND", true},
	{"VNĐ", "VND", true},
	{"人民币", "CNY", true},
	{"圓", "", true},
	{"元", "", true},
	{"र", "INR", true},
	{"EUR", "EUR", true},
	{"euros", "EUR", true},
	{"euro", "EUR", true},
	{"Euro", "EUR", true},
	{"eur", "EUR", true},
	{"CHF", "CHF", true},
	{"DKK", "DKK", true},
	{"Rp.", "IDR", true},
	{"Rp", "IDR", true},
	{"lei", "RON", true},
	{"Lei", "RON", true},
	{"LEI", "RON", true},
	{"руб.", "RUB", true},
	{"руб", "RUB", true},
	{"грн.", "UAH", true},
	{"грн", "UAH", true},
	{"дин.", "RSD", true},
	{"динар", "RSD", true},
	{"Dinara", "RSD", true},
	{"лв.", "BGN", true},
	{"лв", "BGN", true},
	{"р.", "RUB", true},
	{"тңг.", "KZT", true},
	{"тңг", "KZT", true},
	{"тг.", "KZT", true},
	{"тг", "KZT", true},
	{"ман.", "AZN", true},
	{"تومان", "IRR", true},
	{"ريال", "", true},
	{"ر.س.", "SAR", true},
	{"ر.س", "SAR", true},
	{"جنيه", "EGP", true},
	{"ج.م", "EGP", true},
	{"د.إ", "AED", true},
	{"د.ب", "BHD", true},
	{"د.ك", "KWD", true},
	{"د.ت", "TND", true},
	{"د.م", "MAD", true},
	{"د.ا", "JOD", true},
	{"ر.ق", "QAR", true},
	{"ر.ع", "OMR", true},
	{"ر.ي", "YER", true},
	{"ل.ل", "LBP", true},
	{"ع.د", "IQD", true},
	{"ج.س", "SDG", true},
	{"ל״ש", "ILS", true},
	{"ש״ח", "ILS", true},
	{"ש\"ח", "ILS", true},
	{"ש'ח", "ILS", true},
	{"ლარი", "GEL", true},
	{"ден.", "MKD", true},
	{"ден", "MKD", true},
	{"ДЕН", "MKD", true},
	{"BYN", "BYN", true},
	{"бел.руб", "BYN", true},

	{"SFr.", "CHF", false},
	{"Fr.", "CHF", false},
	{"FCFA", "", false},
	{"CFA", "", false},
	{"Nu.", "BTN", false},
	{"B/.", "PAB", false},
	{"S/.", "PEN", false},
	{"S/", "PEN", false},
	{"FBu", "BIF", false},
	{"Fdj", "DJF", false},
	{"TSh", "TZS", false},
	{"KSh", "KES", false},
	{"Dhs", "AED", false},
	{"RMB", "CNY", false},
	{"yuan", "CNY", false},
	{"yen", "JPY", false},
	{"Yen", "JPY", false},
	{"YEN", "JPY", false},
	{"SEK", "SEK", false},
	{"Kr.", "", false},
	{"kr.", "", false},
	{"kr", "", false},
	{"Kr", "", false},
	{"KR", "", false},
	{"Ft", "HUF", false},
	{"Rs.", "", false},
	{"Rs", "", false},
	{"RS", "", false},
	{"RM", "MYR", false},
	{"TL", "TRY", false},
	{"kn", "HRK", false},
	{"KM", "BAM", false},
	{"KD", "KWD", false},
	{"BD", "BHD", false},
	{"QR", "QAR", false},
	{"SR", "SAR", false},
	{"Br", "", false},
	{"DT", "TND", false},
	{"DH", "MAD", false},
	{"MK", "MWK", false},
	{"UM", "MRU", false},
	{"VT", "VUV", false},
	{"Db", "STN", false},
	{"din", "RSD", false},
	{"Lt", "LTL", false},
	{"Ls", "LVL", false},
	{"Р", "RUB", false},
	{"р", "RUB", false},
	{"сом", "KGS", false},
	{"сум", "UZS", false},
	{"so'm", "UZS", false},
	{"pln", "PLN", false},
	{"usd", "USD", false},
	{"gbp", "GBP", false},
	{"nzd", "NZD", false},
	{"chf", "CHF", false},
	{"R", "ZAR", false},
	{"L", "", false},
	{"P", "", false},
}

// findMark finds the first mark of a currency in s. With sure, only those that
// hardly mean anything else count.
func findMark(s string, sure bool) (text, code string) {
	for i := 0; i < len(s); {
		if !sure {
			if c := wordAt(s, i, 3); isCode(c) {
				return c, c
			}
		}
		for k := range marks {
			m := &marks[k]
			if m.sure != sure || !strings.HasPrefix(s[i:], m.text) || !standsAlone(s, i, m) {
				continue
			}
			return m.text, m.code
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		i += n
	}
	return "", ""
}

// wordAt is the word of n ASCII letters at i, or "".
func wordAt(s string, i, n int) string {
	if i+n > len(s) || i > 0 && isLetter(s[i-1]) || i+n < len(s) && isLetter(s[i+n]) {
		return ""
	}
	for k := i; k < i+n; k++ {
		if s[k] < 'A' || s[k] > 'Z' {
			return ""
		}
	}
	return s[i : i+n]
}

// standsAlone reports whether a mark of letters is no part of a word. Single
// letters must touch a number.
func standsAlone(s string, i int, m *mark) bool {
	first, _ := utf8.DecodeRuneInString(m.text)
	last, _ := utf8.DecodeLastRuneInString(m.text)
	if scriptless(first) && scriptless(last) {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, size := utf8.DecodeRuneInString(s[i+len(m.text):])
	if i > 0 && unicode.IsLetter(first) && unicode.IsLetter(before) && !scriptless(before) {
		return false
	}
	if size > 0 && unicode.IsLetter(last) && unicode.IsLetter(after) && !scriptless(after) {
		return false
	}
	if len(m.text) == 1 || m.text == "Р" || m.text == "р" || m.text == "р." {
		if s == m.text {
			return true
		}
		rest := strings.TrimLeft(s[i+len(m.text):], " ")
		head := strings.TrimRight(s[:i], " ")
		return rest != "" && isDigit(rest[0]) || head != "" && (isDigit(head[len(head)-1]) || head[len(head)-1] == '-')
	}
	return true
}

// scriptless reports runes that are no part of a word: signs, and letters of
// languages that don't put spaces between words.
func scriptless(r rune) bool {
	return !unicode.IsLetter(r) || r >= 0x2e80 && r < 0xfb00
}

// setCurrency finds the currency of a price, by its text first and then by
// what is around it.
func (p *Price) setCurrency(text string, h Hint) {
	for _, try := range [...]struct {
		text string
		sure bool
	}{{text, true}, {h.Near, true}, {text, false}, {h.Near, false}} {
		if symbol, code := findMark(try.text, try.sure); symbol != "" {
			p.Symbol, p.Currency = symbol, code
			break
		}
	}
	if p.Symbol == "" || p.Currency != "" {
		return
	}
	// A code beside the sign says which dollars they are.
	for _, s := range [...]string{text, h.Near} {
		for i := range len(s) {
			if c := wordAt(s, i, 3); isCode(c) && sharesMark(c, p.Symbol) {
				if p.Currency = c; s == text {
					p.Symbol = c
				}
				return
			}
		}
	}
	p.Currency = p.ambiguous(text, h)
}

// Countries by which a sign that several share is told apart.
const (
	dollars = "AR:ARS AU:AUD BB:BBD BS:BSD BZ:BZD CA:CAD CL:CLP CO:COP DO:DOP FJ:FJD GY:GYD HK:HKD JM:JMD KY:KYD MO:MOP MX:MXN NA:NAD NZ:NZD SG:SGD " +
		"SR:SRD TT:TTD TW:TWD UY:UYU XC:XCD "
	crowns = "SE:SEK NO:NOK DK:DKK IS:ISK FO:DKK GL:DKK CZ:CZK "
	rupees = "IN:INR PK:PKR LK:LKR NP:NPR MU:MUR SC:SCR "
	yuans  = "CN:CNY TW:TWD HK:HKD JP:JPY MO:MOP "
	others = "HN:HNL MD:MDL RO:RON BY:BYN ET:ETB SA:SAR IR:IRR YE:YER OM:OMR QA:QAR BW:BWP GT:GTQ "
)

// sharesMark reports whether a currency is one of those written with a sign.
func sharesMark(code, symbol string) bool {
	switch symbol {
	case "$":
		return code == "USD" || strings.Contains(dollars, ":"+code+" ") || code == "NIO" || code == "BND" || code == "LRD" || code == "BMD" || code == "CUP" || code == "BOB"
	case "¥":
		return code == "JPY" || code == "CNY"
	case "₨":
		return strings.Contains(rupees, ":"+code+" ")
	}
	return strings.Contains(crowns+rupees+yuans+others, ":"+code+" ")
}

func byCountry(table, country string) string {
	if len(country) != 2 {
		return ""
	}
	if i := strings.Index(table, country+":"); i >= 0 && i%7 == 0 {
		return table[i+3 : i+6]
	}
	return ""
}

// ambiguous is the currency of a sign that several share, for that country or
// language; "" when nothing tells.
func (p *Price) ambiguous(text string, h Hint) string {
	lang := strings.ToLower(h.Lang)
	switch p.Symbol {
	case "$":
		if c := byCountry(dollars, h.Country); c != "" {
			return c
		}
		return "USD"
	case "¥":
		switch {
		case h.Country == "CN" || h.Country == "" && strings.HasPrefix(lang, "zh"):
			return "CNY"
		case h.Country == "JP" || strings.HasPrefix(lang, "ja") || hasJapanese(text) || p.likeYen():
			return "JPY"
		}
		return ""
	case "kr", "kr.", "Kr", "Kr.", "KR":
		for _, l := range [...]string{"sv:SE", "nb:NO", "nn:NO", "no:NO", "da:DK", "is:IS"} {
			if h.Country == "" && strings.HasPrefix(lang, l[:2]) {
				return byCountry(crowns, l[3:])
			}
		}
		return byCountry(crowns, h.Country)
	case "Rs", "Rs.", "RS", "₨":
		if c := byCountry(rupees, h.Country); c != "" {
			return c
		}
		return "INR"
	case "元", "圓":
		return byCountry(yuans, h.Country)
	}
	return byCountry(others, h.Country)
}

// likeYen reports amounts that hardly are yuan: whole, and in the thousands.
// What costs less may be either.
func (p *Price) likeYen() bool {
	most := p.Amount
	if p.Max != "" {
		most = p.Max
	}
	return len(most) >= 4 && !strings.Contains(p.Amount, ".")
}

func hasJapanese(s string) bool {
	if strings.Contains(s, "送料") {
		return true
	}
	for _, r := range s {
		if r >= 0x3041 && r <= 0x30ff && r != '〜' && r != 'ー' || r == '円' || r == '税' || r == '込' || r == '抜' {
			return true
		}
	}
	return false
}
