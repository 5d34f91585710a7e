package product

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Words beside an amount, in lower case between bars. They stand as shops of
// the world write them; what is missing in a language says nothing.
var (
	// wordsElse stand before amounts that are something else than what the
	// product costs: delivery, thresholds, savings, instalments, points, prices
	// of an amount of goods, and the lowest price of late.
	wordsElse = newWords("|over |orders|spend|above|free delivery|free shipping|shipping|delivery|save|saving|you save|discount|off |earn|points|per month|payments of|deposit|coupon|gift card|under|up to|unit price|protection|instal|tax:|vat:|ships|ship for|total|bonus|lowest price" +
		"|versand|lieferung|porto|gesamtpreis|sie sparen|ersparnis|sparen|spare |rabatt|gutschein|punkte|grundpreis|raten|monatlich|niedrigster preis" +
		"|livraison|offerte dès|frais de port|somme|économi|remise|prix au|mensualit|30 derniers jours|fidélité" +
		"|envío|envio|frete|ahorra|ahorro|economiz|desconto|descuento|cuotas|parcela|parcelas|meses|puntos|pontos|últimos 30" +
		"|spedizione|totale|economia|risparmi|sconto|rate da|al mese|punti|ultimi 30" +
		"|verzending|bezorg|bespaar|korting|per stuk|spaarpunten|wysyłk|dostaw|oszczęd|rabat|najniższa|cena jednostkowa|doprav|ušetř|ušetr|sleva|nejnižší|najnižšia" +
		"|frakt|fragt|leverans|levering|du sparar|du sparer|spar |jämförpris|jämförelsepris|lägsta pris|laveste pris|toimitus|säästä|kargo|taksit|indirim|szállítás|megtakarítás|livrare|economiseșt" +
		"|доставк|на сумму|скидка|итого|экономия|рассрочк|бонус|баллов|знижка|економія" +
		"|送料|運費|配送|ポイント|から|每期|分期|月々|分割|合計|お得|値引|割引|クーポン|獲得|滿|满|免運|节省|節省|立减|立減|优惠|優惠券|배송|적립|할인|포인트|쿠폰|무이자|월 |" +
		"phí vận chuyển|tiết kiệm|ค่าจัดส่ง|ประหยัด|ongkir|hemat|الشحن|توصيل|وفر|משלוח|חיסכון|")

	// wordsElseAfter stand behind such amounts.
	wordsElseAfter = newWords("|/mo|per month|a month|/month|monthly|x |shipping|delivery|以上|/kg|/100|/ 100|/l|/ml|/unit|/count|/ounce|/fl|/lb|instal|mensual|mes.|/m²|de desconto|sem juros|送料|ポイント|discount|saved" +
		"|versand|gespart|rabatt|pro 100|livraison|d'économie|de remise|par mois|de descuento|sin interés|al mese|di sconto|per maand|korting|frakt|в месяц|скидк|お得|引き|割引|免運|적립|할인|이상|배송|")

	// wordsPrice name the price where they stand right before the amount.
	wordsPrice = newWords("|price|sale price|our price|now|now only|today|preis|jetzt|nur|prix|maintenant|prezzo|ora|precio|ahora|preço|por|prijs|nu|voor|cena|teraz|nyní|pris|hinta|fiyat|fiyatı|ár|preț|cijena|цена|ціна" +
		"|価格|販売価格|セール価格|特別価格|特価|税込価格|本体価格|판매가|판매가격|할인가|가격|售價|售价|特價|特价|现价|現價|价格|價格|優惠價|优惠价|giá|ราคา|harga|السعر|מחיר|τιμή|")

	// wordsTaxless and wordsTaxed say whether tax is in the amount that they
	// stand before or behind.
	wordsTaxless = newWords("|本体|本体価格|税抜|税抜価格|税別|税抜き|excl. vat|ex vat|excl vat|ex. vat|excl. tax|excl. gst|ex gst|ohne mwst|exkl. mwst|zzgl. mwst|netto|hors taxe|hors taxes|ht|sin iva|senza iva|iva esclusa|sem iva|excl. btw|exkl. moms|ekskl. moms|ekskl. mva|alv 0%|nettó|fără tva|kdv hariç|без ндс|без пдв|")
	wordsTaxed   = newWords("|税込|税込価格|税込み|incl. vat|inc vat|inc. vat|incl. tax|incl. gst|inkl. mwst|brutto|ttc|iva incluido|iva incluida|iva inclusa|incl. btw|inkl. moms|inkl. mva|bruttó|kdv dahil|с ндс|")
)

// ownWords weighs the words around an amount in its own text: prices for an
// amount of goods, reductions, thresholds.
func ownWords(text string) int {
	switch {
	case hasAny(text, "/ 100", "/100", "/kg", "/ kg", "/l)", "/ l", "/ml", "/ stück", "/stück", "/count", "/ounce", "/unit", "/mo", "per month", "/month", "/m²", "/ m", "/szt", "/lb"):
		return -12
	case hasAny(text, "save", "off ", "sparen", "shipping", "delivery", "送料", "免運", "以上", "運費", "ships", "points", "ポイント", "ポイント還元", "現省", "滿額", "subtotal", "total", "合計"):
		return -14
	case len(text) > 60:
		return -4
	}
	return 0
}

