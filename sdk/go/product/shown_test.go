package product_test

import (
	"strings"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// TestShown holds how themes show prices, and what their scripts start from,
// where nothing is written for machines.
func TestShown(t *testing.T) {
	t.Parallel()
	const buy = `<form><button type="submit">Add to cart</button></form><p>Fired by hand</p>`
	cup := omakase.Product{Name: "Tea cup", Price: "25.50", Currency: "USD", Availability: omakase.InStock}
	sale := omakase.Product{Name: "Tea cup", Price: "25.50", CompareAt: "40.00", Currency: "USD", Availability: omakase.InStock}
	for name, tt := range map[string]shopPage{
		"del and ins":               {"", `<p class="price"><del>$40.00</del> <ins>$25.50</ins></p>` + buy, sale},
		"the new one first":         {"", `<p class="price"><ins>$25.50</ins> <del>$40.00</del></p>` + buy, sale},
		"WooCommerce, read out":     {"", `<p class="price"><del aria-hidden="true"><span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol">&#36;</span>40.00</bdi></span></del> <span class="screen-reader-text">Original price was: &#36;40.00.</span><ins aria-hidden="true"><span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol">&#36;</span>25.50</bdi></span></ins><span class="screen-reader-text">Current price is: &#36;25.50.</span></p>` + buy, sale},
		"a class that strikes":      {"", `<div class="prices"><span class="old-price">$40.00</span><span class="new-price">$25.50</span></div>` + buy, sale},
		"a style that strikes":      {"", `<div class="prices"><span style="text-decoration: line-through">$40.00</span><span>$25.50</span></div>` + buy, sale},
		"for screen readers":        {"", `<div class="price"><span class="visually-hidden">Sale price</span><span>$25.50</span><span class="visually-hidden">Regular price</span><s>$40.00</s></div>` + buy, sale},
		"regular alone":             {"", `<div class="price"><div class="price__regular"><span class="visually-hidden">Regular price</span><span class="price-item price-item--regular">$25.50 USD</span></div></div>` + buy, cup},
		"regular and sale the same": {"", `<div class="price"><div class="price__regular"><span class="visually-hidden">Regular price</span><span class="price-item price-item--regular">$25.50</span></div><div class="price__sale"><span class="visually-hidden">Regular price</span><span><s class="price-item price-item--regular"></s></span><span class="visually-hidden">Sale price</span><span class="price-item price-item--sale price-item--last">$25.50</span></div></div>` + buy, cup},
		"a label that is read out":  {"", `<div class="price" aria-label="Price: $25.50"><span aria-hidden="true"><sup>$</sup>25<sup>50</sup></span></div>` + buy, cup},
		"off the screen":            {"", `<span class="a-price"><span class="a-offscreen">$25.50</span><span aria-hidden="true"><span class="a-price-symbol">$</span><span class="a-price-whole">25<span class="a-price-decimal">.</span></span><span class="a-price-fraction">50</span></span></span>` + buy, cup},
		"was and now in one text":   {"", `<p class="price">Was $40.00 Now $25.50</p>` + buy, sale},
		"now only":                  {"", `<div><p>Was: $40.00</p><p>Now only: $25.50</p><p>You save: $14.50 (36%)</p></div>` + buy, sale},
		"by so many percent":        {"", `<div class="prices"><span>$25.50</span><span>$40.00</span><span>-36%</span></div>` + buy, sale},
		"percent in front":          {"", `<div><b>%36</b> <span class="a">$40.00</span> today <span class="b">$25.50</span></div>` + buy, sale},
		"side by side":              {"", `<div class="c1"><span class="c2">$40.00</span> <span class="c3">$25.50</span></div>` + buy, sale},
		"with a gift card":          {"", `<p class="price">$25.50</p><p>Pay $5.50 with our card: get a $20.00 gift card</p>` + buy, cup},
		"an odd space":              {"", `<p>Typical price:&nbsp;<span>$40.00</span></p><p>Price:&nbsp;<span>$25.50</span></p>` + buy, sale},
		"twice":                     {"", `<p>$25.50</p><p>Next day delivery before noon</p><p>$14.95</p><div class="bar">$25.50</div>` + buy, cup},
		"in a product's header":     {"", `<header class="product-header"><div class="prices-container"><p class="price">$25.50</p></div></header>` + buy, cup},
		"a word within another":     {"", `<div class="Grid--useNewBreakpoints"><div class="StandardPriceBlock"><span>$25.50</span></div></div>` + buy, cup},
		"bold is not old":           {"", `<div class="flex gap-2"><span class="text-2xl font-bold">$25.50</span></div>` + buy, cup},
		"old is":                    {"", `<div class="flex gap-2"><span class="text-2xl font-bold">$25.50</span><span class="price old">$40.00</span></div>` + buy, sale},
		"a golden price":            {"", `<div class="threshold"><span class="price gold-text">$25.50</span></div>` + buy, cup},
		"nobody is known":           {"", `<div class="unknown-known"><del>$40.00</del> <b class="price-known">$25.50</b></div>` + buy, sale},
		"a blue price":              {"", `<div class="navy-blue availability"><b class="price">$25.50</b></div>` + buy, cup},
		"shown on wide screens":     {"", `<div class="hidden md:block"><p class="price">$25.50</p></div><div class="d-none d-lg-flex"><button>Add to cart</button></div><p>Fired by hand</p>`, cup},
		"before an element":         {"", `<div class="relative before:absolute before:inset-0"><span class="price text-xl">$25.50</span></div>` + buy, cup},
		"from":                      {"", `<p class="price">From $25.50</p>` + buy, cup},
		"a range":                   {"", `<p class="price">$25.50 – $40.00</p>` + buy, omakase.Product{Price: "25.50", PriceMax: "40.00", Currency: "USD"}},
		"a range of elements":       {"", `<p class="price"><span class="amount">$25.50</span> – <span class="amount">$40.00</span></p>` + buy, omakase.Product{Price: "25.50", PriceMax: "40.00", Currency: "USD"}},
		"choices with prices":       {"", `<p class="price">$25.50</p><select name="size"><option>Small - $25.50</option><option>Large - $39.00</option></select>` + buy, cup},
		"choices as buttons":        {"", `<p class="price">$25.50</p><div class="variants"><label><input type="radio" name="s"> Small <span>$25.50</span></label><label><input type="radio" name="s"> Large <span>$39.00</span></label></div>` + buy, cup},
		"a table":                   {"", `<table><tr><th>Price</th><td>$25.50</td></tr><tr><th>Shipping</th><td>$4.00</td></tr><tr><th>SKU</th><td>TC-9</td></tr></table>` + buy, omakase.Product{Price: "25.50", Currency: "USD", SKU: "TC-9"}},
		"a list of terms":           {"", `<dl><dt>Item no.</dt><dd>TC-9</dd><dt>Our price</dt><dd>$25.50</dd><dt>Postage</dt><dd>$4.00</dd></dl>` + buy, omakase.Product{Price: "25.50", Currency: "USD", SKU: "TC-9"}},
		"points and thresholds":     {"", `<p>Spend $50 more for free shipping</p><p class="price">$25.50</p><p>Earn 25 points worth $0.25</p><p>Pay in 4 of $6.38</p><p>Klarna: $8.50/mo</p>` + buy, cup},
		"a cart that is empty":      {"", `<div class="mini-cart">Cart total $0.00</div><p class="price">$25.50</p>` + buy, cup},
		"related ones":              {"", `<p class="price">$25.50</p>` + buy + `<section class="related-products"><h2>You may also like</h2><a href="/products/jug"><span class="price">$3.00</span></a><a href="/products/pot"><span class="price">$9.00</span></a></section>`, cup},
		"a warranty":                {"", `<p class="price">$25.50</p><label><input type="checkbox"> Add a protection plan for $3.99</label>` + buy, cup},
		"a price by weight":         {"", `<p class="price">$25.50</p><p class="unit-price">$5.10 / 100 g</p>` + buy, cup},
		"dollars and cents apart":   {"", `<div class="price"><span class="currency">$</span><span class="dollars">25</span><span class="cents">50</span></div>` + buy, cup},
		"currency behind":           {"", `<div class="product-price"><span class="value">25.50</span> <span class="currency">USD</span></div>` + buy, cup},
		"state of Next.js":          {"", `<script id="__NEXT_DATA__" type="application/json">{"props":{"pageProps":{"product":{"id":"p1","name":"Tea cup","price":{"amount":"25.50","currencyCode":"USD"},"sku":"TC-9"}}}}</script>`, omakase.Product{Name: "Tea cup", Price: "25.50", Currency: "USD", SKU: "TC-9"}},
		"stream of Next.js":         {"", `<script>(self.__next_f=self.__next_f||[]).push([0])</script><script>self.__next_f.push([1,"5:[\"$\",\"$L6\",null,{\"product\":{\"name\":\"Tea cup\",\"sku\":\"TC-9\",\"price\":25."])</script><script>self.__next_f.push([1,"5,\"currency\":\"USD\",\"brand\":\"$undefined\"}}]\n"])</script>`, omakase.Product{Name: "Tea cup", Price: "25.50", Currency: "USD", SKU: "TC-9"}},
		"state of Nuxt":             {"", `<script>window.__NUXT__=(function(a,b){return {data:[{product:{name:a,price:b,currency:"USD"}}]}}("Tea cup",25.5));</script>`, omakase.Product{Name: "Tea cup", Price: "25.50", Currency: "USD"}},
		"a layer of data":           {"", `<script>dataLayer.push({"event":"view_item","ecommerce":{"currency":"USD","items":[{"item_name":"Tea cup","item_id":"TC-9","price":25.5}]}});</script><p class="price">$25.50</p>` + buy, cup},
		"cents in the state":        {"", `<script>var product = {"name":"Tea cup","price":2550,"compare_at_price":4000};</script><p class="price">$25.50</p>` + buy, cup},
		"a card for Twitter":        {"", `<meta name="twitter:label1" content="Price"><meta name="twitter:data1" content="$25.50"><meta property="og:type" content="product"><meta property="og:title" content="Tea cup">`, omakase.Product{Name: "Tea cup", Price: "25.50", Currency: "USD"}},
		"meta with a comma":         {"", `<meta property="og:type" content="og:product"><meta property="og:title" content="Tea cup"><meta property="product:price:amount" content="1.234,50"><meta property="product:price:currency" content="EUR">`, omakase.Product{Price: "1234.50", Currency: "EUR"}},
		"sold out, in the button":   {"", `<p class="price">$25.50</p><button disabled>Sold out</button><p>SKU: TC-9</p>`, omakase.Product{Price: "25.50", Availability: omakase.OutOfStock}},
		"sold out of one size":      {"", `<p class="price">$25.50</p><ul class="sizes"><li class="size-option">S</li><li class="size-option disabled">M <span>Sold out</span></li></ul>` + buy, cup},
		"an order before":           {"", `<p class="price">$25.50</p><p>Available in 2 weeks</p><button>Pre-order</button>`, cup},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.url = "https://shop.example/products/cup-1"
			tt.html = `<html lang="en"><title>Tea cup – The shop</title><h1>Tea cup</h1>` + tt.html
			tt.check(t)
		})
	}
}

