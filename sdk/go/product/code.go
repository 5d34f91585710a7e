package product

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/schema"
)

// Labels of the number by which a shop knows a product, in lower case between
// bars. The first ones name nothing else, so that what stands behind them goes
// before what a template wrote for machines; the others may name a model.
const (
	labelsSKU = "|sku|sku #|sku#|item #|item#|item no|item no.|item number|item code|item id|product code|product id|product no|product no.|product number|article no|article no.|article number|article code|art. no|art.no|art nr|art. nr|art.-nr|art.-nr.|art.nr.|artikelnummer|artikel-nr|artikel-nr.|artikelnr|artikelnr.|artikel nr|bestellnummer|bestell-nr.|catalog number|catalogue number|cat no|cat. no|stock code|stock no|stock number|asin|tcin|dpci" +
		"|code article|code produit|référence produit|código del producto|código do produto|codice articolo|codice prodotto|codice prod" +
		"|商品番号|商品コード|商品id|商品管理番号|管理番号|商品no|商品no.|貨號|货号|商品編號|商品编号|商品料號|商品貨號|상품번호|상품코드|제품코드" +
		"|артикул|код товара|код товару|номер товара|код продукта|код|kód|kod|kód produktu|kód tovaru|kod produktu|objednávacie číslo|číslo produktu|nr art|preces kods|kods|artikuls|tootekood|toote kood|prekės kodas|varenummer|varenr|varenr.|tuotenumero|tuotekoodi|ürün kodu|stok kodu|cikkszám|termékkód|cod produs|מק\"ט|מק״ט|מקט|קוד מוצר|מספר מוצר|رمز المنتج|كود المنتج|رقم المنتج|anzeigencode|inseratnummer|anzeigennummer|anzeigen-id|ad id|ad number|listing id|"
	labelsModel = "|item|article|art|art.|style|style #|style number|référence|reference|ref|ref.|réf|réf.|referencia|código|codigo|cód|cód.|codice|cod|cod.|rif|rif.|品番|型番|품번|арт|арт.|katalogové číslo|indeks|symbol|numer katalogowy|nr katalogowy|nr ref|ref. nr|kood|kodas|artikkelnr|šifra|model code|"
	labelsGTIN  = "|ean|gtin|upc|isbn|isbn-13|isbn-10|barcode|jan|janコード|jan code|ean-code|ean kód|ean kod|ean13|штрихкод|штрих-код|"
	labelsBrand = "|brand|marke|marque|marca|merk|brand name|manufacturer|hersteller|ブランド|メーカー|品牌|브랜드|бренд|производитель|značka|výrobca|výrobce|producent|marka|zīmols|ražotājs|tootja|kaubamärk|gamintojas|מותג|יצרן|"
)

// identity finds the numbers and the brand of the product.
type identity struct {
	sku, gtin, brand fact
	model            fact // a number that may be the maker's
}

func (p *Page) identify(linked, micro, rdfa *schema.Thing, state *stated) identity {
	var id identity
	labelled := p.labelled()
	id.sku = first(
		labelled.sku,
		fact{skuOf(linked), omakase.LayerJSONLD, 95}, fact{skuOf(micro), omakase.LayerMicrodata, 90}, fact{skuOf(rdfa), omakase.LayerRDFa, 90},
		labelled.model,
		fact{p.meta("product:retailer_item_id", "product:sku", "og:sku"), omakase.LayerOpenGraph, 80},
		fact{state.sku, omakase.LayerState, 70},
		fact{productID(linked), omakase.LayerJSONLD, 65}, fact{productID(micro), omakase.LayerMicrodata, 65},
		fact{mpnOf(linked), omakase.LayerJSONLD, 60}, fact{mpnOf(micro), omakase.LayerMicrodata, 60},
		p.numberOfAddress(),
		fact{state.id, omakase.LayerState, 50},
	)
	id.gtin = first(
		fact{gtinOf(linked), omakase.LayerJSONLD, 95}, fact{gtinOf(micro), omakase.LayerMicrodata, 90}, fact{gtinOf(rdfa), omakase.LayerRDFa, 90},
		fact{schema.GTIN(p.meta("product:ean", "product:upc", "product:isbn", "og:upc", "og:ean")), omakase.LayerOpenGraph, 80}, labelled.gtin,
	)
	id.brand = first(
		fact{brandOf(linked), omakase.LayerJSONLD, 95}, fact{brandOf(micro), omakase.LayerMicrodata, 90}, fact{brandOf(rdfa), omakase.LayerRDFa, 90},
		fact{plaintext.Tidy(p.meta("product:brand", "og:brand")), omakase.LayerOpenGraph, 85}, labelled.brand,
	)
	return id
}

