package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/auth"
)

func TestFAQs(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	const path = "/api/knowledge/faqs"
	tenant := map[string]string{"X-Workspace-Id": "tenant"}
	h.run(
		scenario{path: path, status: 200, want: `{"success":true,"count":6}`, lacks: []string{"nextCursor"}},
		scenario{path: path + "?limit=6", status: 200, want: `{"count":6,"nextCursor":null}`},
		scenario{path: path + "?limit=0", status: 400},
		scenario{
			name: "create", method: post, path: path, body: `{"question":" 営業時間は？ ","answer":"10時から18時です"}`, status: 201,
			want: `{"success":true,"faq":{"question":"営業時間は？","answer":"10時から18時です","category":"一般","keywords":[],"isActive":true}}`,
		},
		scenario{
			name: "create with all", method: post, path: path, status: 201,
			body: `{"question":"q","answer":"a","category":"c","keywords":["k","l"],"isActive":false}`,
			want: `{"faq":{"category":"c","keywords":["k","l"],"isActive":false}}`,
		},
		scenario{name: "inactive ones are apart", path: path, status: 200, want: `{"count":7}`},
		scenario{path: path + "?inactive=true", status: 200, want: `{"count":8}`},
		scenario{name: "another workspace", path: path, header: tenant, status: 200, want: `{"count":6}`},
		scenario{name: "no question", method: post, path: path, body: `{"answer":"a"}`, status: 400, want: `{"error":"question and answer are required","code":"invalid_request"}`},
		scenario{name: "an empty answer", method: post, path: path, body: `{"question":"q","answer":"  "}`, status: 400, want: `{"error":"question and answer are required"}`},
		scenario{name: "null", method: post, path: path, body: `{"question":null,"answer":"a"}`, status: 400, want: `{"error":"question and answer are required"}`},
		scenario{name: "a number for a question", method: post, path: path, body: `{"question":5,"answer":"a"}`, status: 400, want: `{"error":"question must be a string"}`},
		scenario{name: "an object for an answer", method: post, path: path, body: `{"question":"q","answer":{}}`, status: 400},
		scenario{name: "a text for keywords", method: post, path: path, body: `{"question":"q","answer":"a","keywords":"k"}`, status: 400, want: `{"error":"keywords must be an array"}`},
		scenario{name: "numbers for keywords", method: post, path: path, body: `{"question":"q","answer":"a","keywords":[1]}`, status: 400, want: `{"error":"keywords[0] must be a string"}`},
		scenario{name: "too many keywords", method: post, path: path, body: `{"question":"q","answer":"a","keywords":[` + strings.Repeat(`"k",`, 50) + `"k"]}`, status: 400},
		scenario{name: "a long question", method: post, path: path, body: `{"question":"` + strings.Repeat("q", 501) + `","answer":"a"}`, status: 400},
		scenario{name: "no body", method: post, path: path, status: 400},
		scenario{name: "nothing was stored", path: path + "?inactive=true", status: 200, want: `{"count":8}`},
	)
	h.wantKeyed(post, path, path+"/generate")
}

// wantKeyed holds that operations want a key where keys are set.
func (h *host) wantKeyed(method string, paths ...string) {
	h.t.Helper()
	guarded := start(h.t, api.Options{Auth: auth.New([]string{strings.Repeat("k", 32)})})
	for _, path := range paths {
		guarded.run(scenario{name: method + " " + path + " without a key", method: method, path: path, status: http.StatusUnauthorized})
	}
}

// Defects 10 and 16 of the original: what was stored could not be removed, and
// a question that is no text broke the search for ever.
func TestFAQLife(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	const path = "/api/knowledge/faqs"
	id := field(t, h.exchange(t, scenario{method: post, path: path, body: `{"question":"ペットは入れますか","answer":"はい","keywords":["犬"]}`, status: 201}), "faq", "id")
	seed := knowledge.Seeds()[0].ID
	find := path + "/search?q=" + url.QueryEscape("犬")
	h.run(
		scenario{path: path + "/" + id, status: 200, want: `{"success":true,"faq":{"question":"ペットは入れますか"}}`},
		scenario{path: find, status: 200, want: `{"count":1}`},
		scenario{
			name: "edit", method: http.MethodPut, path: path + "/" + id, body: `{"answer":"小型犬なら","category":null}`, status: 200,
			want: `{"success":true,"faq":{"question":"ペットは入れますか","answer":"小型犬なら","category":"一般","keywords":["犬"]}}`,
		},
		scenario{name: "deactivate", method: http.MethodPut, path: path + "/" + id, body: `{"isActive":false}`, status: 200, want: `{"faq":{"isActive":false}}`},
		scenario{name: "is not found", path: find, status: 200, want: `{"count":0,"results":[]}`},
		scenario{name: "null", method: http.MethodPut, path: path + "/" + id, body: `{"answer":null}`, status: 400, want: `{"error":"answer must not be null"}`},
		scenario{name: "a number", method: http.MethodPut, path: path + "/" + id, body: `{"question":1}`, status: 400},
		scenario{name: "empty", method: http.MethodPut, path: path + "/" + id, body: `{"question":""}`, status: 400},
		scenario{name: "delete", method: http.MethodDelete, path: path + "/" + id, status: 200, want: `{"success":true,"message":"FAQ deleted"}`},
		scenario{name: "delete again", method: http.MethodDelete, path: path + "/" + id, status: 404, want: `{"error":"FAQ not found","code":"not_found"}`},
		scenario{name: "edit what is gone", method: http.MethodPut, path: path + "/" + id, body: `{}`, status: 404},
		scenario{name: "read what is gone", path: path + "/" + id, status: 404},
		scenario{name: "delete a seed", method: http.MethodDelete, path: path + "/" + seed, status: 200},
		scenario{name: "the others stay", path: path, status: 200, want: `{"count":5}`},
	)
}

