package price

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// wordsBefore are what shops write before the price that was asked before a
// reduction, or that the maker recommends. They stand in lower case between
// bars; what is missing in a language makes a text say nothing.
const wordsBefore = "|was|rrp|rrp.|msrp|mrp|m.r.p.|list price|list|regular price|reg. price|instead of|old price|retail price|retail|before|original price|originally|previous price|typical price|usual price|normal price|full price|compare at|compare at price|reg.|reg" +
	"|uvp|statt|alter preis|bisher|vorher|listenpreis|unverb. preisempf.|unverbindliche preisempfehlung|ursprünglicher preis|originalpreis|regulärer preis|normalpreis|ehemaliger preis" +
	"|au lieu de|avant|prix conseillé|prix public|prix barré|ancien prix|prix d'origine|prix d’origine|prix initial|prix habituel|prix de référence|prix normal|prix régulier" +
	"|antes|precio anterior|precio original|precio habitual|precio recomendado|pvpr|precio de lista|precio normal|precio regular|preço original|preço anterior|preço normal|preço de tabela" +
	"|prima|consigliato|prezzo di listino|listino|prezzo precedente|prezzo originale|prezzo iniziale|anziché|invece di" +
	"|van|adviesprijs|oude prijs|normaal|oorspronkelijke prijs|van de prijs" +
	"|cena katalogowa|poprzednia cena|cena regularna|stara cena|cena przed obniżką|běžná cena|původní cena|bežná cena|pôvodná cena|doporučená cena|odporúčaná cena" +
	"|ord. pris|ordinarie pris|tidigare pris|rek. pris|før|førpris|før pris|vejl. pris|veil. pris|ovh|norm.|alkuperäinen hinta|kainas" +
	"|eredeti ár|korábbi ár|listaár|preț vechi|pret vechi|prp|eski fiyat|liste fiyatı|piyasa fiyatı|redovna cijena|stara cijena|redovna cena|stara cena" +
	"|старая цена|цена до скидки|было|обычная цена|рекомендованная цена|ррц|стара ціна|звичайна ціна|стара цена" +
	"|定価|通常価格|通常販売価格|当店通常価格|参考価格|メーカー希望小売価格|希望小売価格|メーカー価格|標準価格|市価|元値|旧価格|セール前価格" +
	"|정가|소비자가|소비자가격|시중가|정상가|정상가격|권장소비자가" +
	"|原價|原价|定價|定价|建議售價|建议零售价|建議零售價|市價|市价|市场价|市場價|吊牌价|吊牌價|划线价|劃線價|專櫃價" +
	"|giá gốc|giá cũ|giá niêm yết|ราคาปกติ|ราคาเดิม|harga normal|harga asli|harga awal|السعر قبل|بدلا من|بدلاً من|السعر الأصلي|מחיר מקורי|במקום|מחיר קודם|αρχική τιμή|"

// longestBefore bounds how much of a text is looked at.
const longestBefore = 48

// SaysBefore reports whether the words that a text ends with make the amount
// behind it the price before a reduction.
func SaysBefore(text string) bool {
	if len(text) > longestBefore {
		text = strings.ToValidUTF8(text[len(text)-longestBefore:], "")
	}
	text = withoutMark(strings.ToLower(text))
	if len(text) < 2 {
		return false
	}
	for _, w := range beforeByEnd()[[2]byte{text[len(text)-2], text[len(text)-1]}] {
		if !strings.HasSuffix(text, w) {
			continue
		}
		first, _ := utf8.DecodeRuneInString(w)
		last, size := utf8.DecodeLastRuneInString(text[:len(text)-len(w)])
		if size == 0 || scriptless(first) || !unicode.IsLetter(last) {
			return true
		}
	}
	return false
}

// beforeByEnd are those words by their last two bytes: of most texts none is
// looked at.
var beforeByEnd = sync.OnceValue(func() map[[2]byte][]string {
	all := map[[2]byte][]string{}
	for w := range strings.SplitSeq(strings.Trim(wordsBefore, "|"), "|") {
		end := [2]byte{w[len(w)-2], w[len(w)-1]}
		all[end] = append(all[end], w)
	}
	return all
})

// withoutMark is a text in lower case without a currency at its end, and
// without what stands between a label and its amount.
func withoutMark(text string) string {
	between := func(r rune) bool {
		return unicode.IsSpace(r) || r == ':' || r == '：' || r == '(' || r == '（' || r == '￥' || unicode.Is(unicode.Sc, r)
	}
	text = strings.TrimRightFunc(text, between)
	word := text
	for word != "" && isLetter(word[len(word)-1]) || strings.HasSuffix(word, ".") {
		word = word[:len(word)-1]
	}
	word = text[len(word):]
	if strings.Contains(" nt us r ca au hk s a nz mx sg rp rp. rs rs. kr kr. fr fr. sfr. rm tl ", " "+word+" ") || isCode(strings.ToUpper(word)) {
		text = strings.TrimRightFunc(text[:len(text)-len(word)], between)
	}
	return text
}
