package api_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/auth"
)

// defect is one that the backend before this one had, by its number in the
// contract's list.
type defect struct {
	number int
	what   string
	check  func(t *testing.T, h *host) // what shows over REST that it is mended
	heldBy []string                    // file and name of further tests, from the root
}

var defects = []defect{
	{1, "no authentication, no limits, any origin", checkKeysAsked, []string{
		"host/auth/auth_test.go TestCheckListen", "host/api/voice_test.go TestVoiceSessionsAreLimited", "host/api/shop_test.go TestCartsPerMinute",
		"host/api/edge_test.go TestCORS",
	}},
	{2, "fetches reach private addresses", checkInside, []string{"host/fetch/guard_test.go TestControlRefuses", "host/fetch/guard_test.go TestRebindingIsNotReached"}},
	{3, "stack traces and HTML in errors", checkErrors, []string{"host/api/edge_test.go TestPanicsStayInside"}},
	{4, "clients override instructions and tools over WebSocket", nil, []string{"host/api/talk_test.go TestContractSocket"}},
	{5, "scraped text enters prompts and pages unescaped", checkLinks, []string{"plugins/prompts/generate_test.go TestDataStaysData", "host/e2e/prompts_test.go TestPromptsOfTheSandbox"}},
	{6, "orders are found by a piece of their number, by anybody", nil, []string{"host/api/shop_test.go TestWhoMayUseCartsAndOrders"}},
	{7, "workspaces are not apart", checkWorkspaces, []string{"host/e2e/import_test.go TestWorkspacesAreApart", "host/api/prompts_test.go TestPromptFromURL"}},
	{8, "an order of more than there is succeeds in part", checkShortOrder, []string{"host/api/shop_test.go TestConcurrentOrders"}},
	{9, "negative amounts, and amounts that are text", checkAmounts, []string{"host/api/stock_test.go TestStock", "host/api/shop_test.go TestCart"}},
	{10, "a name that is no text breaks every search", checkNames, nil},
	{11, "bodies are not looked at", checkBodies, []string{"host/api/malformed_test.go TestMalformedRequests"}},
	{12, "a tool call with broken arguments stalls the conversation", nil, []string{
		"host/server/arguments_test.go TestConversationOutlastsBrokenArguments", "host/server/commerce_test.go TestBadToolArguments",
	}},
	{13, "an order is not found by the number that was given out", nil, []string{"host/api/shop_test.go TestOrder", "host/api/shop_test.go TestCartSaysWhatChanged"}},
	{14, "a session ends twice, or never upstream", nil, []string{"host/api/talk_test.go TestContractSocketEndsOnce", "host/api/talk_test.go TestContractSocket"}},
	{15, "an execution that failed says success", nil, []string{"host/api/jobs_test.go TestFailedJobSaysSo", "host/api/imports_test.go TestImportThatFails"}},
	{16, "clear keeps questions, generate doubles them, preview hides features", checkKnowledge, []string{"host/api/faqs_test.go TestGenerateFAQs"}},
	{17, "bulk drops stock and ids", checkBulk, []string{"host/api/pageread_test.go TestScrapePage"}},
	{18, "tools are never run over WebRTC", nil, []string{"host/api/realtimesocket_test.go TestVoiceCalls"}},
	{19, "the production image can't start", nil, []string{"host/e2e/alone_test.go TestNeedsNothingBesideIt"}},
	{20, "everything is lost at a restart", nil, []string{"host/e2e/import_test.go TestKillDuringImport", "host/server/server_test.go TestRestartsOnItsData"}},
	{21, "small bodies, large prompts, no pages of lists", checkPages, []string{"host/api/products_test.go TestBodyLimits", "plugins/prompts/generate_test.go TestPromptsStaySmall"}},
	{22, "health checks nothing, requests have no ids, nothing is counted", checkSeen, []string{"host/observe/observe_test.go TestMetricsText"}},
	{23, "three lists of agents, three prompt systems", checkAgents, []string{"core/agent/load_test.go TestThereAreSixAgents"}},
	{24, "a model and voices that are gone", checkVoices, []string{"core/realtime/openai/openai_test.go TestCreateSecretSpeaksGA"}},
}

