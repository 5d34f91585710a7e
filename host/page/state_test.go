package page

import (
	stdjson "encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

func TestState(t *testing.T) {
	t.Parallel()
	names := []string{"name", "price", "saleprice", "sku"}
	for name, tt := range map[string]struct {
		script string
		want   []wire.State
	}{
		"assigned":          {`window.__PRELOADED_STATE__ = {"page":{"title":"x","product":{"name":"Cup","price":5,"tags":["a"]}}};`, []wire.State{{Name: "__PRELOADED_STATE__", JSON: `{"page":{"product":{"name":"Cup","price":5}}}`}}},
		"JavaScript":        {`var p = {name: 'It\'s "x"', price: .5, sale_price: !0, sku: undefined, /* c */ other: [1,], }`, []wire.State{{Name: "p", JSON: `{"name":"It's \"x\"","price":0.5,"sale_price":true,"sku":null}`}}},
		"a list":            {`LS.variants = [{"price":"135000","x":1},{"price":"5"}]`, []wire.State{{Name: "LS.variants", JSON: `[{"price":"135000"},{"price":"5"}]`}}},
		"a call":            {`dataLayer.push({event:"view","items":[{name:"Cup",price:5}]});`, []wire.State{{Name: "dataLayer.push", JSON: `{"items":[{"name":"Cup","price":5}]}`}}},
		"an argument":       {`gtag('event', 'view_item', {"name":"Cup"})`, []wire.State{{Name: "gtag", JSON: `{"name":"Cup"}`}}},
		"small objects":     {`x = {"price":{"amount":5,"currency":"USD","more":{"a":1}}}`, []wire.State{{Name: "x", JSON: `{"price":{"amount":5,"currency":"USD"}}`}}},
		"parsed":            {`window.S = JSON.parse("{\"name\":\"Cup\",\"price\":5}")`, []wire.State{{Name: "S", JSON: `{"name":"Cup","price":5}`}}},
		"a function's":      {`window.__NUXT__=(function(a,b){return {data:[{name:a,price:b}]}}("Cup",12.5));`, []wire.State{{Name: "__NUXT__", JSON: `{"data":[{"name":"Cup","price":12.5}]}`}}},
		"computed parts":    {`x = {name: "Cup", price: window.y.z, n: 1}`, []wire.State{{Name: "x", JSON: `{"name":"Cup","price":null}`}}},
		"a function inside": {`x = {name: "Cup", f: function() {}}`, nil},
		"nothing wanted":    {`x = {"a":{"b":1}}`, nil},
		"cut off":           {`x = {"name":"Cup","price":`, nil},
		"after a failure":   {`x = {name: f(}; y = {"name":"Pot"}`, []wire.State{{Name: "y", JSON: `{"name":"Pot"}`}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := queryPage(t, "<script>"+tt.script+"</script>", wire.HTMLRequest{State: names})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.State); diff != "" {
				t.Error(diff)
			}
		})
	}
	got, err := queryPage(t, `<script id="__NEXT_DATA__" type="application/json">{"props":{"name":"Cup","big":[{"x":1}]}}</script>
		<script type="text/x-magento-init">{"*":{"a":{"price":5}}}</script><script type="application/ld+json">{"name":"not state"}</script>`, wire.HTMLRequest{State: names})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]wire.State{{Name: "__NEXT_DATA__", JSON: `{"props":{"name":"Cup"}}`}, {Name: "text/x-magento-init", JSON: `{"*":{"a":{"price":5}}}`}}, got.State); diff != "" {
		t.Error(diff)
	}
	if _, err := queryPage(t, "", wire.HTMLRequest{State: make([]string, 101)}); !errs.Is(err, errs.Invalid) {
		t.Errorf("too many names give %v", err)
	}
}

// TestStateIsLinear holds that scripts made for it keep nobody busy.
func TestStateIsLinear(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"={a:", "=[", "({", "x={name:'", "JSON.parse('", "={a:/*", "(function(a){return {", "={b:[1,"} {
		page := "<script>" + strings.Repeat(unit, 256<<10/len(unit)) + "</script>"
		begun := time.Now()
		if _, err := queryPage(t, page, wire.HTMLRequest{State: []string{"name"}}); err != nil {
			t.Errorf("%q: %v", unit, err)
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("%q repeated took %v", unit, took)
		}
	}
}

