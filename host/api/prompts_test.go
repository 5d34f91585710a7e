package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/api"
)

// writer stands for the plugin that writes prompts. Its prompts name what it
// was told of.
type writer struct {
	mu    sync.Mutex
	asked []agent.Generation
	fail  error
}

func (w *writer) RoutePrompt(context.Context, *agent.Agent) (agent.Generator, error) { return w, nil }

func (w *writer) ID() string { return "prompt.test" }

func (w *writer) Generate(_ context.Context, g *agent.Generation) (agent.Generated, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		return agent.Generated{}, w.fail
	}
	w.asked = append(w.asked, *g)
	text := fmt.Sprintf("%s %s as %s 🍵", g.Mode, g.AgentID, g.Name)
	return agent.Generated{Text: text, Included: min(len(g.Offers), 1), CatalogTokens: 12, Tokens: 40, Notes: []string{"cut"}}, nil
}

// last is what the writer was told last, and how often it was asked.
func (w *writer) last() (agent.Generation, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.asked) == 0 {
		return agent.Generation{}, 0
	}
	return w.asked[len(w.asked)-1], len(w.asked)
}

const fullPrompt = `{"agentType":"product-sales","agentName":"Testo","personality":"dry","language":"English","startMessage":"Hi","endMessage":"Bye",
	"storeContext":{"storeName":"Golden Store","storeUrl":"https://golden.example","categories":["Tea"],
		"brandVoice":{"tone":"calm","keywords":["fresh"],"avoidWords":["cheap"]},
		"policies":{"shipping":"two days","returns":"7 days","support":"mail","payment":"card"}},
	"customRules":["rule one","rule two"],
	"enabledFeatures":{"productSearch":true,"recommendations":false,"priceComparison":true,"inventoryCheck":true}}`

func TestGeneratePrompt(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.run(
		scenario{
			name: "defaults", method: "POST", path: "/api/prompts/generate", body: `{}`, status: 200,
			want: `{"success":true,"prompt":"dynamic shopping-guide as アヤ 🍵","tokens":40,"plugin":"prompt.test","notes":["cut"],
				"config":{"agentType":"shopping-guide","agentName":"アヤ","language":"Japanese","productCount":0},
				"catalog":{"products":0,"included":0,"omitted":0,"tokens":12,"budget":600}}`,
		},
		scenario{name: "no body", method: "POST", path: "/api/prompts/generate", status: 200, want: `{"config":{"agentName":"アヤ"}}`},
		scenario{name: "nothing said", method: "POST", path: "/api/prompts/generate", body: `{"agentType":null,"language":"","agentName":"","enabledFeatures":null,"storeContext":null,"customRules":null}`, status: 200, want: `{"config":{"agentType":"shopping-guide","language":"Japanese"}}`},
		scenario{name: "create", method: "POST", path: "/api/products/bulk", body: `{"products":[{"name":"A"},{"name":"B"},{"name":"C","isActive":false}]}`, status: 201},
		scenario{
			name: "full", method: "POST", path: "/api/prompts/generate", body: fullPrompt, status: 200,
			want: `{"config":{"agentType":"product-sales","agentName":"Testo","language":"English","productCount":2},"catalog":{"products":2,"included":1,"omitted":1}}`,
		},
	)
	told, n := h.writer.last()
	if n != 4 || told.Personality != "dry" || told.StartMessage != "Hi" || told.EndMessage != "Bye" || len(told.Offers) != 2 || len(told.Tools) != 13 {
		t.Errorf("asked %d times, last %+v", n, told)
	}
	if diff := cmp.Diff([]string{"rule one", "rule two"}, told.Rules); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"productSearch", "priceComparison", "inventoryCheck"}, told.Features); diff != "" {
		t.Error(diff)
	}
	if s := told.Store; s == nil || s.Name != "Golden Store" || s.BrandVoice.AvoidWords[0] != "cheap" || s.Policies.Support != "mail" || s.Policies.Payment != "card" {
		t.Errorf("store is %+v", told.Store)
	}
	h.run(
		scenario{name: "unknown agent", method: "POST", path: "/api/prompts/generate", body: `{"agentType":"whatever"}`, status: 200, want: `{"prompt":"dynamic shopping-guide as アヤ 🍵","config":{"agentType":"whatever"}}`},
		scenario{
			name: "preview", method: "POST", path: "/api/prompts/preview", body: `{}`, status: 200,
			want: `{"success":true,"stats":{"totalLength":31,"productCount":2,"hasStoreContext":false,"enabledFeatures":["productSearch","recommendations"],"plugin":"prompt.test","notes":["cut"]}}`,
		},
		scenario{name: "no store lists", method: "POST", path: "/api/prompts/preview", body: `{"storeContext":{"storeName":"x","brandVoice":{"tone":"t"}}}`, status: 200, want: `{"stats":{"hasStoreContext":true}}`},
	)
}