// TestDefects names every defect of the list and what holds that it is mended.
func TestDefects(t *testing.T) {
	t.Parallel()
	for i, d := range defects {
		if d.number != i+1 {
			t.Errorf("defect %d stands in the place of %d", d.number, i+1)
		}
		t.Run(fmt.Sprintf("9.%d %s", d.number, d.what), func(t *testing.T) {
			t.Parallel()
			if d.check == nil && len(d.heldBy) == 0 {
				t.Error("nothing holds it")
			}
			for _, test := range d.heldBy {
				file, name, _ := strings.Cut(test, " ")
				text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
				if err != nil || !regexp.MustCompile(`(?m)^func `+name+`\(`).Match(text) {
					t.Errorf("there is no test %s in %s: %v", name, file, err)
				}
			}
			if d.check != nil {
				h := start(t, api.Options{Voice: api.Voice{Model: "m", Secrets: &minter{}}})
				h.t = t
				d.check(t, h)
			}
		})
	}
	if len(defects) != 24 {
		t.Errorf("%d defects, the list has 24", len(defects))
	}
}

var tenant = map[string]string{"X-Workspace-Id": "tenant"}

func checkKeysAsked(t *testing.T, _ *host) {
	closed := start(t, api.Options{Auth: auth.New([]string{operatorKey})})
	for _, sc := range []scenario{
		{method: post, path: "/api/products", body: `{}`},
		{method: del, path: "/api/products"},
		{method: del, path: "/api/knowledge/clear?products=true"},
		{method: post, path: "/api/voice/session"},
		{method: put, path: "/api/prompts/store-context", body: `{}`},
		{path: "/api/orders"},
		{path: "/api/admin/plugins"},
	} {
		sc.status, sc.want = 401, `{"code":"unauthorized"}`
		closed.run(sc)
	}
}

func checkInside(_ *testing.T, h *host) {
	for _, path := range []string{"/api/scrape", "/api/prompts/from-url"} {
		h.run(scenario{method: post, path: path, body: `{"url":"http://10.0.0.1/inside"}`, status: 403, want: `{"code":"denied"}`})
	}
	h.run(scenario{
		name: "a shop domain is no URL", method: post, path: "/api/knowledge/import/shopify", status: 400,
		body: `{"shopDomain":"127.0.0.1:6379/x?","accessToken":"t"}`, want: `{"code":"invalid_request"}`,
	})
}

