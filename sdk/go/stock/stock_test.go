package stock_test

import (
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/stock"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"In stock": omakase.InStock, "In-Stock!": omakase.InStock, "Sold Out": omakase.OutOfStock, "SOLD OUT": omakase.OutOfStock, "ＳＯＬＤ ＯＵＴ": omakase.OutOfStock,
		"Currently unavailable.": omakase.OutOfStock, "Not in stock": omakase.OutOfStock, "Only 2 left in stock": omakase.LimitedStock,
		"在庫あり": omakase.InStock, "在庫切れ": omakase.OutOfStock, "残りわずか": omakase.LimitedStock, "完売しました": omakase.OutOfStock,
		"なくなり次第終了": "", "売り切れの場合はご了承ください": "", "販売期間外": omakase.OutOfStock,
		"Auf Lager": omakase.InStock, "Nicht verfügbar": omakase.OutOfStock, "Nur noch 3 Stück": omakase.LimitedStock, "Rupture de stock": omakase.OutOfStock,
		"Нет в наличии": omakase.OutOfStock, "В наличии": omakase.InStock, "품절": omakase.OutOfStock, "有货": omakase.InStock,
		"Versandfertig in 24 Stunden": omakase.InStock, "Momentan nicht lieferbar": omakase.OutOfStock, "No hay stock": omakase.OutOfStock, "Quedan 2 unidades": omakase.LimitedStock,
		"Ultimi 2 pezzi": omakase.LimitedStock, "Em stock": omakase.InStock, "Nog 2 op voorraad": omakase.LimitedStock, "Ostatnia sztuka": omakase.LimitedStock, "품절임박": omakase.LimitedStock,
		"在庫：○": omakase.InStock, "在庫：×": omakase.OutOfStock, "残り3個": omakase.LimitedStock, "仅剩3件": omakase.LimitedStock, "Осталось 2 шт": omakase.LimitedStock,
		"נגמר המלאי": omakase.OutOfStock, "Ships in 3-5 days": omakase.InStock, "Plus que 3 en stock": omakase.LimitedStock, "În stoc": omakase.InStock,
		"Free shipping": "", "": "", "Our stockings are warm": "",
	} {
		if got := stock.Read(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestButtons(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"Add to cart": true, "ADD TO BAG": true, "カートに入れる": true, "In den Warenkorb": true, "Купить": true, "Buy Now": true, "장바구니": true,
		"Search": false, "Log in": false, "Notify me": false,
	} {
		if got := stock.Buys(text); got != want {
			t.Errorf("%q buys: %v", text, got)
		}
	}
	if !stock.Notifies("Notify me when available") || !stock.Notifies("再入荷のお知らせ") || stock.Notifies("Add to cart") {
		t.Error("buttons that notify are told wrong")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("Sold out - 在庫なし")
	f.Fuzz(func(t *testing.T, text string) {
		switch got := stock.Read(text); got {
		case "", omakase.InStock, omakase.OutOfStock, omakase.LimitedStock:
		default:
			t.Fatalf("%q is %q", text, got)
		}
	})
}