func FuzzState(f *testing.F) {
	f.Add(`window.a = {b: 'c', "name": [1, .5, !0, undefined, x.y],}; dataLayer.push({name:"x"}); JSON.parse("{\"name\":1}")`)
	f.Add(`w=(function(a,b){return {name:a,price:[b,{name:b}]}}("x",{"name":1}));`)
	f.Fuzz(func(t *testing.T, script string) {
		s := &stateReader{ctx: t.Context(), wanted: map[string]bool{"name": true, "price": true}, room: maxStateJSON}
		s.script(script)
		for _, st := range s.found {
			if !stdjson.Valid([]byte(st.JSON)) {
				t.Fatalf("%q gives %q", script, st.JSON)
			}
		}
	})
}

func TestRDFa(t *testing.T) {
	t.Parallel()
	const page = `<meta property="og:title" content="no item">
		<div vocab="https://schema.org/" typeof="Product" resource="#p"><h1 property="name">Cup</h1><img property="image" src="/a.jpg">
		<div property="offers" typeof="Offer"><span property="price" content="5.00">$5</span><meta property="schema:priceCurrency" content="USD">
		<link property="availability" href="http://schema.org/InStock"></div></div>`
	got, err := queryPage(t, page, wire.HTMLRequest{RDFa: true, URL: "https://shop.example/p"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"items":[{"type":["https://schema.org/Product"],"id":"#p","properties":{"image":["https://shop.example/a.jpg"],"name":["Cup"],` +
		`"offers":[{"type":["https://schema.org/Offer"],"properties":{"availability":["http://schema.org/InStock"],"price":["5.00"],"priceCurrency":["USD"]}}]}}]}`
	if diff := cmp.Diff(want, got.RDFa); diff != "" {
		t.Error(diff)
	}
	if got, err := queryPage(t, `<p property="name">x</p>`, wire.HTMLRequest{RDFa: true}); err != nil || got.RDFa != "" {
		t.Errorf("got %q, %v", got.RDFa, err)
	}
}

func TestOutline(t *testing.T) {
	t.Parallel()
	const page = `<body><nav><a href="/cart" class="cart">Cart $0.00</a></nav><div id="main" class="product"><h1>Tea <b>cup</b></h1>
		<img src="/big.jpg" alt="The cup" width="600"><img src="/icon.png" width="16">
		<p>Price: <del>$30.00</del> <span class="now"><span>$</span><span>25</span><sup>50</sup></span> each</p>
		<span class="price">1 299</span> <span>Kč</span>
		<p class="stock" style="display: none">Sold out</p><p>In stock</p><button disabled>Add to cart</button>
		<table><tr><th>SKU</th><td>TC-1</td></tr></table><dl><dt>Brand</dt><dd>Aoi</dd></dl><p>Model: X5</p>
		<select><option>$99.00</option></select><script>$5</script><input type="password" name="pw"></div></body>`
	got, err := queryPage(t, page, wire.HTMLRequest{Outline: true, URL: "https://shop.example/p"})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range got.Outline {
		line := p.Kind + " " + p.Text
		if p.Kind == wire.PlacePair || p.Kind == wire.PlaceField || p.Kind == wire.PlaceImage {
			line = p.Kind + " " + p.Before + "=" + p.Text
		}
		for word, set := range map[string]bool{" struck": p.Struck} {
			if set {
				line += word
			}
		}
		if p.Hidden {
			line += " hidden"
		}
		if p.Off {
			line += " off"
		}
		lines = append(lines, line)
	}
	want := []string{
		"price Cart $0.00", "heading Tea cup", "image The cup=https://shop.example/big.jpg",
		"price $30.00 struck", "price $25.50", "pair Price=$30.00 $25.50 each", "price 1 299", "stock Sold out hidden", "stock In stock", "button Add to cart off", "stock Add to cart",
		"pair SKU=TC-1", "pair Brand=Aoi", "pair Model=X5", "field pw=password",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	for _, p := range got.Outline {
		if p.Text == "$25.50" && (p.Before != "Cart $0.00 Tea cup Price: $30.00" || !strings.HasPrefix(p.After, "each") || !strings.HasSuffix(p.Path, "div#main.product>p>span.now")) {
			t.Errorf("around the price: %+v", p)
		}
	}
}