// taxWords weighs what the words right before or behind an amount say of tax:
// customers pay with it.
func taxWords(before, after string) int {
	before = strings.TrimRight(before[max(0, len(before)-24):], " :：(（")
	after = strings.TrimLeft(after[:min(len(after), 24)], " *(（")
	score := 0
	if wordsTaxless.end(before) {
		score -= 8
	}
	if wordsTaxless.begin(after) { // shops for firms show it large
		score -= 3
	}
	if wordsTaxed.end(before) {
		score += 6
	}
	return score
}

// besideWords weighs the words right before and behind an amount.
func besideWords(before, after string) int {
	near := before[max(0, len(before)-28):]
	if saysInstalments(near) {
		return -14
	}
	near = near[strings.LastIndexAny(near, "0123456789!?")+1:] // what is before belongs to something else
	near = near[strings.LastIndex(near, ". ")+1:]
	score := 0
	switch {
	case wordsElse.in(near):
		score -= 14
	case wordsPrice.end(strings.TrimRight(near, " :：=¥￥$€£")):
		score += 6
	case hasAny(near, "price:", "our price", "now", "価格", "販売価格", "preis", "prix", "prezzo", "precio", "цена", "cena", "售價", "特價", "판매가", "today", "sale"):
		score += 4
	}
	head := after[:min(len(after), 24)]
	if i := strings.IndexAny(head, "(0123456789"); i >= 0 && !strings.HasPrefix(head, "/") {
		head = head[:i] // what follows belongs to another amount
	}
	if wordsElseAfter.in(head) || saysOff(head) {
		score -= 12
	}
	if strings.HasPrefix(strings.TrimLeft(head, " ("), "/") {
		score -= 8
	}
	return score
}

// saysInstalments reports whether a text ends with a number of payments: "4
// payments of", "12 x", "3 fois".
func saysInstalments(s string) bool {
	s = strings.TrimRight(s, " :¥￥$€£")
	s = strings.TrimSuffix(s, " r") // R$
	for _, w := range [...]string{"payments of", "instalments of", "installments of", "of", "x de", "x", "×", "mal", "fois", "rate da", "cuotas de", "parcelas de", "raten zu je", "raten à", "回払い", "期"} {
		if rest, ok := strings.CutSuffix(s, w); ok {
			rest = strings.TrimRight(strings.TrimSuffix(strings.TrimRight(rest, " "), "interest-free"), " ")
			return rest != "" && rest[len(rest)-1] >= '0' && rest[len(rest)-1] <= '9'
		}
	}
	return false
}

// saysOff reports whether a text has the word "off".
func saysOff(s string) bool {
	i := strings.Index(s, "off")
	return i >= 0 && !letterAt(s, i+len("off")) && (i == 0 || !letterBefore(s, i))
}

// words are a list of them, sorted when they are first asked for: a plugin
// whose host does the judging never asks.
type words struct {
	list        string // between bars
	sort        sync.Once
	first, last map[[2]byte][]string // by their first and last two bytes
}

func newWords(list string) *words { return &words{list: list} }

func (w *words) sorted() *words {
	w.sort.Do(func() {
		w.first, w.last = map[[2]byte][]string{}, map[[2]byte][]string{}
		for word := range strings.SplitSeq(strings.Trim(w.list, "|"), "|") {
			first, last := [2]byte{word[0], word[1]}, [2]byte{word[len(word)-2], word[len(word)-1]}
			w.first[first] = append(w.first[first], word)
			w.last[last] = append(w.last[last], word)
		}
	})
	return w
}

// in reports whether a text holds any of them.
func (w *words) in(s string) bool {
	for w.sorted(); len(s) > 1; s = s[1:] {
		for _, word := range w.first[[2]byte{s[0], s[1]}] {
			if strings.HasPrefix(s, word) {
				return true
			}
		}
	}
	return false
}

// end reports whether a text ends with one of them, and not within a longer
// word.
func (w *words) end(s string) bool {
	if len(s) < 2 {
		return false
	}
	for _, word := range w.sorted().last[[2]byte{s[len(s)-2], s[len(s)-1]}] {
		if strings.HasSuffix(s, word) && !(spaced(word) && letterBefore(s, len(s)-len(word))) {
			return true
		}
	}
	return false
}

// begin reports whether a text begins with one of them, and not with a longer
// word.
func (w *words) begin(s string) bool {
	if len(s) < 2 {
		return false
	}
	for _, word := range w.sorted().first[[2]byte{s[0], s[1]}] {
		if strings.HasPrefix(s, word) && !(spaced(word) && letterAt(s, len(word))) {
			return true
		}
	}
	return false
}

// spaced reports whether a word is of a script that puts spaces between words.
func spaced(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return r < 0x0e00 || r > 0x0e7f && r < 0x2e80
}

func letterBefore(s string, i int) bool {
	r, n := utf8.DecodeLastRuneInString(s[:i])
	return n > 0 && unicode.IsLetter(r) && (r < 0x2e80)
}

func letterAt(s string, i int) bool {
	r, n := utf8.DecodeRuneInString(s[i:])
	return n > 0 && unicode.IsLetter(r) && (r < 0x2e80)
}