func skuOf(t *schema.Thing) string {
	if t == nil {
		return ""
	}
	if t.SKU != "" {
		return t.SKU
	}
	sku := ""
	for i := range t.Offers {
		if s := t.Offers[i].SKU; s != "" && sku != "" && s != sku {
			return "" // of several variants, none is the product's
		} else if s != "" {
			sku = s
		}
	}
	return sku
}

func productID(t *schema.Thing) string {
	if t == nil {
		return ""
	}
	return firstText(t.ProductID, t.Group)
}

// mpnOf is the maker's number, by which many shops know what they sell.
func mpnOf(t *schema.Thing) string {
	if t == nil {
		return ""
	}
	return t.MPN
}

func gtinOf(t *schema.Thing) string {
	if t == nil {
		return ""
	}
	if t.GTIN != "" || len(t.Offers) != 1 {
		return t.GTIN
	}
	return t.Offers[0].GTIN
}

func brandOf(t *schema.Thing) string {
	if t == nil {
		return ""
	}
	return t.Brand
}

// labelled finds the numbers that stand on the page behind their names.
func (p *Page) labelled() identity {
	if p.pairs == nil {
		id := p.readPairs()
		p.pairs = &id
	}
	return *p.pairs
}

func (p *Page) readPairs() (id identity) {
	for i := range p.HTML.Outline {
		place := &p.HTML.Outline[i]
		if place.Kind != omakase.PlacePair || hasAny(strings.ToLower(place.Path), "related", "recommend", "similar", "carousel", "footer", "review") {
			continue
		}
		label := "|" + strings.Trim(strings.ToLower(place.Before), " :：.#-") + "|"
		value := plaintext.Tidy(place.Text)
		switch {
		case id.sku.value == "" && strings.Contains(labelsSKU, label) && isNumberOfGoods(value):
			id.sku = fact{value, omakase.LayerPage, 90}
		case id.model.value == "" && strings.Contains(labelsModel, label) && isNumberOfGoods(value):
			id.model = fact{value, omakase.LayerPage, 70}
		case id.gtin.value == "" && strings.Contains(labelsGTIN, label) && schema.GTIN(value) != "":
			id.gtin = fact{schema.GTIN(value), omakase.LayerPage, 80}
		case id.brand.value == "" && strings.Contains(labelsBrand, label) && len(value) <= 60:
			id.brand = fact{value, omakase.LayerPage, 75}
		}
	}
	return id
}

// isNumberOfGoods reports whether a value may be a number of goods: short, of
// one or two words, and with a digit in it.
func isNumberOfGoods(s string) bool {
	if len(s) < 2 || len(s) > 40 || strings.Count(s, " ") > 1 || !strings.ContainsAny(s, "0123456789") {
		return false
	}
	return !strings.ContainsAny(s, "$€£¥%@<>")
}

// numberOfAddress is the number of goods in the page's address: the last part
// that is one.
func (p *Page) numberOfAddress() fact {
	best := ""
	segments := p.at.Segments()
	for i, s := range segments {
		s = strings.TrimSuffix(strings.TrimSuffix(s, ".html"), ".htm")
		if i > 0 && isCode(s) && hasWordOf("/"+strings.ToLower(segments[i-1])+"/", "/dp/ /product/ /products/ /item/ /items/ /p/ /prod/ /goods/ /deal/ /detail/") {
			return fact{s, omakase.LayerAddress, 55}
		}
		for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '-' || r == '_' || r == ',' || r == '~' || r == '.' }) {
			if number := numberIn(part); number != "" {
				best = number
			}
		}
	}
	if best == "" {
		for _, name := range [...]string{"pid", "product_id", "productid", "id", "sku", "item", "goods", "goodsno", "prdno"} {
			if v := p.at.Param(name); isCode(v) {
				best = v
				break
			}
		}
	}
	if best == "" {
		return fact{}
	}
	return fact{best, omakase.LayerAddress, 45}
}

// numberIn is the number of goods in a word of an address: 4781720 in p4781720,
// M67296549, pd1gaiamg9r, and the last long number of c7200a278526196.
func numberIn(word string) string {
	if !isCode(word) || digitsIn(word) < 4 {
		return ""
	}
	from := len(word)
	for from > 0 && word[from-1] >= '0' && word[from-1] <= '9' {
		from--
	}
	if tail := word[from:]; len(tail) >= 5 && (digitsIn(word[:from]) > 0 || len(word[:from]) == 1 && word[0] >= 'a') {
		return tail
	}
	return word
}

// isCode reports whether s is made of letters and digits, with a digit.
func isCode(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(s) >= 3 && len(s) <= 32 && digitsIn(s) > 0
}

func digitsIn(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}