func checkErrors(t *testing.T, h *host) {
	for _, sc := range []scenario{
		{path: "/api/nope", status: 404},
		{method: post, path: "/api/products", body: `{"name":`, status: 400},
		{method: post, path: "/api/products", status: 400},
		{path: "/api/products/search/%E0%A4%A", status: 400},
	} {
		sc.headers = map[string]string{"Content-Type": "application/json; charset=utf-8"}
		rq, err := http.NewRequest(http.MethodGet, h.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if sc.method != "" || !strings.Contains(sc.path, "%E0") {
			if body := string(h.exchange(t, sc)); strings.Contains(body, ".go") || strings.Contains(body, "at byte") && sc.body == "" {
				t.Errorf("it tells of its insides: %s", body)
			}
			continue
		}
		rq.URL.Opaque = sc.path // net/url refuses it
		rs, err := h.client.Do(rq)
		if err != nil {
			t.Fatal(err)
		}
		_ = rs.Body.Close()
		if rs.StatusCode != sc.status || rs.Header.Get("Content-Type") != sc.headers["Content-Type"] {
			t.Errorf("%s: %d %s", sc.path, rs.StatusCode, rs.Header.Get("Content-Type"))
		}
	}
}

func checkLinks(_ *testing.T, h *host) {
	for _, name := range []string{"imageUrl", "productUrl"} {
		h.run(scenario{method: post, path: "/api/products", body: `{"name":"x","` + name + `":"javascript:alert(1)"}`, status: 400, want: `{"code":"invalid_request"}`})
	}
}

func checkWorkspaces(t *testing.T, h *host) {
	id := field(t, h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"Theirs"}`, header: tenant, status: 201}), "product", "id")
	h.run(
		scenario{name: "list", path: "/api/products", status: 200, want: `{"count":0}`},
		scenario{name: "get", path: "/api/products/" + id, status: 404},
		scenario{name: "clear", method: del, path: "/api/knowledge/clear?products=true&faqs=true&storeContext=true", status: 200},
		scenario{name: "clear products", method: del, path: "/api/products", status: 200},
		scenario{name: "their list", path: "/api/products", header: tenant, status: 200, want: `{"products":[{"name":"Theirs"}]}`},
	)
}

func checkShortOrder(t *testing.T, h *host) {
	full := field(t, h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"Full","price":1,"stockQuantity":9}`, status: 201}), "product", "id")
	short := field(t, h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"Short","price":1,"stockQuantity":1}`, status: 201}), "product", "id")
	cart := h.cart(full, short)
	h.run(
		scenario{name: "two of one", method: put, path: cart + "/items/" + short, body: `{"quantity":2}`, status: 200},
		scenario{name: "order", method: post, path: "/api/orders", body: `{"cartId":"` + idOf(cart) + `"}`, status: 409, want: `{"success":false,"code":"insufficient_stock"}`},
		scenario{name: "none is taken", path: "/api/products/" + full, status: 200, want: `{"product":{"stockQuantity":9}}`},
		scenario{name: "nor of the other", path: "/api/products/" + short, status: 200, want: `{"product":{"stockQuantity":1}}`},
	)
}

func checkAmounts(t *testing.T, h *host) {
	id := field(t, h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"Tea","stockQuantity":103}`, status: 201}), "product", "id")
	for _, amount := range []string{`-1`, `0.5`, `"5"`, `[]`, `null`} {
		for _, way := range []string{"decrement", "increment"} {
			h.run(scenario{name: way + amount, method: post, path: "/api/products/" + id + "/stock/" + way, body: `{"amount":` + amount + `}`, status: 400})
		}
	}
	h.run(scenario{name: "unchanged", path: "/api/products/" + id, status: 200, want: `{"product":{"stockQuantity":103}}`})
}

func checkNames(_ *testing.T, h *host) {
	h.run(
		scenario{name: "a number", method: post, path: "/api/products", body: `{"name":5}`, status: 400, want: `{"error":"name must be a string"}`},
		scenario{name: "in bulk", method: post, path: "/api/products/bulk", body: `{"products":[{"name":"ok"},{"name":{}}]}`, status: 400},
		scenario{name: "of a question", method: post, path: "/api/knowledge/faqs", body: `{"question":5,"answer":"a"}`, status: 400},
		scenario{name: "searching goes on", path: "/api/products/search/ok", status: 200, want: `{"count":0}`},
		scenario{name: "asked twice", path: "/api/knowledge/faqs/search?q=a&q=b", status: 200, want: `{"query":"a"}`},
	)
}

func checkBodies(_ *testing.T, h *host) {
	for _, path := range []string{"/api/products", "/api/products/bulk", "/api/scraper/jobs", "/api/scraper/import", "/api/scrape", "/api/knowledge/faqs", "/api/prompts/from-url", "/api/prompts/custom-rules"} {
		h.run(scenario{name: path, method: post, path: path, status: 400, want: `{"code":"invalid_request"}`})
	}
	h.run(
		scenario{name: "language", method: post, path: "/api/prompts/generate", body: `{"language":"French"}`, status: 400},
		scenario{name: "no lists", method: post, path: "/api/prompts/generate", body: `{"storeContext":{"storeName":"x","brandVoice":{"tone":"t"}}}`, status: 200},
	)
}

