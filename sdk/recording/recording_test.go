package recording_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/sdk/go/wire"
	"github.com/omakase-ai/omakase/sdk/recording"
)

// example is the recording that the description of the form shows.
func example(t *testing.T) *recording.Recording {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```json\n")
	code, _, _ := strings.Cut(rest, "```")
	r, err := recording.Parse([]byte(code))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	want := example(t)
	want.Bodies = append(want.Bodies, recording.NewBody("body:2", "image/png", []byte{0x89, 'P', 0xff}))
	text, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "a.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := recording.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Bodies[1].Data()) != "\x89P\xff" || got.Fuel["as"] != 6102 || len(recording.Diff(want.Answer, got.Answer)) > 0 {
		t.Errorf("read %+v", got)
	}
	files, err := recording.Files(filepath.Dir(name))
	if err != nil || len(files) != 1 || files[0] != name {
		t.Errorf("files are %q, %v", files, err)
	}
	if files, err := recording.Files(filepath.Join(t.TempDir(), "none")); err != nil || files != nil {
		t.Errorf("no folder has %q, %v", files, err)
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{`:                                    "no recording",
		`{"recording":2}`:                      "this version reads 1",
		`{"recording":2,"operation":"scrape"}`: "this version reads 1",
		`{"recording":1,"operation":"fly"}`:    "one of checkout, detect",
		`{"recording":1,"operation":"scrape","request":[],"answer":{}}`:                           "request must be",
		`{"recording":1,"operation":"scrape","request":{},"answer":1}`:                            "answer must be",
		`{"recording":1,"operation":"scrape","requests":{}}`:                                      "requests",
		`{"recording":1,"operation":"scrape","request":{},"answer":{},"bodies":[{"base64":"%"}]}`: "base64",
	} {
		if _, err := recording.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"recording":1,"operation":"scrape","request":{},"calls":[{"function":"log","request":{}}],"answer":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := recording.Parse(text)
		if err != nil {
			return
		}
		r.Play().Call(wire.FnHTTPFetch, []byte(`{"url":"https://shop.example/"}`))
		if out, err := r.Encode(); err != nil {
			t.Error(err)
		} else if _, err := recording.Parse(out); err != nil {
			t.Errorf("what it writes it can't read: %v\n%s", err, out)
		}
	})
}

func TestPlayer(t *testing.T) {
	t.Parallel()
	p := example(t).Play()
	const fetched = `{"status":200`
	for _, tt := range []struct {
		name    string
		fn      int32
		request string
		want    string
		code    int32
	}{
		{"as recorded", wire.FnHTTPFetch, `{"url":"https://shop.example/items?page=2"}`, fetched, 0},
		{"again, otherwise spelt", wire.FnHTTPFetch, `{"prefetch":[],"url":"https://shop.example/items?page=2"}`, fetched, 0},
		{"with another wish", wire.FnHTTPFetch, `{"url":"https://shop.example/items?page=2","timeout_ms":5}`, fetched, 0},
		{"another method", wire.FnHTTPFetch, `{"url":"https://shop.example/items?page=2","method":"POST"}`, `"unavailable"`, 0},
		{"another page", wire.FnHTTPFetch, `{"url":"https://shop.example/items?page=3"}`, `"unavailable"`, 0},
		{"a body", wire.FnBodyRead, `{"body":"body:1"}`, `{"items":[]}`, 0},
		{"a part of it", wire.FnBodyRead, `{"body":"body:1","offset":2,"length":5}`, `items`, 0},
		{"fields of it", wire.FnBodyRead, `{"body":"body:1","keep":["nothing"]}`, `{}`, 0},
		{"no such body", wire.FnBodyRead, `{"body":"body:9"}`, ``, wire.ErrNoBody},
		{"a line of the log", wire.FnLog, `{"level":"info","message":"new"}`, `{"ok":{}}`, 0},
		{"the configuration", wire.FnConfig, ``, `{"ok":{}}`, 0},
		{"release", wire.FnBodyRelease, `{"body":"body:1"}`, `{"ok":{}}`, 0},
		{"what was never asked", wire.FnKVGet, `{"key":"a"}`, `"unavailable"`, 0},
	} {
		reply, code := p.Call(tt.fn, []byte(tt.request))
		if code != tt.code || !strings.Contains(string(reply), tt.want) {
			t.Errorf("%s: %s, code %d; want %s, %d", tt.name, reply, code, tt.want, tt.code)
		}
	}
	if len(p.Missing) != 3 || !strings.Contains(p.Missing[2], "kv_get") {
		t.Errorf("missing are %q", p.Missing)
	}
	if got := p.Unmet(func(c string) bool { return c == "http" }); !slices.Equal(got, []string{"kv"}) {
		t.Errorf("unmet are %q", got)
	}
}

func TestPlayerInOrder(t *testing.T) {
	t.Parallel()
	call := func(function, request, reply string) recording.Call {
		return recording.Call{Function: function, Request: []byte(request), Reply: []byte(reply)}
	}
	r := recording.Recording{Calls: []recording.Call{
		call("kv_get", `{"key":"a"}`, `1`), call("kv_get", `{"key":"a"}`, `2`),
		call("clock", `{}`, `3`),
	}}
	p := r.Play()
	var got []string
	for _, fn := range []int32{wire.FnKVGet, wire.FnClock, wire.FnKVGet, wire.FnClock} {
		request := `{"key":"a"}`
		if fn == wire.FnClock {
			request = ``
		}
		reply, _ := p.Call(fn, []byte(request))
		got = append(got, string(reply))
	}
	if diff := cmp.Diff([]string{"1", "3", "2", "3"}, got); diff != "" {
		t.Error(diff)
	}
	p.Else = func(int32, []byte) ([]byte, int32) { return []byte("else"), 0 }
	if reply, _ := p.Call(wire.FnKVGet, []byte(`{"key":"a"}`)); string(reply) != "else" {
		t.Errorf("a third time it is %s", reply)
	}
}

// TestNamesAreThoseOfTheABI holds the names of functions, by which manifests
// are compared with what plugins use, to the specification's table.
func TestNamesAreThoseOfTheABI(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../abi/spec.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| ([0-9]+) \\| `([a-z_]+)` \\| ([a-z]*) ?\\| \\[").FindAllStringSubmatch(string(text), -1)
	if len(rows) < 20 {
		t.Fatalf("the tables have %d rows", len(rows))
	}
	for _, row := range rows {
		number, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		if _, isOperation := recording.Operation(row[2]); isOperation {
			continue
		}
		if got := recording.FunctionName(int32(number)); got != row[2] {
			t.Errorf("function %d is %q, want %q", number, got, row[2])
		}
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want, got string
		lines           []string
	}{
		{"the same", `{"ok":{"a":1,"b":[]}}`, `{"ok":{"a":1}}`, nil},
		{"other order", `{"ok":{"a":1,"c":"x"}}`, `{"ok":{"c":"x","a":1}}`, nil},
		{"a stock of none", `{"ok":{"stock":0}}`, `{"ok":{}}`, []string{`- ok.stock: 0`}},
		{"a price", `{"ok":{"products":[{"price":"1980"}]}}`, `{"ok":{"products":[{"price":"1990"}]}}`, []string{`- ok.products[0].price: "1980"`, `+ ok.products[0].price: "1990"`}},
		{"one more", `{"ok":{"products":[]}}`, `{"ok":{"products":[{"name":"<a>"}]}}`, []string{`+ ok.products: [{"name":"<a>"}]`}},
		{"an error", `{"ok":{}}`, `{"error":{"code":"internal"}}`, []string{`+ error: {"code":"internal"}`, `- ok: {}`}},
		{"no JSON", `{"ok":{}}`, `{"ok"`, []string{"+ the answer is no JSON: unexpected EOF"}},
	} {
		if diff := cmp.Diff(tt.lines, recording.Diff([]byte(tt.want), []byte(tt.got))); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	good := `{"id":"1","name":"cup","price":"1980","currency":"JPY","availability":"InStock","url":"https://shop.example/1"}`
	for _, tt := range []struct{ operation, request, answer, want string }{
		{"detect", `{}`, `{"ok":{"score":90,"reason":"header"}}`, ""},
		{"detect", `{}`, `{"ok":{"score":101,"reason":"header"}}`, "score is 101"},
		{"detect", `{}`, `{"ok":{"score":50}}`, "reason is empty"},
		{"scrape", `{}`, `{"ok":{"products":[` + good + `]}}`, ""},
		{"scrape", `{}`, `{"ok":{"products":[` + good + `,` + good + `]}}`, "products[0] has already"},
		{"scrape", `{}`, `{"ok":{"products":[{"id":"1","name":"cup","price":"¥1,980","currency":"JPY"}]}}`, `price is "¥1,980"`},
		{"scrape", `{}`, `{"ok":{"products":[{"id":"1","name":"cup","price":"1"}]}}`, "currency is empty"},
		{"scrape", `{}`, `{"ok":{"shop":{"currency":"JPY"},"products":[{"id":"1","name":"cup","price":"1"}]}}`, ""},
		{"scrape", `{"cursor":"2"}`, `{"ok":{"next":"2"}}`, "would not get past"},
		{"scrape", `{}`, `{"ok":{"partial":true}}`, "partial is set without notes"},
		{"scrape", `{}`, `{"ok":{"refs":[{"url":"https://shop.example/1"}]}}`, "refs[0].key"},
		{"scrape", `{}`, `{"error":{"code":"rate_limited","retryable":true}}`, ""},
		{"scrape", `{}`, `{"error":{"code":"oops"}}`, "not on the list"},
		{"extract", `{}`, `{"ok":{"products":[{"name":"cup","image_urls":["/a.jpg"]}]}}`, "make it absolute"},
		{"extract", `{}`, `{"products":[]}`, "no reply"},
		{"checkout", `{}`, `{"ok":{"url":"/cart"}}`, "absolute"},
		{"generate", `{"products":[{"name":"a"}]}`, `{"ok":{"prompt":"Hello","included":2}}`, "included is 2 of 1"},
		{"generate", `{}`, `{"ok":{"prompt":" "}}`, "prompt is empty"},
		{"selftest", `{}`, `{"ok":{}}`, ""},
		{"tool_list", `{}`, `{"ok":{"tools":[{"name":"a","description":"b","parameters":"{}"}]}}`, ""},
		{"tool_list", `{}`, `{"ok":{"tools":[{"name":"a","description":"b"},{"name":"a","description":"b"}]}}`, "no two are alike"},
		{"tool_list", `{}`, `{"ok":{"tools":[{"name":"a","description":"b","parameters":"{"}]}}`, "no JSON Schema"},
		{"tool_call", `{}`, `{"ok":{"result":"{}"}}`, ""},
		{"tool_call", `{}`, `{"ok":{"result":"done"}}`, "result is no JSON"},
	} {
		got := strings.Join(recording.Rules(tt.operation, []byte(tt.request), []byte(tt.answer)), "\n")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: %q, want %q", tt.operation, tt.answer, got, tt.want)
		}
	}
}
