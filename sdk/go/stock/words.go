package stock

// The lists are of phrases that shops write, in lower case, between bars. What
// is missing in a language makes a text say nothing, which is the safe side.
const (
	// notOut are phrases that hold one of out without meaning it.
	notOut = "| image unavailable | image not available | list unavailable | photo unavailable | video unavailable |bild nicht verf|abbildung|immagine non disp|imagen no disp|imagem indispon|image non disp|image indisp|liste non disp|画像はありません| never out of stock | not sold out |nie ausverkauft|품절임박|품절 임박| if unavailable | when unavailable | if out of stock | until sold out |なくなり次第|売り切れ次第|完売次第|品切れの場合|売り切れの場合|在庫切れの場合|品切れとなる|品切れになる|"

	out = "| out of stock | sold out | soldout | outofstock | currently unavailable | temporarily unavailable | is unavailable | unavailable | not available | no longer available " +
		"| not in stock | no stock | discontinued | coming soon | back in stock soon | out of print | all gone | cannot be purchased | not available online | unavailable online " +
		"|在庫なし|在庫：なし|在庫：×|在庫:×|在庫×|次回入荷|在庫無し|在庫切れ|在庫がありません|在庫はありません|品切れ|品切|売り切れ|売切れ|売切|完売|入荷待ち|入荷未定|販売終了|販売を終了|取扱終了|取り扱い終了|お取り扱いできません|販売期間外|販売前|現在ご購入いただけません" +
		"|nicht verfügbar|ausverkauft|nicht auf lager|nicht lieferbar|nicht vorrätig|vergriffen|nicht mehr verfügbar|nicht mehr lieferbar" +
		"|rupture de stock|en rupture| indisponible|épuisé|non disponible|plus disponible|hors stock" +
		"|non disponibile|esaurito|esauriti|non disponibili|fuori stock" +
		"|agotado|agotada|no hay stock|no hay existencias|sin unidades|no disponible|sin stock|sin existencias|fuera de stock" +
		"|esgotado|indisponível|indisponivel|fora de estoque|sem estoque|produto indisponível" +
		"|niedostępny|niedostępna|niedostępne|brak w magazynie|wyprzedane|wyprzedany|produkt niedostępny|brak towaru" +
		"|нет в наличии|ожидается поступление|нет на складе|закончился|распродан|товар закончился|нет в продаже|снят с продажи|под заказ недоступ|отсутствует на складе" +
		"|немає в наявності|немає на складі|закінчився|няма ў наяўнасці" +
		"|품절|매진|재고 없음|판매종료|판매 종료|일시품절|구매 불가|판매중지" +
		"|缺货|缺貨|售罄|已售完|售完|无货|無貨|无库存|無庫存|補貨中|补货中|完售|已下架|暫無庫存|銷售一空|已截止" +
		"|nie je možné produkt kúpiť|nie je možné zakúpiť|není možné zakoupit|nelze zakoupit|vypredané|vypredaný|nie je skladom|nie je na sklade|nedostupné|nedostupný|momentálne nedostup|vyprodáno|není skladem|nedostupná|dočasně nedostup" +
		"|nav pieejam|izpārdots|nav noliktavā|läbi müüdud|laost otsas|ei ole saadaval|pole saadaval|toode on otsas|neturime|išparduota|nėra sandėlyje" +
		"|uitverkocht|niet op voorraad|niet leverbaar|niet beschikbaar|slut i lager|slutsåld|ej i lager|udsolgt|utsolgt|ikke på lager|ei varastossa|loppuunmyyty|loppu varastosta" +
		"|tükendi|stokta yok|stokta bulunmamaktadır|nincs készleten|nincs raktáron|elfogyott|stoc epuizat|indisponibil|nu este in stoc|rasprodato|nema na stanju|няма в наличност|изчерпан" +
		"|אזל מהמלאי|נגמר המלאי|אזל|לא במלאי|לא זמין|نفدت الكمية|غير متوفر|نفد من المخزون|εξαντλ|μη διαθέσιμο|hết hàng|สินค้าหมด|habis terjual|stok habis|"

	limited = "| left in stock | only a few left | few left | low stock | low in stock | limited stock | limited availability | almost gone | last one | last items | only 1 left | only 2 left | only 3 left | only 4 left | only 5 left " +
		"|残りわずか|残り1個|残り2個|残り3個|残り１個|残り２個|残り３個|残り僅か|在庫わずか|在庫僅か|残り1点|残り2点|残り3点|残り１点|残り２点|残り３点|残りあと" +
		"|nur noch|geringer bestand|wenige verfügbar|plus que|derniers articles|stock limité|solo 1 disponib|solo 2 disponib|solo 3 disponib|ultimi pezzi|ultimo pezzo|ultimi 2 |ultimi 3 |ultimi articoli|últimas unidades|última unidad|quedan 1 |quedan 2 |quedan 3 |solo quedan|últimas peças|restam apenas|ultimas unidades|quedan pocas" +
		"|ostatnie sztuki|ostatnia sztuka|осталось 1 |осталось 2 |осталось 3 |재고 1개|재고 2개|재고 3개|仅剩|僅剩|只剩|son 1 ürün|son 2 ürün|son 3 ürün|nog 1 op|nog 2 op|nog 3 op|nog maar|få igjen|få tilbage|мало на складе|осталось мало|заканчивается|품절임박|库存紧张|庫存有限|最後幾件|posledné kusy|poslední kusy|pēdējie gabali|laatste stuks|få kvar|få på lager|"

	in = "| in stock | instock | usually ships | ships in | backordered | available now | item is available | product is available | available for | available to order | available online | ready to ship | ships today | ships within | ready for dispatch | in store now | add to cart | add to bag | add to basket " +
		"|在庫あり|在庫：あり|在庫：有|在庫：○|在庫：◎|取り寄せ可|お取り寄せ商品|在庫有|在庫◎|在庫○|在庫:○|即納|即日発送|購入できます|販売中" +
		"|auf lager|versandfertig|lieferzeit|sofort lieferbar|lieferbar|vorrätig|verfügbar|en stock|en existencia|hay existencias|pronta consegna|em stock|în stoc|disponible|disponibile|disponibilità immediata|disponível|em estoque|pronta entrega" +
		"|dostępny|dostępna|dostępne|w magazynie|na stanie|в наличии|есть на складе|в продаже|є в наявності|в наявності|ёсць" +
		"|재고 있음|구매가능|판매중|有货|有貨|现货|現貨|有庫存|库存充足|庫存充足" +
		"|na sklade|skladom|skladem|dostupné|na skladě|pieejams|noliktavā|laos|saadaval|turime|sandėlyje|op voorraad|leverbaar|i lager|på lager|varastossa" +
		"|stokta|készleten|raktáron|in stoc|na stanju|na zalihi|в наличност|במלאי|متوفر|διαθέσιμο|còn hàng|มีสินค้า|stok tersedia|"

	buy = "| add to cart | add to your cart | add to your basket | add to your bag | add to your trolley | add to my basket | add to my cart | add to pack | add to shopping | add to bag | add to basket | add to trolley | add to my bag | add to shopping | buy now | buy it now | buy | purchase | order now | add to order | pre order | preorder | get it now | add to wishlist cart " +
		"|カートに入れる|カートへ入れる|カートに追加|カートにいれる|かごに入れる|カゴに入れる|買い物かご|買い物カゴ|買物かご|購入する|今すぐ購入|今すぐ買う|注文する|購入手続き|予約する|カートに入れ|バスケットに入れる|ショッピングカート" +
		"|in den warenkorb|zum warenkorb hinzufügen|in den korb|in den einkaufswagen|jetzt kaufen|kaufen|bestellen|ajouter au panier|mettre au panier|ajouter à mon panier|acheter|commander|aggiungi al carrello|acquista|compra ora|añadir al carrito|añadir a la cesta|agregar al carrito|agregar al carro|añadir al carro|agregar a la bolsa|añadir a la bolsa|comprar|adicionar ao carrinho|colocar no carrinho|adicionar no carrinho|adicionar à sacola" +
		"|do koszyka|kup teraz|kup |kupuję|в корзину|купить|заказать|у кошик|купити|до кошика|장바구니|바로 구매|지금 구매|카트에 담기|구매하기|바로구매|구매 |加入购物车|加入購物車|立即购买|立即購買|直接購買|放入購物車|加到購物車|我要購買" +
		"|do košíka|do košíku|kúpiť|koupit|pievienot grozam|ielikt grozā|pirkt|lisa ostukorvi|lisa korvi|osta |į krepšelį|pirkti|in winkelwagen|in de winkelwagen|aan winkelwagen|in mijn winkelwagen|in winkelmand|bestel |lägg i varukorg|lägg i kundvagn|lägg till i varukorg|lägg till i kundvagn|köp |læg i kurv|føj til kurv|tilføj til kurv|legg i handlekurv|legg i kurv|kjøp nå|lisää ostoskoriin|lisää koriin" +
		"|sepete ekle|sepete at|satın al|kosárba|adaugă în coș|adauga in cos|adaugă in coș|dodaj u korpu|u košaricu|добави в количка|добави в кошницата|купи |הוסף לסל|הוסף לעגלה|קנה עכשיו|הוספה לסל|לקנייה|أضف إلى السلة|أضف إلى عربة التسوق|اشتري الآن|اشتر الآن|أضف للسلة|اضافة للسلة|إضافة للسلة|προσθήκη στο καλάθι|thêm vào giỏ|mua hàng|đặt mua|mua ngay|หยิบใส่ตะกร้า|เพิ่มลงในตะกร้า|เพิ่มลงตะกร้า|ใส่ตะกร้า|ซื้อเลย|masukkan keranjang|tambah ke keranjang|tambahkan ke keranjang|beli sekarang|"

	notify = "| notify me | email me when | e mail me when | email when available | waitlist | wait list | join the waiting list | tell me when | back in stock alert | stock alert " +
		"|再入荷|入荷通知|入荷お知らせ|入荷連絡|benachrichtigen|avertissez moi|prévenez moi|m'avertir|avvisami|avísame|avísenme|avise me|avise-me|powiadom|сообщить о поступлении|уведомить|сообщить о наличии|повідомити" +
		"|재입고 알림|입고알림|到货通知|到貨通知|貨到通知|補貨通知|strážiť dostupnosť|hlídat dostupnost|informovať o dostupnosti|gelince haber ver|értesítést kérek|anunță|houd mij op de hoogte|bevaka|"
)
