package routing_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/routing"
)

// tooler is a plugin with tools that answer with its own id.
type tooler struct {
	id      string
	builtin bool
	names   []string
	schema  string
	lists   atomic.Int32
	calls   atomic.Int32
	listErr error
	call    func(c *realtime.Call) (json.RawMessage, error)
}

func (p *tooler) ID() string    { return p.id }
func (p *tooler) Builtin() bool { return p.builtin }

func (p *tooler) Tools(_ context.Context, language string) ([]realtime.Tool, error) {
	p.lists.Add(1)
	var tools []realtime.Tool
	for _, name := range p.names {
		schema := p.schema
		if schema == "" {
			schema = `{"type":"object"}`
		}
		tools = append(tools, realtime.Tool{Name: name, Description: language, Parameters: json.RawMessage(schema)})
	}
	return tools, p.listErr
}

func (p *tooler) Call(_ context.Context, c *realtime.Call) (json.RawMessage, error) {
	p.calls.Add(1)
	if p.call != nil {
		return p.call(c)
	}
	return json.Marshal(p.id)
}

type toolers []*tooler

func (l toolers) ToolProviders() (all []routing.ToolProvider) {
	for _, p := range l {
		all = append(all, p)
	}
	return all
}

func ask(t *testing.T, tools *routing.Tools, c realtime.Call) string {
	t.Helper()
	raw, err := tools.Call(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestWhoServesATool(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first, without []string
		search, size   string // who serves; "" nobody
	}{
		"the built-in one keeps its names": {nil, nil, `"tool.commerce"`, `"tool.a"`},
		"the operator's word":              {[]string{"tool.b"}, nil, `"tool.b"`, `"tool.b"`},
		"the first of them most":           {[]string{"tool.a", "tool.b"}, nil, `"tool.a"`, `"tool.a"`},
		"left out":                         {nil, []string{"size_guide"}, `"tool.commerce"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			tools := routing.NewTools(routing.ToolOptions{
				Providers: toolers{
					{id: "tool.a", names: []string{"search", "size_guide"}},
					{id: "tool.b", names: []string{"search", "size_guide"}},
					{id: "tool.commerce", builtin: true, names: []string{"search"}},
					{id: "tool.ill", listErr: errors.New("trap")},
				},
				First: tt.first, Without: tt.without, Log: slog.New(slog.NewTextHandler(&log, nil)),
			})
			for tool, want := range map[string]string{"search": tt.search, "size_guide": tt.size} {
				got, err := tools.Call(t.Context(), realtime.Call{Name: tool})
				if want == "" {
					// The plugin that is ill may have it.
					if err == nil || !strings.Contains(err.Error(), "asking tool.ill for its tools: trap") {
						t.Errorf("%s is served by %s, %v", tool, got, err)
					}
					continue
				}
				if string(got) != want || err != nil {
					t.Errorf("%s is served by %s, %v, want %s", tool, got, err, want)
				}
			}
			if !strings.Contains(log.String(), "tools.first decides otherwise") || !strings.Contains(log.String(), "does not name its tools") {
				t.Errorf("the log does not tell of the clash and the failure:\n%s", &log)
			}
		})
	}
}

func TestToolsOfNobody(t *testing.T) {
	t.Parallel()
	well := routing.NewTools(routing.ToolOptions{Providers: toolers{{id: "tool.a", names: []string{"a", "b"}}}})
	if got := ask(t, well, realtime.Call{Name: "c"}); got != `{"error":"Unknown function","hint":"call one of a, b"}` {
		t.Errorf("%s", got)
	}
	ill := routing.NewTools(routing.ToolOptions{Providers: toolers{{id: "tool.a", listErr: errs.New(errs.Busy, "full")}}})
	if list, err := ill.List(t.Context(), "w", "en"); !errs.Is(err, errs.Busy) {
		t.Errorf("%v, %v", list, err)
	}
	tools := routing.NewTools(routing.ToolOptions{Providers: toolers{{id: "tool.a", names: []string{"bad name", strings.Repeat("a", 65), ""}}}})
	if list, err := tools.List(t.Context(), "w", "en"); !errs.Is(err, errs.Unsupported) {
		t.Errorf("%v, %v", list, err)
	}
}

func TestToolListsAreKeptForAMoment(t *testing.T) {
	t.Parallel()
	p := &tooler{id: "tool.a", names: []string{"a"}}
	now := time.Now()
	tools := routing.NewTools(routing.ToolOptions{Providers: toolers{p}, Now: func() time.Time { return now }})
	for range 5 {
		ask(t, tools, realtime.Call{Name: "a", Language: "ja-JP"})
		if _, err := tools.List(t.Context(), "w", "ja"); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Minute)
	p.names = []string{"b"}
	if got := ask(t, tools, realtime.Call{Name: "b", Language: "ja"}); got != `"tool.a"` || p.lists.Load() != 2 {
		t.Errorf("%s after %d lists", got, p.lists.Load())
	}
}

func TestArgumentsAreChecked(t *testing.T) {
	t.Parallel()
	p := &tooler{id: "tool.a", names: []string{"add"}, schema: `{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"n":{"type":"integer","minimum":1}}}`}
	tools := routing.NewTools(routing.ToolOptions{Providers: toolers{p}})
	for arguments, problem := range map[string]string{
		`{}`:                               "id",
		``:                                 "id",
		`null`:                             "id",
		`{"id":5}`:                         "id: ",
		`{"id":null}`:                      "id: ",
		`{"id":"x","n":0}`:                 "n: ",
		`{"id":"x","n":1.5}`:               "n: ",
		`{"id":"x","n":1e400}`:             "out of bounds",
		`{"id":"x","n":-1e-999999999999}`:  "out of bounds",
		`[1]`:                              "object",
		`{"id":"x"`:                        "not JSON",
		`{"id":"x"} {}`:                    "more than one",
		strings.Repeat(`{"a":`, 40) + `1`:  "nested deeper",
		`{"id":"` + "\xff" + `"}`:          "UTF-8",
		strings.Repeat(" ", 70_000) + "{}": "id",
		`"` + strings.Repeat("a", 70_000):  "longer",
	} {
		var got struct {
			Code     string
			Problems []string
			Expected json.RawMessage
		}
		raw := ask(t, tools, realtime.Call{Name: "add", Arguments: json.RawMessage(arguments)})
		if err := json.Unmarshal([]byte(raw), &got); err != nil || got.Code != "invalid_arguments" || !strings.Contains(strings.Join(got.Problems, " "), problem) || string(got.Expected) != p.schema {
			t.Errorf("%.60s: %v, %s", arguments, err, raw)
		}
	}
	if n := p.calls.Load(); n != 0 {
		t.Errorf("the plugin saw %d of them", n)
	}
	if got := ask(t, tools, realtime.Call{Name: "add", Arguments: json.RawMessage(` {"id":"x","n":2.0,"more":true} `)}); got != `"tool.a"` {
		t.Errorf("good arguments: %s", got)
	}
	p.call = func(c *realtime.Call) (json.RawMessage, error) { return json.Marshal(string(c.Arguments)) }
	if got := ask(t, tools, realtime.Call{ID: "null", Name: "add", Arguments: json.RawMessage(`{"id":"x","n":null}`)}); got != `"{\"id\":\"x\"}"` {
		t.Errorf("null for what is optional: %s", got)
	}
}

func TestSchemasReadNothingElse(t *testing.T) {
	t.Parallel()
	p := &tooler{id: "tool.a", names: []string{"a"}, schema: `{"$ref":"file:///etc/hostname"}`}
	tools := routing.NewTools(routing.ToolOptions{Providers: toolers{p}})
	if got := ask(t, tools, realtime.Call{Name: "a"}); !strings.Contains(got, "must not refer to file:///etc/hostname") {
		t.Errorf("%s", got)
	}
}

// A call runs once for its session and id, however often and however close
// together it comes; one that failed may be tried again.
func TestCallsRunOnce(t *testing.T) {
	t.Parallel()
	p := &tooler{id: "tool.a", names: []string{"a"}}
	fail := true
	p.call = func(c *realtime.Call) (json.RawMessage, error) {
		if c.ID == "fails first" && fail {
			fail = false
			return nil, errs.New(errs.Timeout, "slow")
		}
		time.Sleep(20 * time.Millisecond)
		return json.Marshal(p.calls.Load())
	}
	tools := routing.NewTools(routing.ToolOptions{Providers: toolers{p}})
	var wg sync.WaitGroup
	results := make([]string, 20)
	for i := range results {
		wg.Go(func() { results[i] = ask(t, tools, realtime.Call{Name: "a", Session: "s", ID: "1"}) })
	}
	wg.Wait()
	slices.Sort(results)
	if results = slices.Compact(results); len(results) != 1 || p.calls.Load() != 1 {
		t.Errorf("%v after %d calls", results, p.calls.Load())
	}
	ask(t, tools, realtime.Call{Name: "a", Session: "s", ID: "2"})
	ask(t, tools, realtime.Call{Name: "a", Session: "s2", ID: "1"})
	ask(t, tools, realtime.Call{Name: "a", Session: "s2", ID: "1", Workspace: "other"})
	if n := p.calls.Load(); n != 4 {
		t.Errorf("%d calls, want 4", n)
	}
	again := realtime.Call{Name: "a", Session: "s", ID: "fails first"}
	if _, err := tools.Call(t.Context(), again); !errs.Is(err, errs.Timeout) {
		t.Error(err)
	}
	ask(t, tools, again)
}

func FuzzArguments(f *testing.F) {
	for _, seed := range []string{`{"id":"x","n":1}`, `{"n":1e400}`, `[[[`, `{"id":"\ud800"}`, `{"id":"a","id":5}`, `-0`, `{"n":-0.0e+1}`} {
		f.Add([]byte(seed))
	}
	p := &tooler{id: "tool.a", names: []string{"a"}, schema: `{"type":"object","properties":{"id":{"type":"string","minLength":1},"n":{"type":"integer","minimum":1,"multipleOf":3}}}`}
	tools := routing.NewTools(routing.ToolOptions{Providers: toolers{p}})
	f.Fuzz(func(t *testing.T, arguments []byte) {
		raw, err := tools.Call(t.Context(), realtime.Call{Name: "a", Arguments: arguments})
		if err != nil || !json.Valid(raw) {
			t.Errorf("%s, %v", raw, err)
		}
	})
}
