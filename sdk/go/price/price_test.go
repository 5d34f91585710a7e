package price_test

import (
	"testing"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/sdk/go/price"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		hint price.Hint
		want price.Price
	}{
		{"$1,234.50", price.Hint{}, price.Price{Amount: "1234.50", Currency: "USD", Symbol: "$"}},
		{"1.299,00 €", price.Hint{}, price.Price{Amount: "1299.00", Currency: "EUR", Symbol: "€"}},
		{"CHF 1’290.–", price.Hint{}, price.Price{Amount: "1290", Currency: "CHF", Symbol: "CHF"}},
		{"ab 12 990 Kč", price.Hint{}, price.Price{Amount: "12990", Currency: "CZK", Symbol: "Kč"}},
		{"₹1,23,456", price.Hint{}, price.Price{Amount: "123456", Currency: "INR", Symbol: "₹"}},
		{"12€95", price.Hint{}, price.Price{Amount: "12.95", Currency: "EUR", Symbol: "€"}},
		{"$24.990", price.Hint{Country: "CL"}, price.Price{Amount: "24990", Currency: "CLP", Symbol: "$"}},
		{"AUD $40", price.Hint{}, price.Price{Amount: "40", Currency: "AUD", Symbol: "AUD"}},
		{"4.250 KD", price.Hint{}, price.Price{Amount: "4.250", Currency: "KWD", Symbol: "KD"}},
		{"249 kr", price.Hint{Country: "SE"}, price.Price{Amount: "249", Currency: "SEK", Symbol: "kr"}},
		{"249 kr", price.Hint{Lang: "da"}, price.Price{Amount: "249", Currency: "DKK", Symbol: "kr"}},
		{"249 kr", price.Hint{}, price.Price{Amount: "249", Symbol: "kr"}},
		{"$10 - $25", price.Hint{}, price.Price{Amount: "10", Max: "25", Currency: "USD", Symbol: "$"}},
		{"Was $80, now $60", price.Hint{}, price.Price{Amount: "60", List: "80", Currency: "USD", Symbol: "$"}},
		{"2 for £5", price.Hint{}, price.Price{Amount: "5", Currency: "GBP", Symbol: "£"}},
		{"15.08.2025", price.Hint{}, price.Price{}},
		{"Save 20%", price.Hint{}, price.Price{}},
		{"Request a quote", price.Hint{}, price.Price{}},
		{"１２，８００円（税込）", price.Hint{}, price.Price{Amount: "12800", Currency: "JPY", Symbol: "円", Tax: price.TaxIncluded}},
		{"756円（本体700円、税56円）", price.Hint{}, price.Price{Amount: "756", ExTax: "700", Currency: "JPY", Symbol: "円", Tax: price.TaxIncluded}},
		{"本体価格 2,000円 / 税込 2,200円", price.Hint{}, price.Price{Amount: "2200", ExTax: "2000", Currency: "JPY", Symbol: "円", Tax: price.TaxIncluded}},
		{"3,300円(税込)〜5,500円(税込)", price.Hint{}, price.Price{Amount: "3300", Currency: "JPY", Symbol: "円", Tax: price.TaxIncluded}},
		{"￥11,000 ～ ￥110,000", price.Hint{}, price.Price{Amount: "11000", Max: "110000", Currency: "JPY", Symbol: "¥"}},
		{"通常価格 9,800円 → 特別価格 7,800円", price.Hint{}, price.Price{Amount: "7800", List: "9800", Currency: "JPY", Symbol: "円"}},
		{"12個入り 1,296円", price.Hint{}, price.Price{Amount: "1296", Currency: "JPY", Symbol: "円"}},
		{"250万円", price.Hint{}, price.Price{Amount: "2500000", Currency: "JPY", Symbol: "円"}},
		{"1万2千円", price.Hint{}, price.Price{Amount: "12000", Currency: "JPY", Symbol: "円"}},
		{"オープン価格", price.Hint{}, price.Price{}},
		{"価格はお問い合わせください", price.Hint{}, price.Price{}},
		{"120ポイント進呈", price.Hint{}, price.Price{}},
		{"¥1.980", price.Hint{Lang: "ja"}, price.Price{Amount: "1980", Currency: "JPY", Symbol: "¥"}},
		{"¥680", price.Hint{Lang: "ja"}, price.Price{Amount: "680", Currency: "JPY", Symbol: "¥"}},
		{"¥680", price.Hint{Country: "CN"}, price.Price{Amount: "680", Currency: "CNY", Symbol: "¥"}},
		{"¥680", price.Hint{}, price.Price{Amount: "680", Symbol: "¥"}},
		{"\\1,980", price.Hint{Lang: "ja"}, price.Price{Amount: "1980"}},
		{"35,000원", price.Hint{}, price.Price{Amount: "35000", Currency: "KRW", Symbol: "원"}},
	} {
		if got := price.Parse(test.text, test.hint); got != test.want {
			t.Errorf("%q %+v:\n got %+v\nwant %+v", test.text, test.hint, got, test.want)
		}
	}
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"1980": "1980", " 12.50 ": "12.50", "007": "7", "0.5": "0.5", "1,980": "", "-1": "", "1e3": "", ".5": "", "5.": "", "": ""} {
		if got, ok := price.Decimal(text); got != want || ok != (want != "") {
			t.Errorf("Decimal(%q) = %q, %v", text, got, ok)
		}
	}
}

