// Package shop is a shop on Hinoki, a platform made up for this example: a list
// of items as JSON, and a page for each. Command serve beside it, and omakase
// plugin shop, serve it.
package shop

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
)

//go:embed items.json
var catalogue []byte

const perPage = 4

type shop struct {
	Name     string `json:"name"`
	Currency string `json:"currency"`
}

type list struct {
	Shop  shop              `json:"shop"`
	Total int               `json:"total"`
	Next  int               `json:"next,omitempty"`
	Items []json.RawMessage `json:"items"`
}

// New returns the shop.
func New() (http.Handler, error) {
	var all list
	if err := json.Unmarshal(catalogue, &all); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hinoki/items", func(w http.ResponseWriter, r *http.Request) { serveItems(w, r, &all) })
	mux.HandleFunc("GET /item/{code}", func(w http.ResponseWriter, r *http.Request) { servePage(w, r, &all) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "<!doctype html><meta name=generator content=\"Hinoki 3\"><title>%s</title><h1>%s</h1>", all.Shop.Name, all.Shop.Name)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Platform", "Hinoki")
		mux.ServeHTTP(w, r)
	}), nil
}

// serveItems answers with one page of the list.
func serveItems(w http.ResponseWriter, r *http.Request, all *list) {
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || page < 1 {
		http.Error(w, "page must be a number from 1 on", http.StatusBadRequest)
		return
	}
	from := min((page-1)*perPage, len(all.Items))
	to := min(from+perPage, len(all.Items))
	part := list{Shop: all.Shop, Total: len(all.Items), Items: all.Items[from:to]}
	if to < len(all.Items) {
		part.Next = page + 1
	}
	etag := fmt.Sprintf(`"page-%d-of-%d"`, page, len(all.Items))
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(part)
}

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="generator" content="Hinoki 3"><title>{{.Title}} - {{.Shop}}</title></head>
<body><h1>{{.Title}}</h1><script type="application/json" class="hinoki-item">{{.Item}}</script></body></html>
`))

// servePage answers with the page of one item.
func servePage(w http.ResponseWriter, r *http.Request, all *list) {
	for _, text := range all.Items {
		var item struct{ Code, Title string }
		if json.Unmarshal(text, &item) != nil || item.Code != r.PathValue("code") {
			continue
		}
		about, err := json.Marshal(map[string]any{"shop": all.Shop, "item": text})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		safe := strings.ReplaceAll(string(about), "</", `<\/`)
		_ = page.Execute(w, struct {
			Title, Shop string
			Item        template.JS
		}{item.Title, all.Shop.Name, template.JS(safe)}) //nolint:gosec // it is JSON that ends no element
		return
	}
	http.NotFound(w, r)
}
