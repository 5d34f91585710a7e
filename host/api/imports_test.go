package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	catalogs "github.com/omakase-ai/omakase/core/knowledge/importer"
	"github.com/omakase-ai/omakase/host/api"
)

// adminShop is a Shopify shop that knows one token.
type adminShop struct{}

func (adminShop) Get(_ context.Context, _ string, header http.Header) (catalogs.Answer, error) {
	if header.Get("X-Shopify-Access-Token") != "good-token" {
		return catalogs.Answer{Status: http.StatusUnauthorized}, nil
	}
	return catalogs.Answer{Status: http.StatusOK, Body: []byte(`{"products":[{"id":1,"title":"Mug","status":"active"},{"id":2,"title":"Draft","status":"draft"}]}`)}, nil
}

// multi is a form with a file of the given name and content, and fields.
func multi(t *testing.T, part, name, content string, fields ...string) (body string, header map[string]string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if part != "" {
		file, err := w.CreateFormFile(part, name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(file, content)
	}
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), map[string]string{"Content-Type": w.FormDataContentType()}
}

const (
	importPath = "/api/knowledge/import"
	leastShown = 500 * time.Millisecond // how long every import is said to run, at the least
)

// follow begins an import and polls it as the dashboard does: it must be seen
// running first, and then come to an end. It returns the last answer.
func (h *host) follow(t *testing.T, sc scenario) []byte {
	t.Helper()
	sc.method, sc.status = post, 200
	began := time.Now()
	id := field(t, h.exchange(t, sc), "progressId")
	for i := range 200 {
		body := h.exchange(t, scenario{path: importPath + "/progress/" + id, header: workspaceHeader(sc.header), status: 200})
		switch status := field(t, body, "progress", "status"); {
		case i == 0 && status != "processing" && time.Since(began) < leastShown:
			t.Errorf("at the first look it is %s", status)
		case status == "completed", status == "failed":
			return body
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("it does not end")
	return nil
}

func workspaceHeader(header map[string]string) map[string]string {
	if w, ok := header["X-Workspace-Id"]; ok {
		return map[string]string{"X-Workspace-Id": w}
	}
	return nil
}

func TestImportCSV(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"kept by the tenant"}`, header: map[string]string{"X-Workspace-Id": "tenant"}, status: 201})
	h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"old"}`, status: 201})
	body, header := multi(t, "file", `C:\data\商品.csv`, "商品名,価格,カテゴリ,品番\n\"湯呑\n大\",\"1,980\",食器,A-1\n,5,,\n", "clearExisting", "true")
	checkKeys(t, h.follow(t, scenario{path: importPath + "/csv", body: body, header: header}), `{"success":true,"progress":{
		"source":{"type":"csv","name":"商品.csv"},"status":"completed","totalItems":2,"processedItems":2,"successItems":1,"failedItems":1,
		"errors":["line 4: it has no name"]}}`, nil)
	h.run(
		scenario{path: "/api/products", status: 200, want: `{"count":1,"products":[{"name":"湯呑\n大","price":1980,"category":"食器","sku":"A-1","currency":"JPY"}]}`},
		scenario{path: "/api/products", header: map[string]string{"X-Workspace-Id": "tenant"}, status: 200, want: `{"count":1}`},
		scenario{path: importPath + "/history", status: 200, want: `{"success":true,"count":1,"history":[{"status":"completed","errors":["line 4: it has no name"]}]}`, lacks: []string{"nextCursor"}},
		scenario{path: importPath + "/history", header: map[string]string{"X-Workspace-Id": "tenant"}, status: 200, want: `{"count":0,"history":[]}`},
		scenario{path: "/api/knowledge/summary", status: 200, want: `{"summary":{"recentImports":[{"source":{"type":"csv","name":"商品.csv"},"status":"completed","items":1}]}}`},
		scenario{path: importPath + "/progress/nobody", status: 404, want: `{"error":"Progress not found","code":"not_found"}`},
	)
	form := func(part, name, content string, fields ...string) scenario {
		body, header := multi(t, part, name, content, fields...)
		return scenario{name: part + " " + name + content, method: post, path: importPath + "/csv", body: body, header: header, status: 400}
	}
	missing := form("", "", "", "clearExisting", "true")
	missing.want = `{"error":"CSV file is required","code":"invalid_request"}`
	wrong := form("upload", "a.csv", "name\nTea\n")
	wrong.want = missing.want
	cut := form("file", "a.csv", "name\nTea\n")
	cut.name, cut.body = "a body that breaks off", cut.body[:len(cut.body)-20]
	bare := form("file", "a.csv", "")
	bare.name, bare.header = "no boundary", map[string]string{"Content-Type": "multipart/form-data"}
	many := form("", "", "", strings.Split(strings.Repeat("a,b,", 20)+"a,b", ",")...)
	many.name = "many parts"
	h.run(missing, wrong, cut, bare, many,
		scenario{name: "JSON", method: post, path: importPath + "/csv", body: `{"file":"x"}`, status: 400, want: missing.want},
		scenario{name: "no body", method: post, path: importPath + "/csv", status: 400, want: missing.want},
		scenario{name: "nothing was written", path: importPath + "/history", status: 200, want: `{"count":1}`},
	)
	h.wantKeyed(post, importPath+"/csv", importPath+"/json", importPath+"/shopify", importPath+"/url")
}