func TestPromptsAreKeptUntilSomethingChanges(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	ask := func(workspace, body string) {
		h.exchange(t, scenario{method: "POST", path: "/api/prompts/generate", body: body, header: map[string]string{"X-Workspace-Id": workspace}, status: 200})
	}
	want := 0
	expect := func(what string, more int) {
		t.Helper()
		want += more
		if _, n := h.writer.last(); n != want {
			t.Fatalf("%s: the plugin was asked %d times, want %d", what, n, want)
		}
	}
	ask("a", `{}`)
	expect("first", 1)
	ask("a", `{}`)
	expect("again", 0)
	ask("b", `{}`)
	expect("another workspace", 1)
	ask("a", `{"language":"Korean"}`)
	expect("another question", 1)
	h.exchange(t, scenario{method: "POST", path: "/api/products", body: `{"name":"New"}`, header: map[string]string{"X-Workspace-Id": "a"}, status: 201})
	ask("b", `{}`)
	expect("a product elsewhere", 0)
	ask("a", `{}`)
	expect("a new product", 1)
	h.exchange(t, scenario{method: "PUT", path: "/api/prompts/store-context", body: `{"storeName":"S"}`, header: map[string]string{"X-Workspace-Id": "a"}, status: 200})
	ask("a", `{}`)
	expect("a new store context", 1)
	if told, _ := h.writer.last(); told.Store == nil || told.Store.Name != "S" {
		t.Errorf("store is %+v", told.Store)
	}
	h.changes.Add(1)
	ask("a", `{}`)
	expect("another plugin", 1)
	ask("a", `{}`)
	expect("the same again", 0)
}

func TestPromptRequestsThatAreWrong(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	many := `["` + strings.Repeat(`a","`, 100) + `a"]`
	for body, want := range map[string]string{
		`{"language":"French"}`: "language must be Japanese, English or Korean",
		`{"language":5}`:        "language must be a string",
		`{"agentType":{}}`:      "agentType must be a string",
		`{"agentName":"` + strings.Repeat("x", 500) + `"}`:                     "agentName is longer than 400 bytes",
		`{"customRules":"x"}`:                                                  "customRules must be an array",
		`{"customRules":["a",5]}`:                                              "customRules[1] must be a string",
		`{"customRules":["a",null]}`:                                           "customRules[1] must be a string",
		`{"customRules":` + many + `}`:                                         "customRules has more than 100 entries",
		`{"enabledFeatures":{"productSearch":"yes"}}`:                          "enabledFeatures.productSearch must be true or false",
		`{"enabledFeatures":[]}`:                                               "enabledFeatures must be an object",
		`{"storeContext":"x"}`:                                                 "storeContext must be an object",
		`{"storeContext":{"brandVoice":{"keywords":"x"}}}`:                     "storeContext.brandVoice.keywords must be an array",
		`{"storeContext":{"policies":{"payment":[]}}}`:                         "storeContext.policies.payment must be a string",
		`{"storeContext":{"storeUrl":"javascript:alert(1)"}}`:                  "storeContext.storeUrl must be an http or https URL",
		`{"storeContext":{"categories":["` + strings.Repeat("x", 201) + `"]}}`: "storeContext.categories is longer than 200 characters",
		`[]`: "Request body must be a JSON object",
	} {
		for _, path := range []string{"/api/prompts/generate", "/api/prompts/preview"} {
			h.run(scenario{
				name: path + " " + want, method: "POST", path: path, body: body, status: 400,
				want: fmt.Sprintf(`{"error":%q,"code":"invalid_request"}`, want),
			})
		}
	}
	if _, n := h.writer.last(); n != 0 {
		t.Errorf("the plugin was asked %d times", n)
	}
	h.writer.fail = errs.New(errs.Unsupported, "no prompt plugin is enabled")
	h.run(scenario{name: "no plugin", method: "POST", path: "/api/prompts/generate", body: `{}`, status: 422, want: `{"error":"no prompt plugin is enabled","code":"unsupported"}`})
}

