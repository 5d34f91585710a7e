package demo

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// templates are parsed when the first page is asked for.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"yen": yen}).Parse(pagesHTML))
})

const pagesHTML = `
{{define "head"}}<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>body{font:16px/1.7 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
ul.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:1rem;list-style:none;padding:0}
img{width:100%;height:auto;border-radius:.5rem}s{color:#777}.off{color:#777}</style>
<script>var Shopify = Shopify || {};Shopify.shop = "hiyori-goods.myshopify.com";Shopify.locale = "ja";Shopify.currency = {"active":"JPY","rate":"1.0"};</script>{{end}}

{{define "card"}}<li><a href="{{.Path}}">{{with .Image}}<img src="{{.}}" alt="">{{end}}{{.Title}}</a><br>
{{yen .Price}}{{if .From}}から{{end}}{{if not .Available}} <span class="off">売り切れ</span>{{end}}</li>{{end}}

{{define "list"}}{{template "head" .}}</head><body><h1>{{.Title}}</h1><p>{{.Text}}</p>
<nav>{{range .Collections}}<a href="/collections/{{.Handle}}">{{.Title}}</a> · {{end}}<a href="/collections/sale">セール / Sale</a></nav>
<ul class="grid">{{range .Cards}}{{template "card" .}}{{end}}</ul></body></html>{{end}}

{{define "product"}}{{template "head" .}}<link rel="canonical" href="{{.URL}}">
<meta property="og:type" content="product"><meta property="og:site_name" content="{{.Shop}}"><meta property="og:title" content="{{.Name}}">
<meta property="og:url" content="{{.URL}}"><meta property="og:description" content="{{.Text}}">{{range .Images}}
<meta property="og:image" content="{{.}}">{{end}}
<meta property="og:price:amount" content="{{.Price}}"><meta property="og:price:currency" content="{{.Currency}}">
<script type="application/ld+json">{{.LD}}</script></head><body><p><a href="/">{{.Shop}}</a></p><h1>{{.Name}}</h1>
{{range .Images}}<img src="{{.}}" alt="{{$.Name}}" style="max-width:20rem">{{end}}
<p class="vendor">{{.Vendor}}</p><table>{{range .Variants}}<tr><td>{{.Title}}</td><td class="price">{{yen .Price}}（税込）{{if .Was}} <s>{{yen .Was}}</s>{{end}}</td>
<td>{{if .Available}}<a href="/cart/{{.ID}}:1">カートに入れる</a>{{else}}<span class="off">売り切れ</span>{{end}}</td></tr>{{end}}</table>
<div class="description">{{.Body}}</div><p>¥10,000以上のご注文で送料無料</p></body></html>{{end}}

{{define "checkout"}}{{template "head" .}}</head><body><h1>ご注文の確認</h1><table>{{range .Lines}}<tr><td>{{.Name}}</td><td>× {{.Quantity}}</td><td>{{yen .Sum}}</td></tr>{{end}}</table>
<p>合計 {{yen .Total}}</p><p>ここは見本の店です。ほんとうの店なら、ここでお支払いになります。<br>This is a demo shop: a real one would take the payment here.</p></body></html>{{end}}

{{define "missing"}}{{template "head" .}}</head><body><h1>ページが見つかりません</h1><p><a href="/">店の入口へ</a></p></body></html>{{end}}
`

func render(status int, name string, data any) reply {
	var b bytes.Buffer
	if err := templates().ExecuteTemplate(&b, name, data); err != nil {
		return reply{http.StatusInternalServerError, "text/plain; charset=utf-8", []byte(err.Error())}
	}
	return reply{status, "text/html; charset=utf-8", b.Bytes()}
}

func notFound() reply {
	return render(http.StatusNotFound, "missing", object{"Title": "404 Not Found"})
}

// yen writes an amount as shops do: ¥12,100.
func yen(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return "¥" + s
}

func home(c *catalogue, _ *http.Request) reply { return listPage(c, c.Name, c.Description, c.Products) }

func collectionPage(c *catalogue, r *http.Request) reply {
	handle := r.PathValue("handle")
	items, ok := c.in(handle)
	if !ok {
		return notFound()
	}
	title := c.Name
	for _, col := range c.Collections {
		if col.Handle == handle {
			title = col.Title + " – " + c.Name
		}
	}
	return listPage(c, title, "", items)
}

