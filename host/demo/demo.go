// Package demo is a small shop inside the binary, so that the product can be
// seen at work without anybody's shop being asked: sixty products, Japanese
// and English, on a loopback port of its own. To its visitors it is a Shopify
// shop, with that platform's public JSON, pages, sitemap and robots.txt.
//
// It knows nothing of the rest of the product, which reads it over HTTP like
// any other shop.
package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// pageSize caps a page below Shopify's 250, so that the small catalogue still
// has three.
const pageSize = 25

// Shop is the running shop. It is safe for concurrent use.
type Shop struct {
	listener net.Listener
	server   *http.Server
	done     chan struct{} // closed when the server has stopped

	// The catalogue is read when the first visitor comes.
	catalogue func() (*catalogue, error)
}

// Start opens the shop on addr, such as "127.0.0.1:0", until ctx ends or Close
// is called.
func Start(ctx context.Context, addr string) (*Shop, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("opening the demo shop: %w", err)
	}
	s := &Shop{listener: ln, done: make(chan struct{}), catalogue: sync.OnceValues(readCatalogue)}
	s.server = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = s.server.Close() })
	go func() {
		defer close(s.done)
		defer stop()
		_ = s.server.Serve(ln) // ends only by Close
	}()
	return s, nil
}

// URL is the shop's, without a slash at the end.
func (s *Shop) URL() string { return "http://" + s.listener.Addr().String() }

// Addr is the shop's host:port, as OMAKASE_NETWORK_ALLOW takes it.
func (s *Shop) Addr() string { return s.listener.Addr().String() }

// Close closes the shop and waits until it has stopped. It may be called more
// than once.
func (s *Shop) Close() error {
	err := s.server.Close()
	<-s.done
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// handler answers for one path of the shop.
type handler func(c *catalogue, r *http.Request) reply

// reply is an answer before it is sent.
type reply struct {
	status int
	kind   string // media type
	body   []byte
}

func (s *Shop) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /{$}":                                home,
		"GET /robots.txt":                         robotsTxt,
		"GET /sitemap.xml":                        sitemapIndex,
		"GET /sitemap_products_1.xml":             sitemapProducts,
		"GET /meta.json":                          meta,
		"GET /cart.js":                            cartJS,
		"GET /cart/{lines}":                       checkout,
		"GET /products.json":                      productsJSON,
		"GET /collections.json":                   collectionsJSON,
		"GET /collections/{handle}":               collectionPage,
		"GET /collections/{handle}/products.json": collectionProductsJSON,
		"GET /products/{handle}":                  product,
		"GET /images/{file}":                      image,
		"/":                                       func(*catalogue, *http.Request) reply { return notFound() },
	} {
		mux.Handle(pattern, s.serve(h))
	}
	return mux
}

// serve sends what h answers, with the headers by which Shopify is known and
// with an entity tag.
func (s *Shop) serve(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := s.catalogue()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		a := h(c, r)
		head := w.Header()
		head.Set("Powered-By", "Shopify")
		head.Set("X-ShopId", "81000000")
		head.Set("Content-Type", a.kind)
		if a.status != http.StatusOK {
			w.WriteHeader(a.status)
			_, _ = w.Write(a.body)
			return
		}
		sum := sha256.Sum256(a.body)
		head.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
	}
}

func jsonReply(v any) reply {
	body, err := json.Marshal(v)
	if err != nil {
		return reply{http.StatusInternalServerError, "text/plain; charset=utf-8", []byte(err.Error())}
	}
	// Shopify escapes slashes too.
	body = bytes.ReplaceAll(body, []byte("/"), []byte(`\/`))
	return reply{http.StatusOK, "application/json; charset=utf-8", body}
}

func base(r *http.Request) string { return "http://" + r.Host }

func productsJSON(c *catalogue, r *http.Request) reply { return page(c.Products, r) }

func collectionProductsJSON(c *catalogue, r *http.Request) reply {
	items, ok := c.in(r.PathValue("handle"))
	if !ok {
		return notFound()
	}
	return page(items, r)
}

// page is one page of products. Shopify's own limit holds for what is asked,
// the shop's for what is given: the end is an empty page, not a short one.
func page(items []*item, r *http.Request) reply {
	limit, number := positive(r, "limit", 30), positive(r, "page", 1)
	limit = min(limit, 250)
	if limit*number > 25_000 {
		a := jsonReply(object{"errors": "Page * Limit exceeds the 25000 limit."})
		a.status = http.StatusBadRequest
		return a
	}
	limit = min(limit, pageSize)
	from := min((number-1)*limit, len(items))
	products := []object{}
	for _, p := range items[from:min(from+limit, len(items))] {
		products = append(products, p.list(base(r)))
	}
	return jsonReply(object{"products": products})
}

// positive is a query's number, or the default where it is none above zero.
func positive(r *http.Request, name string, byDefault int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil || n <= 0 {
		return byDefault
	}
	return min(n, 1_000_000)
}

func meta(c *catalogue, r *http.Request) reply {
	return jsonReply(object{
		"id": 81000000, "name": c.Name, "description": c.Description, "city": c.City, "province": c.Province, "country": c.Country,
		"currency": c.Currency, "money_format": "¥{{amount_no_decimals}}", "domain": r.Host, "url": base(r),
		"myshopify_domain": "hiyori-goods.myshopify.com", "ships_to_countries": []string{"JP"},
		"published_collections_count": len(c.Collections) + 1, "published_products_count": len(c.Products),
	})
}

func collectionsJSON(c *catalogue, r *http.Request) reply {
	list := []object{}
	if positive(r, "page", 1) == 1 {
		for k, col := range append(c.Collections[:len(c.Collections):len(c.Collections)], collection{"sale", "セール / Sale"}) {
			items, _ := c.in(col.Handle)
			list = append(list, object{
				"id": 310_000_000 + k, "handle": col.Handle, "title": col.Title, "description": "", "products_count": len(items),
				"published_at": stamp(opened), "updated_at": stamp(opened), "image": nil,
			})
		}
	}
	return jsonReply(object{"collections": list})
}

func cartJS(c *catalogue, _ *http.Request) reply {
	return jsonReply(object{"token": "demo", "items": []object{}, "item_count": 0, "total_price": 0, "currency": c.Currency})
}

// product answers for a product's page, and for its JSON in both forms.
func product(c *catalogue, r *http.Request) reply {
	handle := r.PathValue("handle")
	name, isJSON := strings.CutSuffix(handle, ".json")
	name, isJS := strings.CutSuffix(name, ".js")
	p := c.find(name)
	switch {
	case p == nil:
		return notFound()
	case isJSON:
		return jsonReply(object{"product": p.single(base(r))})
	case isJS:
		a := jsonReply(p.ajax())
		a.kind = "text/javascript; charset=utf-8"
		return a
	}
	return productPage(c, p, r)
}