// What fails is followed to its end as well.
func TestImportThatFails(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	for name, content := range map[string]string{"no name": "price\n1\n", "empty": "", "a picture": "\x89PNG\x00"} {
		body, header := multi(t, "file", "a.csv", content)
		checkKeys(t, h.follow(t, scenario{name: name, path: importPath + "/csv", body: body, header: header}), `{"progress":{"status":"failed","totalItems":0}}`, nil)
	}
	checkKeys(t, h.follow(t, scenario{path: importPath + "/shopify", body: `{"shopDomain":"tea.myshopify.com","accessToken":"bad"}`}),
		`{"progress":{"status":"failed","source":{"type":"shopify","name":"tea.myshopify.com"},"errors":["Shopify API error: 401 Unauthorized"]}}`, nil)
	checkKeys(t, h.follow(t, scenario{path: importPath + "/json", body: `{"data":"{\"products\":{}}"}`}),
		`{"progress":{"status":"failed","source":{"type":"json","name":"JSON data"},"errors":["products is not an array"]}}`, nil)
}

func TestImportJSON(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	document := `{"products":[{"id":"p","name":"Tea","price":5,"category":"茶"},{"name":7}],"storeInfo":{"name":"茶屋"},"faqs":[{"question":"ギフトは？","answer":"はい"}]}`
	quoted, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"progress":{"status":"completed","totalItems":4,"successItems":3,"failedItems":1,"errors":["products[1]: name must be a string"]}}`
	file, header := multi(t, "file", "a.json", "\xef\xbb\xbf"+document)
	text, textHeader := multi(t, "", "", "", "data", document, "clearExisting", "true")
	for name, sc := range map[string]scenario{
		"object": {body: `{"data":` + document + `,"clearExisting":"true"}`}, "text": {body: `{"data":` + string(quoted) + `}`},
		"file": {body: file, header: header}, "field": {body: text, header: textHeader},
	} {
		sc.name, sc.path = name, importPath+"/json"
		checkKeys(t, h.follow(t, sc), want, nil)
	}
	path := importPath + "/json"
	h.run(
		scenario{name: "ids take each other's place", path: "/api/products", status: 200, want: `{"count":1,"products":[{"id":"p","name":"Tea","category":"茶"}]}`},
		scenario{name: "questions too", path: "/api/knowledge/faqs", status: 200, want: `{"count":7}`},
		scenario{path: "/api/prompts/store-context", status: 200, want: `{"storeContext":{"storeName":"茶屋"}}`},
		scenario{name: "no data", method: post, path: path, body: `{}`, status: 400, want: `{"error":"JSON file or data is required","code":"invalid_request"}`},
		scenario{name: "a number", method: post, path: path, body: `{"data":5}`, status: 400, want: `{"error":"data must be an object, or a text that holds one"}`},
		scenario{name: "null", method: post, path: path, body: `{"data":null}`, status: 400, want: `{"error":"JSON file or data is required"}`},
		scenario{name: "an empty text", method: post, path: path, body: `{"data":""}`, status: 400, want: `{"error":"JSON file or data is required"}`},
		scenario{name: "no body", method: post, path: path, status: 400},
		scenario{name: "a text that is none", method: post, path: path, body: `{"data":"{broken"}`, status: 400, want: `{"error":"Failed to import JSON","code":"invalid_request"}`},
		scenario{name: "deep", method: post, path: path, body: `{"data":"` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `"}`, status: 400, want: `{"error":"Failed to import JSON"}`},
		scenario{name: "a flag that is none", method: post, path: path, body: `{"data":{"products":[]},"clearExisting":5}`, status: 400},
		scenario{name: "history of the last", path: importPath + "/history?limit=2", status: 200, want: `{"count":2}`},
	)
	for _, limit := range []string{"0", "x", "-1"} {
		h.exchange(t, scenario{path: importPath + "/history?limit=" + limit, status: 200, want: `{"count":4}`, lacks: []string{"nextCursor"}})
	}
}

// JSON bodies of imports may be as large as files.
func TestImportLarge(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	row := `{"name":"Tea","description":"` + strings.Repeat("x", 50_000) + `"},`
	large := `{"data":{"products":[` + strings.Repeat(row, 40) + `{"name":"last"}]}}` // 2 MB
	checkKeys(t, h.follow(t, scenario{path: importPath + "/json", body: large}), `{"progress":{"successItems":41}}`, nil)
	h.run(scenario{name: "over the limit", method: post, path: importPath + "/json", body: `{"data":"` + strings.Repeat("x", 32<<20) + `"}`, status: 413})
}

func TestImportShopify(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	const path = importPath + "/shopify"
	checkKeys(t, h.follow(t, scenario{path: path, body: `{"shopDomain":"tea.myshopify.com","accessToken":"good-token","limit":50,"clearExisting":false}`}),
		`{"progress":{"status":"completed","successItems":2}}`, nil)
	const needed = `{"error":"shopDomain and accessToken are required","code":"invalid_request"}`
	h.run(
		scenario{name: "drafts are not offered", path: "/api/products", status: 200, want: `{"products":[{"name":"Mug","isActive":true},{"name":"Draft","isActive":false}]}`},
		scenario{name: "no domain", method: post, path: path, body: `{"accessToken":"t"}`, status: 400, want: needed},
		scenario{name: "no token", method: post, path: path, body: `{"shopDomain":"tea.myshopify.com","accessToken":""}`, status: 400, want: needed},
		scenario{name: "a token that is a number", method: post, path: path, body: `{"shopDomain":"tea.myshopify.com","accessToken":5}`, status: 400},
		scenario{name: "an address for a domain", method: post, path: path, body: `{"shopDomain":"127.0.0.1:80/x?","accessToken":"t"}`, status: 400},
		scenario{name: "a version that is a path", method: post, path: path, body: `{"shopDomain":"tea.myshopify.com","accessToken":"t","apiVersion":"../../x"}`, status: 400},
		scenario{name: "a fraction for a limit", method: post, path: path, body: `{"shopDomain":"tea.myshopify.com","accessToken":"t","limit":1.5}`, status: 400},
	)
}

// Defect 15 of the original: an import of a page that failed was processing
// for ever.
func TestImportURL(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	const path = importPath + "/url"
	h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"old"}`, status: 201})
	body := h.exchange(t, scenario{
		method: post, path: path, body: `{"url":"https://www.tea.example/list","maxProducts":50,"clearExisting":true}`, status: 200,
		want: `{"success":true,"productsCount":2,"storeContext":{"storeName":"Tea","storeUrl":"https://www.tea.example/list"},
			"products":[{"name":"Shirt of default"},{"name":"Scarf"}],"plugin":"scraper.test"}`,
	})
	if field(t, body, "samplePrompt", "prompt") == "" {
		t.Error("no prompt")
	}
	h.run(
		scenario{path: importPath + "/progress/" + field(t, body, "progressId"), status: 200, want: `{"progress":{"source":{"type":"url","name":"www.tea.example"},"status":"completed","successItems":2,"failedItems":0,"errors":[]}}`},
		scenario{path: "/api/products", status: 200, want: `{"count":2}`},
		scenario{name: "once more", method: post, path: path, body: `{"url":"https://www.tea.example/list"}`, status: 200, want: `{"productsCount":2}`},
		scenario{name: "nothing is there twice", path: "/api/products", status: 200, want: `{"count":2}`},
		scenario{name: "a page without products", method: post, path: path, body: `{"url":"https://www.tea.example/empty","clearExisting":"true"}`, status: 200, want: `{"productsCount":0,"products":[]}`},
		scenario{name: "replaces none", path: "/api/products", status: 200, want: `{"count":2}`},
		scenario{name: "a page that is down", method: post, path: path, body: `{"url":"https://www.tea.example/down"}`, status: 500, want: `{"error":"Failed to import from URL","message":"the page answers with status 503"}`},
		scenario{name: "is not processing", path: importPath + "/history?limit=1", status: 200, want: `{"history":[{"status":"failed","errors":["Failed to import from URL: the page answers with status 503"]}]}`},
		scenario{name: "a private address", method: post, path: path, body: `{"url":"https://www.tea.example/inside"}`, status: 403},
		scenario{name: "no url", method: post, path: path, body: `{}`, status: 400, want: `{"error":"URL is required"}`},
		scenario{name: "no address", method: post, path: path, body: `{"url":"nope"}`, status: 500, want: `{"error":"Failed to import from URL","message":"Invalid URL"}`},
		scenario{name: "a flag that is none", method: post, path: path, body: `{"url":"https://www.tea.example/list","clearExisting":5}`, status: 400},
		scenario{name: "what was refused is not recorded", path: importPath + "/history", status: 200, want: `{"count":5}`},
	)
}