func checkKnowledge(_ *testing.T, h *host) {
	h.run(
		scenario{name: "add", method: post, path: "/api/knowledge/faqs", body: `{"question":"Q","answer":"A"}`, status: 201},
		scenario{name: "clear", method: del, path: "/api/knowledge/clear?faqs=true", status: 200},
		scenario{name: "none is left", path: "/api/knowledge/faqs", status: 200, want: `{"count":0,"faqs":[]}`},
		scenario{name: "context", method: put, path: "/api/prompts/store-context", body: `{"storeName":"S"}`, status: 200},
		scenario{name: "clear context", method: del, path: "/api/knowledge/clear?storeContext=true", status: 200},
		scenario{name: "it is null again", path: "/api/prompts/store-context", status: 200, want: `{"storeContext":null}`},
		scenario{name: "features of a preview", method: post, path: "/api/prompts/preview", body: `{}`, status: 200, want: `{"stats":{"enabledFeatures":["productSearch","recommendations"],"hasStoreContext":false}}`},
	)
}

func checkBulk(_ *testing.T, h *host) {
	h.run(
		scenario{
			name: "kept", method: post, path: "/api/products/bulk", body: `{"products":[{"id":"mine","name":"B","stockQuantity":4,"lowStockThreshold":2}]}`, status: 201,
			want: `{"products":[{"id":"mine","stockQuantity":4,"lowStockThreshold":2}]}`,
		},
		scenario{name: "stored", path: "/api/products/mine", status: 200, want: `{"product":{"stockQuantity":4}}`},
	)
}

func checkPages(_ *testing.T, h *host) {
	for _, path := range []string{
		"/api/products", "/api/products/search/x", "/api/products/inventory/low-stock", "/api/products/inventory/out-of-stock", "/api/scraper/jobs",
		"/api/knowledge/faqs", "/api/agents", "/api/agents/active", "/api/prompts/templates",
	} {
		h.run(
			scenario{name: path, path: path + "?limit=1", status: 200, want: `{"success":true}`},
			scenario{name: path + " bounded", path: path + "?limit=100000", status: 400, want: `{"code":"invalid_request"}`},
			scenario{name: path + " elsewhere", path: path + "?limit=1&cursor=nonsense", status: 400, want: `{"code":"invalid_request"}`},
		)
	}
}

func checkSeen(t *testing.T, h *host) {
	h.run(
		scenario{path: "/api/ready", status: 200, want: `{"status":"ready"}`},
		scenario{name: "an id is kept", path: "/api/health", header: map[string]string{"X-Request-Id": "abc-1"}, status: 200, headers: map[string]string{"X-Request-Id": "abc-1"}},
	)
	if text := string(h.exchange(t, scenario{path: "/metrics", status: 200})); !strings.Contains(text, `"/api/ready"`) {
		t.Errorf("the route is not counted:\n%.500s", text)
	}
}

func checkAgents(_ *testing.T, h *host) {
	h.run(
		scenario{name: "list", path: "/api/agents", status: 200, want: `{"count":6}`},
		scenario{name: "the dashboard's name", method: post, path: "/api/prompts/generate", body: `{"agentType":"onboarding"}`, status: 200, want: `{"prompt":"dynamic onboarding-guide as ソラ 🍵"}`},
	)
}

func checkVoices(t *testing.T, h *host) {
	for _, gone := range []string{"fable", "onyx", "nova", "Ken (Japanese Male)"} {
		body := h.exchange(t, scenario{method: post, path: "/api/voice/session", body: `{"voice":"` + gone + `"}`, status: 200})
		if voice := field(t, body, "voice"); voice == gone || voice == "" {
			t.Errorf("%s is %s", gone, voice)
		}
	}
}