func listPage(c *catalogue, title, text string, items []*item) reply {
	cards := make([]object, len(items))
	for i, p := range items {
		low, high := p.prices()
		cards[i] = object{"Path": p.path(), "Title": p.Title, "Price": low, "From": low != high, "Available": p.available()}
		if paths := p.imagePaths(); len(paths) > 0 {
			cards[i]["Image"] = paths[0]
		}
	}
	return render(http.StatusOK, "list", object{"Title": title, "Text": text, "Collections": c.Collections, "Cards": cards})
}

func productPage(c *catalogue, p *item, r *http.Request) reply {
	low, _ := p.prices()
	var images []string
	for _, path := range p.imagePaths() {
		images = append(images, base(r)+path)
	}
	variants := make([]object, len(p.Variants))
	for k, v := range p.Variants {
		variants[k] = object{"ID": p.variantID(k), "Title": strings.Join(v.options, " / "), "Price": v.Price, "Was": v.Was, "Available": v.Stock > 0}
		if len(p.Variants) == 1 {
			variants[k]["Title"] = ""
		}
	}
	return render(http.StatusOK, "product", object{
		"Title": p.Title + " – " + c.Name, "Shop": c.Name, "Name": p.Title, "Vendor": p.Vendor, "URL": base(r) + p.path(),
		"Text": plain(p.Body), "Price": yen(low)[len("¥"):], "Currency": c.Currency, "Images": images, "Variants": variants,
		"Body": template.HTML(p.Body), //nolint:gosec // our own file's
		"LD":   structured(c, p, base(r), images),
	})
}

// plain is the text of the catalogue's own simple HTML.
func plain(html string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(html, "<") {
		if _, text, ok := strings.Cut(part, ">"); ok && text != "" {
			b.WriteString(text + " ")
		}
	}
	return strings.TrimSpace(b.String())
}

// structured is the product as schema.org has it, in Shopify's way: a group
// where there are several variants.
func structured(c *catalogue, p *item, base string, images []string) object {
	offer := func(k int) object {
		v := p.Variants[k]
		state := "http://schema.org/OutOfStock"
		if v.Stock > 0 {
			state = "http://schema.org/InStock"
		}
		return object{
			"@type": "Offer", "sku": v.SKU, "price": strconv.Itoa(v.Price), "priceCurrency": c.Currency, "availability": state,
			"url": fmt.Sprintf("%s%s?variant=%d", base, p.path(), p.variantID(k)),
		}
	}
	ld := object{
		"@context": "http://schema.org/", "@type": "Product", "name": p.Title, "description": plain(p.Body), "category": p.Type,
		"url": base + p.path(), "image": images, "brand": object{"@type": "Brand", "name": p.Vendor},
	}
	if len(p.Variants) == 1 {
		ld["sku"], ld["offers"] = p.Variants[0].SKU, []object{offer(0)}
		return ld
	}
	members := make([]object, len(p.Variants))
	for k, v := range p.Variants {
		members[k] = object{"@type": "Product", "name": p.Title + " - " + strings.Join(v.options, " / "), "sku": v.SKU, "offers": offer(k)}
	}
	ld["@type"], ld["productGroupID"], ld["hasVariant"] = "ProductGroup", strconv.FormatInt(p.id, 10), members
	return ld
}

// checkout is where a link of the form /cart/VARIANT:QUANTITY,… leads.
func checkout(c *catalogue, r *http.Request) reply {
	var lines []object
	total := 0
	for line := range strings.SplitSeq(r.PathValue("lines"), ",") {
		id, count, _ := strings.Cut(line, ":")
		quantity, err := strconv.Atoi(count)
		p, k := c.variant(id)
		if err != nil || quantity <= 0 || quantity > 1000 || p == nil {
			return notFound()
		}
		v := p.Variants[k]
		total += v.Price * quantity
		lines = append(lines, object{"Name": p.Title + " " + strings.Join(v.options, " / "), "Quantity": quantity, "Sum": v.Price * quantity})
	}
	return render(http.StatusOK, "checkout", object{"Title": c.Name, "Lines": lines, "Total": total})
}

