package product_test

import (
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// shopPage is a page of a shop somewhere, and what must be read from it: of the
// fields that are set; "-" is none.
type shopPage struct {
	url, html string
	want      omakase.Product
}

// TestMarkup holds how shops of the world write prices into their pages.
func TestMarkup(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]shopPage{
		"German": {
			"https://laden.example/products/kanne-4711", `<html lang="de-DE"><title>Teekanne Mira | Laden</title><nav>Versandkostenfrei ab 50 €</nav><h1>Teekanne Mira</h1>
			<p>UVP <s>1.299,00 €</s></p><p class="preis">1.049,90 €*</p><p>* inkl. MwSt. zzgl. 4,90 € Versand</p><p>Grundpreis: 10,50 € / 100 g</p><p>Art.-Nr.: TK-4711</p><p>Nur noch 2 auf Lager</p><button>In den Warenkorb</button>`,
			omakase.Product{Name: "Teekanne Mira", Price: "1049.90", CompareAt: "1299.00", Currency: "EUR", SKU: "TK-4711", Availability: omakase.LimitedStock},
		},
		"German, from": {
			"https://laden.example/products/kissen-12", `<html lang="de"><title>Kissen</title><h1>Kissen</h1><div class="product-price">ab 19,95 €</div><button>In den Warenkorb</button>`,
			omakase.Product{Price: "19.95", Currency: "EUR", Availability: omakase.InStock},
		},
		"Swiss": {
			"https://laden.example/products/messer-12", `<html lang="de-CH"><title>Messer</title><h1>Messer</h1><div class="price">CHF 1'249.-</div><button>In den Warenkorb</button>`,
			omakase.Product{Price: "1249.00", Currency: "CHF"},
		},
		"Swiss, half": {
			"https://laden.example/products/messer-12", `<html lang="de-CH"><title>Messer</title><h1>Messer</h1><div class="price">Fr. 49.50</div><button>In den Warenkorb</button>`,
			omakase.Product{Price: "49.50", Currency: "CHF"},
		},
		"French": {
			"https://boutique.example/produit/tasse-33", `<html lang="fr"><title>Tasse en grès</title><h1>Tasse en grès</h1><p>Au lieu de <del>1 250,00 €</del></p><p class="prix">999,50 €</p><p>Livraison offerte dès 60 €</p><p>Référence : TG-33</p><p>En stock</p><button>Ajouter au panier</button>`,
			omakase.Product{Price: "999.50", CompareAt: "1250.00", Currency: "EUR", SKU: "TG-33", Availability: omakase.InStock},
		},
		"French, euros between": {
			"https://boutique.example/produit/tasse-33", `<html lang="fr"><title>Tasse</title><h1>Tasse</h1><div class="price">24€90</div><button>Ajouter au panier</button>`,
			omakase.Product{Price: "24.90", Currency: "EUR"},
		},
		"French, cents apart": {
			"https://boutique.example/produit/tasse-33", `<html lang="fr"><title>Tasse</title><h1>Tasse</h1><div class="price">24<sup>€90</sup></div><button>Ajouter au panier</button>`,
			omakase.Product{Price: "24.90", Currency: "EUR"},
		},
		"Spanish": {
			"https://tienda.example/producto/taza-77", `<html lang="es-ES"><title>Taza de barro</title><h1>Taza de barro</h1><p>Antes: <span class="tachado">35,00 €</span></p><p class="precio">Ahora 24,50 €</p><p>IVA incluido. Envío 3,95 €</p><p>Agotado</p><p>Ref.: TB77</p>`,
			omakase.Product{Price: "24.50", CompareAt: "35.00", Currency: "EUR", SKU: "TB77", Availability: omakase.OutOfStock},
		},
		"Mexican": {
			"https://tienda.example/producto/taza-77", `<html lang="es-MX"><title>Taza</title><h1>Taza</h1><p class="precio">$1,299.00 MXN</p><p>Hasta 12 meses de $108.25</p><button>Agregar al carrito</button>`,
			omakase.Product{Price: "1299.00", Currency: "MXN"},
		},
		"Chilean": {
			"https://tienda.example.cl/producto/taza-77", `<html lang="es-CL"><title>Taza</title><h1>Taza</h1><p class="precio">$24.990</p><button>Agregar al carro</button>`,
			omakase.Product{Price: "24990", Currency: "CLP"},
		},
		"Brazilian": {
			"https://loja.example.com.br/produto/caneca-9", `<html lang="pt-BR"><title>Caneca</title><h1>Caneca</h1><p>De <s>R$ 1.199,00</s> por</p><strong class="preco">R$ 899,90</strong><p>ou 10x de R$ 89,99 sem juros</p><button>Comprar</button>`,
			omakase.Product{Price: "899.90", CompareAt: "1199.00", Currency: "BRL"},
		},
		"Italian": {
			"https://negozio.example/prodotto/tazza-5", `<html lang="it"><title>Tazza blu</title><h1>Tazza blu</h1><p>Prezzo consigliato: 45,00 €</p><p class="prezzo">Prezzo: 38,25 €</p><p>Risparmi 6,75 €</p><p>Disponibile</p><button>Aggiungi al carrello</button>`,
			omakase.Product{Price: "38.25", CompareAt: "45.00", Currency: "EUR", Availability: omakase.InStock},
		},
		"Dutch": {
			"https://winkel.example/product/mok-5", `<html lang="nl"><title>Mok</title><h1>Mok</h1><p>Van <del>€ 29,95</del> voor</p><p class="prijs">€ 24,-</p><p>Op voorraad</p><button>In winkelwagen</button>`,
			omakase.Product{Price: "24.00", CompareAt: "29.95", Currency: "EUR", Availability: omakase.InStock},
		},
		"Polish": {
			"https://sklep.example/produkt/kubek-5", `<html lang="pl"><title>Kubek</title><h1>Kubek</h1><p class="cena">1 299,99 zł</p><p>Najniższa cena z 30 dni: 1 199,99 zł</p><p>Produkt niedostępny</p>`,
			omakase.Product{Price: "1299.99", Currency: "PLN", Availability: omakase.OutOfStock},
		},
		"Czech": {
			"https://obchod.example/produkt/hrnek-5", `<html lang="cs"><title>Hrnek</title><h1>Hrnek</h1><p class="cena">1 290 Kč</p><p>1 066 Kč bez DPH</p><p>Skladem</p><button>Do košíku</button>`,
			omakase.Product{Price: "1290.00", Currency: "CZK", Availability: omakase.InStock},
		},
		"Swedish": {
			"https://butik.example/produkt/mugg-5", `<html lang="sv-SE"><title>Mugg</title><h1>Mugg</h1><p class="price"><del>1 299 kr</del> <ins>899 kr</ins></p><p>I lager</p><button>Lägg i varukorg</button>`,
			omakase.Product{Price: "899.00", CompareAt: "1299.00", Currency: "SEK", Availability: omakase.InStock},
		},
		"Danish": {
			"https://butik.example.dk/produkt/krus-5", `<html lang="da"><title>Krus</title><h1>Krus</h1><p class="price">1.299,95 kr.</p><p>På lager</p><button>Læg i kurv</button>`,
			omakase.Product{Price: "1299.95", Currency: "DKK", Availability: omakase.InStock},
		},
		"Turkish": {
			"https://magaza.example/urun/fincan-5", `<html lang="tr"><title>Fincan</title><h1>Fincan</h1><p class="price">1.299,90 TL</p><button>Sepete Ekle</button>`,
			omakase.Product{Price: "1299.90", Currency: "TRY", Availability: omakase.InStock},
		},
		"Russian": {
			"https://magazin.example/product/kruzhka-5", `<html lang="ru"><title>Кружка</title><h1>Кружка</h1><p class="price">1 290 ₽</p><p>Старая цена: 1 590 ₽</p><p>Артикул: KR-55</p><p>В наличии</p><button>В корзину</button>`,
			omakase.Product{Price: "1290.00", CompareAt: "1590.00", Currency: "RUB", SKU: "KR-55", Availability: omakase.InStock},
		},
		"Korean": {
			"https://shop.example/product/cup-5", `<html lang="ko"><title>도자기 컵</title><h1>도자기 컵</h1><p>소비자가 <s>39,000원</s></p><p class="price">판매가 29,900원</p><p>배송비 3,000원 (50,000원 이상 무료)</p><p>상품코드: P0000BCD</p><button>장바구니</button>`,
			omakase.Product{Price: "29900", CompareAt: "39000", Currency: "KRW", SKU: "P0000BCD", Availability: omakase.InStock},
		},
		"Korean, sold out": {
			"https://shop.example/product/cup-5", `<html lang="ko"><title>도자기 컵</title><h1>도자기 컵</h1><p class="price">₩29,900</p><p>품절</p><button>재입고 알림</button>`,
			omakase.Product{Price: "29900", Currency: "KRW", Availability: omakase.OutOfStock},
		},
		"Chinese": {
			"https://shop.example.cn/product/cup-5", `<html lang="zh-CN"><title>陶瓷杯</title><h1>陶瓷杯</h1><p>原价：¥299.00</p><p class="price">¥199.00</p><p>商品编号：100012</p><p>有货</p><button>加入购物车</button>`,
			omakase.Product{Price: "199.00", CompareAt: "299.00", Currency: "CNY", SKU: "100012", Availability: omakase.InStock},
		},
		"Taiwanese": {
			"https://shop.example.tw/product/cup-5", `<html lang="zh-TW"><title>陶瓷杯</title><h1>陶瓷杯</h1><p>定價 NT$1,200</p><p class="price">特價 NT$ 899</p><p>滿NT$1,500免運</p><button>加入購物車</button>`,
			omakase.Product{Price: "899.00", CompareAt: "1200.00", Currency: "TWD"},
		},
		"Japanese, sale": {
			"https://shop.example.jp/items/yunomi5", `<html lang="ja"><title>湯呑 | 店</title><h1>湯呑</h1><p>通常価格：<span>3,300円（税込）</span></p><p>セール価格：<span>2,640円（税込）</span></p><p>660円お得</p><p>5,000円以上のお買い上げで送料無料</p><p>26ポイント</p><p>商品番号：YN-5</p><p>在庫：残りわずか</p><button>カートに入れる</button>`,
			omakase.Product{Price: "2640", CompareAt: "3300", Currency: "JPY", SKU: "YN-5", Availability: omakase.LimitedStock},
		},
		"Japanese, both taxes": {
			"https://shop.example.jp/items/yunomi5", `<html lang="ja"><title>湯呑</title><h1>湯呑</h1><dl><dt>価格</dt><dd>¥2,000（税込 ¥2,200）</dd></dl><p>SOLD OUT</p>`,
			omakase.Product{Price: "2200", Currency: "JPY", Availability: omakase.OutOfStock},
		},
		"Indian": {
			"https://shop.example.in/product/cup-5", `<html lang="en-IN"><title>Clay cup</title><h1>Clay cup</h1><p>MRP: <s>₹1,29,900.00</s></p><p class="price">₹ 99,999.00</p><p>Inclusive of all taxes</p><button>Add to Cart</button>`,
			omakase.Product{Price: "99999.00", CompareAt: "129900.00", Currency: "INR"},
		},
		"Indonesian": {
			"https://toko.example.id/produk/cangkir-5", `<html lang="id"><title>Cangkir</title><h1>Cangkir</h1><p class="price">Rp 125.000</p><button>Masukkan Keranjang</button>`,
			omakase.Product{Price: "125000.00", Currency: "IDR"},
		},
		"Vietnamese": {
			"https://shop.example.vn/product/coc-5", `<html lang="vi"><title>Cốc sứ</title><h1>Cốc sứ</h1><p class="price">125.000₫</p><button>Thêm vào giỏ</button>`,
			omakase.Product{Price: "125000", Currency: "VND"},
		},
		"Thai": {
			"https://shop.example.th/product/cup-5", `<html lang="th"><title>ถ้วย</title><h1>ถ้วย</h1><p class="price">฿1,290.00</p><button>หยิบใส่ตะกร้า</button>`,
			omakase.Product{Price: "1290.00", Currency: "THB"},
		},
		"Arabic": {
			"https://shop.example.sa/product/cup-5", `<html lang="ar"><title>كوب</title><h1>كوب</h1><p class="price">129.00 ر.س</p><button>أضف إلى السلة</button>`,
			omakase.Product{Price: "129.00", Currency: "SAR"},
		},
		"Canadian French": {
			"https://boutique.example.ca/product/tasse-5", `<html lang="fr-CA"><title>Tasse</title><h1>Tasse</h1><p class="price">24,99 $</p><button>Ajouter au panier</button>`,
			omakase.Product{Price: "24.99", Currency: "CAD"},
		},
		"Australian": {
			"https://shop.example.com.au/product/mug-5", `<html lang="en-AU"><title>Mug</title><h1>Mug</h1><p class="price">$24.95</p><p>or 4 interest-free payments of $6.24</p><button>Add to cart</button>`,
			omakase.Product{Price: "24.95", Currency: "AUD"},
		},
		"British": {
			"https://shop.example.uk/product/mug-5", `<html lang="en-GB"><title>Mug</title><h1>Mug</h1><p>RRP £30.00</p><p class="price">£24.95</p><p>Only 3 left in stock</p><button>Add to basket</button>`,
			omakase.Product{Price: "24.95", CompareAt: "30.00", Currency: "GBP", Availability: omakase.LimitedStock},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.check(t)
		})
	}
}

func (s *shopPage) check(t *testing.T) {
	t.Helper()
	_, got, ok := read(t, s.url, []byte(s.html))
	if !ok {
		t.Fatal("no product is found")
	}
	compare(t, &got, &s.want)
}