// TestNoProduct holds that pages which name prices, but sell no single product,
// give none.
func TestNoProduct(t *testing.T) {
	t.Parallel()
	card := func(n string) string {
		return `<div class="card"><a href="/products/` + n + `"><h3>Cup ` + n + `</h3><span class="price">$` + n + `.00</span></a><button>Add to cart</button></div>`
	}
	for name, page := range map[string][2]string{
		"three cards":         {"/cups", `<title>Cups</title><h1>Cups</h1>` + card("11") + card("12") + card("13")},
		"cards without links": {"/cups", `<title>Cups</title><h1>Cups</h1>` + strings.Repeat(`<div class="card"><h3>Cup</h3><span class="price">$11.00</span><button>Buy</button></div>`, 10)},
		"an article":          {"/magazine/best-cups", `<title>The 5 best cups</title><meta property="og:type" content="article"><h1>The 5 best cups</h1><p>The first costs <b>$25.00</b>.</p><a class="button" href="https://elsewhere.example">Buy now</a>`},
		"an article in words": {"/blog/best-cups", `<title>The 5 best cups of the year</title><h1>The 5 best cups of the year</h1><p>By Ann, 5 May</p>` + strings.Repeat(`<p>Some cups cost $25.00 and others $30.00, and we like them all.</p>`, 8)},
		"plans":               {"/pricing", `<title>Pricing</title><h1>Pricing</h1><div class="plan"><h3>Basic</h3><p class="price">$10 / month</p><button>Sign up</button></div><div class="plan"><h3>Pro</h3><p class="price">$30 / month</p><button>Sign up</button></div>`},
		"a cart":              {"/cart", `<title>Your cart</title><h1>Your cart</h1><table><tr><td>Tea cup</td><td>$25.50</td></tr><tr><td>Subtotal</td><td>$25.50</td></tr></table><button>Check out</button>`},
		"delivery":            {"/shipping", `<title>Shipping</title><h1>Shipping</h1><p>Delivery costs $5.00 within the country and $15.00 abroad. Orders over $50 ship free.</p>`},
		"a search":            {"/search?q=cup", `<title>Search: cup</title><h1>3 results for “cup”</h1>` + card("11") + card("12") + card("13")},
		"a concert":           {"/events/gig", `<title>Gig</title><h1>Gig</h1><p>Friday, 8 pm</p><script type="application/ld+json">{"@type":"Event","name":"Gig","offers":{"@type":"Offer","price":"20","priceCurrency":"USD"}}</script><p class="price">$20.00</p><button>Buy</button>`},
		"a recipe":            {"/recipes/tea", `<title>Tea</title><h1>Tea</h1><script type="application/ld+json">{"@type":"Recipe","name":"Tea"}</script><p>It costs about $2.00 per cup.</p>`},
		"terms":               {"/terms", `<title>Terms</title><h1>Terms</h1><p>Gift cards of $25.00 can't be returned. Sold out goods are not reserved.</p>`},
		"not found":           {"/products/gone", `<title>Page not found</title><h1>Page not found</h1><p>Try these:</p>` + card("11") + card("12")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, got, ok := read(t, "https://shop.example"+page[0], []byte(page[1])); ok {
				t.Errorf("a product %+v", got)
			}
		})
	}
}