func (c *catalogue) variant(id string) (*item, int) {
	for _, p := range c.Products {
		for k := range p.Variants {
			if strconv.FormatInt(p.variantID(k), 10) == id {
				return p, k
			}
		}
	}
	return nil, 0
}

func robotsTxt(_ *catalogue, r *http.Request) reply {
	return reply{http.StatusOK, "text/plain; charset=utf-8", []byte(`# The demo shop's, after Shopify's default
User-agent: *
Disallow: /admin
Disallow: /cart
Disallow: /orders
Disallow: /checkouts/
Disallow: /checkout
Disallow: /account
Disallow: /collections/*sort_by*
Disallow: /collections/*+*
Disallow: /search
Sitemap: ` + base(r) + "/sitemap.xml\n")}
}

type sitemapEntry struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

func sitemap(root string, entries any) reply {
	body, err := xml.Marshal(entries)
	if err != nil {
		return reply{http.StatusInternalServerError, "text/plain; charset=utf-8", []byte(err.Error())}
	}
	text := fmt.Sprintf("%s<%s xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">%s</%s>\n", xml.Header, root, body, root)
	return reply{http.StatusOK, "application/xml; charset=utf-8", []byte(text)}
}

func sitemapIndex(c *catalogue, r *http.Request) reply {
	type entry struct {
		XMLName xml.Name `xml:"sitemap"`
		sitemapEntry
	}
	first, last := c.Products[len(c.Products)-1].id, c.Products[0].id
	return sitemap("sitemapindex", entry{sitemapEntry: sitemapEntry{
		Loc: fmt.Sprintf("%s/sitemap_products_1.xml?from=%d&to=%d", base(r), first, last),
	}})
}

func sitemapProducts(c *catalogue, r *http.Request) reply {
	type entry struct {
		XMLName xml.Name `xml:"url"`
		sitemapEntry
	}
	entries := []entry{{sitemapEntry: sitemapEntry{Loc: base(r) + "/"}}}
	for _, p := range c.Products {
		entries = append(entries, entry{sitemapEntry: sitemapEntry{Loc: base(r) + p.path(), LastMod: stamp(p.updated)}})
	}
	return sitemap("urlset", entries)
}

// motifs are what the pictures of a collection show.
var motifs = map[string]string{
	"tea":        `<path d="M400 180c150 90 150 320 0 440c-150-120-150-350 0-440zM400 240v380"/>`,
	"kitchen":    `<path d="M180 330h440v120a120 120 0 0 1-120 120H300a120 120 0 0 1-120-120zM140 360h40M620 360h40M250 280h300"/>`,
	"tableware":  `<path d="M210 320h380c0 150-80 250-190 250s-190-100-190-250zM320 600h160"/>`,
	"pantry":     `<path d="M280 260h240v330a40 40 0 0 1-40 40H320a40 40 0 0 1-40-40zM300 190h200v70H300zM280 380h240v120H280z"/>`,
	"stationery": `<path d="M270 180h290v440H270zM320 180v440M370 270h140M370 330h140M370 390h90"/>`,
	"clothing":   `<path d="M310 200l-150 90 60 110 60-30v260h240V370l60 30 60-110-150-90c-30 50-150 50-180 0z"/>`,
	"home":       `<path d="M180 400l220-190 220 190M230 370v240h340V370M360 610V460h80v150"/>`,
}

// image draws one of a product's pictures.
func image(c *catalogue, r *http.Request) reply {
	for _, p := range c.Products {
		for k, path := range p.imagePaths() {
			if path != r.URL.Path {
				continue
			}
			hue := (p.Hue + 12*k) % 360
			svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800" width="800" height="800">`+
				`<rect width="800" height="800" fill="hsl(%d 35%% %d%%)"/><g fill="none" stroke="hsl(%d 45%% 32%%)" stroke-width="14" stroke-linejoin="round" `+
				`transform="rotate(%d 400 400)">%s</g></svg>`, hue, 90-4*k, hue, 6*k, motifs[p.In])
			return reply{http.StatusOK, "image/svg+xml", []byte(svg)}
		}
	}
	return notFound()
}