func TestStoreContext(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	const golden = `{"storeName":"Golden Store","storeDescription":"Test shop","storeUrl":"https://golden.example","categories":["Tea"],
		"brandVoice":{"tone":"calm","keywords":["fresh"],"avoidWords":["cheap"]},"policies":{"shipping":"two days","support":"mail"}}`
	tenant := map[string]string{"X-Workspace-Id": "tenant-a"}
	h.run(
		scenario{name: "none", path: "/api/prompts/store-context", status: 200, want: `{"success":true,"storeContext":null,"productCount":0}`},
		scenario{name: "put", method: "PUT", path: "/api/prompts/store-context", body: golden, status: 200, want: `{"success":true,"storeContext":` + golden + `}`},
		scenario{name: "product", method: "POST", path: "/api/products", body: `{"name":"A","isActive":false}`, status: 201},
		scenario{name: "get", path: "/api/prompts/store-context", status: 200, want: `{"success":true,"storeContext":` + golden + `,"productCount":1}`},
		scenario{name: "of another workspace", path: "/api/prompts/store-context", header: tenant, status: 200, want: `{"storeContext":null,"productCount":0}`},
		scenario{name: "in another workspace", method: "PUT", path: "/api/prompts/store-context", header: tenant, body: `{"storeName":"Tenant"}`, status: 200, want: `{"storeContext":{"storeName":"Tenant"}}`},
		scenario{name: "kept apart", path: "/api/prompts/store-context", status: 200, want: `{"storeContext":{"storeName":"Golden Store"}}`},
		scenario{name: "lists left out", method: "PUT", path: "/api/prompts/store-context", body: `{"brandVoice":{"tone":"t"},"other":1}`, status: 200, want: `{"storeContext":{"storeName":"My Store","brandVoice":{"tone":"t","keywords":[],"avoidWords":[]}}}`},
		scenario{name: "no body", method: "PUT", path: "/api/prompts/store-context", status: 400, want: `{"error":"Request body is required"}`},
		scenario{name: "wrong", method: "PUT", path: "/api/prompts/store-context", body: `{"storeName":5}`, status: 400, want: `{"error":"storeName must be a string"}`},
		scenario{name: "too long", method: "PUT", path: "/api/prompts/store-context", body: `{"policies":{"returns":"` + strings.Repeat("x", 5001) + `"}}`, status: 400, want: `{"error":"policies.returns is longer than 5000 characters"}`},
		scenario{name: "unchanged", path: "/api/prompts/store-context", status: 200, want: `{"storeContext":{"storeName":"My Store"}}`},
	)
	body := h.exchange(t, scenario{method: "PUT", path: "/api/prompts/store-context", body: `{}`, status: 200})
	if string(body) != `{"success":true,"storeContext":{"storeName":"My Store"}}` {
		t.Errorf("keys that were not given are there: %s", body)
	}
}

func TestCustomRules(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.run(
		scenario{name: "filter", method: "POST", path: "/api/prompts/custom-rules", body: `{"rules":["keep",""," \t ",5," padded ",null,{}]}`, status: 200, want: `{"success":true,"rules":["keep"," padded "],"count":2}`},
		scenario{name: "none", method: "POST", path: "/api/prompts/custom-rules", body: `{"rules":[]}`, status: 200, want: `{"rules":[],"count":0}`},
		scenario{name: "no list", method: "POST", path: "/api/prompts/custom-rules", body: `{"rules":"x"}`, status: 400, want: `{"error":"rules must be an array of strings"}`},
		scenario{name: "missing", method: "POST", path: "/api/prompts/custom-rules", body: `{}`, status: 400, want: `{"error":"rules must be an array of strings"}`},
		scenario{name: "no body", method: "POST", path: "/api/prompts/custom-rules", status: 400},
		scenario{name: "endless", method: "POST", path: "/api/prompts/custom-rules", body: `{"rules":[` + strings.Repeat(`1,`, 1000) + `1]}`, status: 400},
	)
}

func TestPromptFromURL(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	post := func(path string) scenario {
		return scenario{name: path, method: "POST", path: "/api/prompts/from-url", body: `{"url":"http://tea.example/` + path + `","maxProducts":5}`}
	}
	h.run(scenario{name: "before", method: "POST", path: "/api/products", body: `{"name":"Old"}`, status: 201})
	h.run(scenario{name: "of another workspace", method: "POST", path: "/api/products", body: `{"name":"Theirs"}`, header: map[string]string{"X-Workspace-Id": "b"}, status: 201})
	down := post("down")
	down.status, down.want = 500, `{"error":"Failed to generate context from URL","code":"unavailable"}`
	inside := post("inside")
	inside.status, inside.want = 403, `{"error":"Failed to generate context from URL","code":"denied"}`
	empty := post("empty")
	empty.status, empty.want = 200, `{"productsCount":0,"products":[],"storeContext":{"storeName":"Tea"}}`
	h.run(
		down, inside,
		scenario{name: "missing", method: "POST", path: "/api/prompts/from-url", body: `{}`, status: 400, want: `{"error":"URL is required"}`},
		scenario{name: "invalid", method: "POST", path: "/api/prompts/from-url", body: `{"url":"nope"}`, status: 500, want: `{"error":"Failed to generate context from URL","message":"Invalid URL"}`},
		scenario{name: "nothing stored", path: "/api/prompts/store-context", status: 200, want: `{"storeContext":null,"productCount":1}`},
		empty,
		scenario{name: "nothing lost", path: "/api/products", status: 200, want: `{"products":[{"name":"Old"}]}`},
	)
	good := post("shelf")
	good.status, good.want = http.StatusOK, `{"success":true,"productsCount":2,"plugin":"scraper.test",
		"storeContext":{"storeName":"Tea","storeUrl":"http://tea.example/shelf","brandVoice":{"keywords":[],"avoidWords":[]}},
		"products":[{"name":"Shirt of default","price":3980,"metadata":{"sku":"L-1"}},{"name":"Scarf"}],
		"samplePrompt":{"stats":{"productCount":2,"hasStoreContext":true,"enabledFeatures":["productSearch","recommendations"]}}}`
	h.run(
		good,
		scenario{name: "stored", path: "/api/products", status: 200, want: `{"count":2,"products":[{"name":"Shirt of default"},{"name":"Scarf"}]}`},
		scenario{name: "theirs are untouched", path: "/api/products", header: map[string]string{"X-Workspace-Id": "b"}, status: 200, want: `{"products":[{"name":"Theirs"}]}`},
	)
}