func TestMinor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text   string
		digits int
		want   string
	}{{"195", 2, "1.95"}, {"5", 2, "0.05"}, {"350000", 2, "3500.00"}, {"3500", 0, "3500"}, {"4250", 3, "4.250"}, {"x", 2, ""}, {"", 2, ""}} {
		if got, _ := price.Minor(test.text, test.digits); got != test.want {
			t.Errorf("Minor(%q, %d) = %q, want %q", test.text, test.digits, got, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"$1,234.50", "756円（本体700円、税56円）", "3万5千円", "1250€ 60", "a 1 2 3 %", "¥980 - ¥1,480", "12’000.-"} {
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, text, near string) {
		p := price.Parse(text, price.Hint{Near: near})
		for _, amount := range []string{p.Amount, p.Max, p.List, p.ExTax} {
			if amount == "" {
				continue
			}
			for i := range len(amount) {
				if c := amount[i]; c != '.' && (c < '0' || c > '9') {
					t.Fatalf("%q: the amount %q is no decimal", text, amount)
				}
			}
		}
		if p.Max != "" && price.Compare(p.Max, p.Amount) <= 0 {
			t.Fatalf("%q: from %s to %s", text, p.Amount, p.Max)
		}
		if utf8.ValidString(text) && utf8.ValidString(near) && !utf8.ValidString(p.Symbol) {
			t.Fatalf("%q: the sign %q is half a rune", text, p.Symbol)
		}
	})
}

func TestMentions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"899 kr": true, "1.299,95 kr.": true, "kr 49,50": true, "Fra 1 299 kr": true, "12 990 Ft": true, "Rs. 1,299": true, "RM 129.00": true, "R1,299.00": true, "1.299,90 TL": true, "S/ 49.90": true, "Fr. 49.50": true,
		"6 Ft": false, "R5": false, "5 kr": false, "krona 899": false, "R 500": false, "Rs 5": false, "Size 129": false, "2.4 GHz": false, "$5": true, "5 €": true,
	} {
		if got := price.Mentions(text); got != want {
			t.Errorf("%q names a price: %v", text, got)
		}
	}
}

func TestSaysBefore(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"Was": true, "RRP: £": true, "statt ": true, "Au lieu de": true, "通常価格：": true, "定價 NT$": true, "Prezzo consigliato:": true, "List price (": true, "Старая цена:": true, "UVP EUR": true, "정가 ₩": true,
		"Wishlist": false, "Now": false, "": false, "x": false, "価格：": false, "Ivan": false, "$": false, "NT$": false,
	} {
		if got := price.SaysBefore(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