func TestFAQSearch(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	const path = "/api/knowledge/faqs/search"
	q := func(text string) string { return path + "?q=" + url.QueryEscape(text) }
	h.run(
		scenario{path: q("送料"), status: 200, want: `{"success":true,"query":"送料"}`},
		scenario{path: q("申し付け"), status: 200, want: `{"count":1,"results":[{"question":"ギフト包装はできますか？"}]}`}, // in the answer alone
		scenario{path: q("xyzzy"), status: 200, want: `{"count":0,"results":[]}`},
		scenario{path: q("い") + "&q=x", status: 200, want: `{"query":"い"}`},
		scenario{path: path, status: 400, want: `{"error":"Query parameter \"q\" is required","code":"invalid_request"}`},
		scenario{path: path + "?q=", status: 400, want: `{"error":"Query parameter \"q\" is required"}`},
		scenario{path: path + "?q=%ff", status: 400},
		scenario{path: q(strings.Repeat("長", 501)), status: 400},
	)
}

func TestGenerateFAQs(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	const path = "/api/knowledge/faqs/generate"
	if err := h.store.SetStoreContext(t.Context(), "default", &knowledge.Context{Name: "茶屋"}); err != nil {
		t.Fatal(err)
	}
	body := h.exchange(t, scenario{method: post, path: path, status: 200, want: `{"success":true,"count":4,"created":4}`})
	if !strings.Contains(string(body), "茶屋の送料") {
		t.Errorf("the shop's name is not in %s", body)
	}
	h.run(
		scenario{name: "again", method: post, path: path, status: 200, want: `{"count":4,"created":0}`},
		scenario{path: "/api/knowledge/faqs", status: 200, want: `{"count":10}`},
		scenario{name: "in Korean", method: post, path: path + "?language=Korean", status: 200, want: `{"count":4,"created":4}`},
		scenario{name: "in a language it lacks", method: post, path: path + "?language=Latin", status: 400},
		scenario{path: "/api/knowledge/faqs", status: 200, want: `{"count":14}`},
	)
}

func TestKnowledgeSummary(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	const path = "/api/knowledge/summary"
	tenant := map[string]string{"X-Workspace-Id": "tenant"}
	h.run(scenario{path: path, status: 200, want: `{"success":true,"summary":{"store":{"name":"Not configured","categories":[]},
		"products":{"total":0,"active":0,"withImages":0,"priceStats":null},"faqs":{"total":6,"categories":{"配送":2,"在庫":1}}}}`})
	for _, p := range []*catalog.Product{
		{Name: "a", Active: true, Price: catalog.Money{Amount: 1000, Currency: "JPY"}, Images: []string{"https://i.example/1"}},
		{Name: "b", Price: catalog.Money{Amount: 2001, Currency: "JPY"}},
	} {
		if err := h.store.CreateProducts(t.Context(), "tenant", []*catalog.Product{p}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.store.SetStoreContext(t.Context(), "tenant", &knowledge.Context{Name: "茶屋", URL: "https://tea.example", Categories: []string{"茶"}}); err != nil {
		t.Fatal(err)
	}
	h.run(
		scenario{name: "of the workspace", path: path, header: tenant, status: 200, want: `{"summary":{
			"store":{"name":"茶屋","url":"https://tea.example","categories":["茶"]},
			"products":{"total":2,"active":1,"withImages":1,"priceStats":{"min":1000,"max":2001,"avg":1501,"currency":"JPY"}}}}`},
		scenario{method: http.MethodDelete, path: "/api/knowledge/clear?faqs=1", header: tenant, status: 200, want: `{"success":true,"message":"Data cleared"}`},
		scenario{name: "only the literal counts", path: path, header: tenant, status: 200, want: `{"summary":{"products":{"total":2},"faqs":{"total":6}}}`},
		scenario{method: http.MethodDelete, path: "/api/knowledge/clear?faqs=true&products=true&storeContext=true", header: tenant, status: 200},
		scenario{name: "cleared", path: path, header: tenant, status: 200, want: `{"summary":{"store":{"name":"Not configured"},"products":{"total":0},"faqs":{"total":0,"categories":{}}}}`},
		scenario{name: "the others keep theirs", path: path, status: 200, want: `{"summary":{"faqs":{"total":6}}}`},
	)
}
