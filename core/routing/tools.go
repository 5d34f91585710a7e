package routing

import (
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
)

// ToolProvider is a plugin with tools. Its methods may be called from any
// goroutine.
type ToolProvider interface {
	ID() string
	Builtin() bool // it came with the product
	Tools(ctx context.Context, language string) ([]realtime.Tool, error)
	// Call runs a tool whose arguments fit its schema. Changes that a call with
	// the same session and id made before are not made again.
	Call(ctx context.Context, c *realtime.Call) (json.RawMessage, error)
}

// ToolProviders are the tool plugins that are enabled now, by id.
type ToolProviders interface {
	ToolProviders() []ToolProvider
}

// ToolOptions make Tools.
type ToolOptions struct {
	Providers ToolProviders
	// First are ids of plugins whose tools win over others of the same name, the
	// first of them most. Then come the built-in ones, then the others by id.
	First []string
	// Without are names of tools that sessions don't have.
	Without []string
	Log     *slog.Logger     // nil: silent
	Now     func() time.Time // nil: time.Now
}

// Tools chooses which plugin serves a tool. It checks arguments against the
// tool's schema before the plugin sees them, and answers a call that is
// repeated with the first result.
type Tools struct {
	o       ToolOptions
	mu      sync.Mutex
	lists   map[string]*toolList // by language
	told    map[string]bool      // clashes that were logged
	results *otter.Cache[string, *toolResult]
}

var _ realtime.Toolbox = (*Tools)(nil)

// The bounds of what is kept.
const (
	listLife    = 5 * time.Second  // a reloaded plugin may have other tools
	listWait    = 30 * time.Second // a plugin may have to be compiled first
	maxLists    = 16
	maxResults  = 10_000
	resultLife  = 10 * time.Minute // a model that calls again does so within moments
	maxTools    = 128              // that a session may have
	maxDescribe = 4096             // bytes of a description
)

// NewTools returns tools. It asks no plugin yet.
func NewTools(o ToolOptions) *Tools {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Tools{o: o, lists: map[string]*toolList{}, told: map[string]bool{}, results: otter.Must(&otter.Options[string, *toolResult]{
		MaximumSize:      maxResults,
		ExpiryCalculator: otter.ExpiryWriting[string, *toolResult](resultLife),
	})}
}

// Providers are the plugins that it chooses among.
func (t *Tools) Providers() ToolProviders { return t.o.Providers }

// toolList is what sessions in one language may call.
type toolList struct {
	once  sync.Once
	until time.Time
	tools []realtime.Tool
	by    map[string]*servedTool
	err   error // why the tools of some plugin are not there
}

// servedTool is a tool with who serves it.
type servedTool struct {
	realtime.Tool
	provider ToolProvider
	schema   argumentSchema
}

// List implements realtime.Toolbox. All workspaces have the same tools.
func (t *Tools) List(ctx context.Context, _, language string) ([]realtime.Tool, error) {
	list := t.list(ctx, language)
	switch {
	case len(list.tools) > 0:
		return slices.Clone(list.tools), nil
	case list.err != nil:
		return nil, list.err
	default:
		return nil, errs.New(errs.Unsupported, "no plugin has tools").WithHint("enable one that provides tool/1, such as tool.commerce")
	}
}

// list asks all plugins, at most every few seconds for a language.
func (t *Tools) list(ctx context.Context, language string) *toolList {
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	now := t.o.Now()
	t.mu.Lock()
	list := t.lists[language]
	if list == nil || now.After(list.until) {
		if len(t.lists) >= maxLists {
			clear(t.lists)
		}
		list = &toolList{until: now.Add(listLife)}
		t.lists[language] = list
	}
	t.mu.Unlock()
	list.once.Do(func() {
		// Others wait for it, so it doesn't end with the one who came first.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), listWait)
		defer cancel()
		t.fill(ctx, list, language)
	})
	return list
}

var toolName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (t *Tools) fill(ctx context.Context, list *toolList, language string) {
	list.by = map[string]*servedTool{}
	for _, p := range t.ordered() {
		tools, err := p.Tools(ctx, language)
		if err != nil {
			t.o.Log.Error("a plugin does not name its tools", "plugin", p.ID(), "error", err)
			list.err = errs.Wrap("asking "+p.ID()+" for its tools", err)
			t.forget(language, list)
			continue
		}
		for _, tool := range tools {
			if slices.Contains(t.o.Without, tool.Name) {
				continue
			}
			taken := list.by[tool.Name]
			switch {
			case !toolName.MatchString(tool.Name) || len(tool.Description) > maxDescribe || len(list.tools) >= maxTools:
				t.tell(p, tool.Name, "the tool is left out: a name has 1 to 64 letters, digits, _ or -, a description 4 KiB, a session 128 tools")
			case taken != nil:
				t.tell(p, tool.Name, "the tool is left out: plugin "+taken.provider.ID()+" has one of this name; tools.first decides otherwise")
			default:
				list.tools = append(list.tools, tool)
				list.by[tool.Name] = &servedTool{Tool: tool, provider: p}
			}
		}
	}
}

// forget has the plugins asked again by the next one.
func (t *Tools) forget(language string, list *toolList) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lists[language] == list {
		delete(t.lists, language)
	}
}

// tell logs what was left out, once.
func (t *Tools) tell(p ToolProvider, name, why string) {
	t.mu.Lock()
	key := p.ID() + " " + name + " " + why
	known := t.told[key]
	if t.told[key] = true; len(t.told) > 1000 {
		clear(t.told)
	}
	t.mu.Unlock()
	if !known {
		t.o.Log.Warn(why, "plugin", p.ID(), "tool", name)
	}
}

// ordered are the plugins, those first whose tools win.
func (t *Tools) ordered() []ToolProvider {
	all := t.o.Providers.ToolProviders()
	rank := func(p ToolProvider) int {
		if i := slices.Index(t.o.First, p.ID()); i >= 0 {
			return i
		}
		if p.Builtin() {
			return len(t.o.First)
		}
		return len(t.o.First) + 1
	}
	slices.SortStableFunc(all, func(a, b ToolProvider) int { return rank(a) - rank(b) })
	return all
}

// toolResult is a call that is under way or over.
type toolResult struct {
	done  chan struct{}
	value json.RawMessage
	err   error
}

// Call implements realtime.Toolbox.
func (t *Tools) Call(ctx context.Context, c realtime.Call) (json.RawMessage, error) {
	if c.ID == "" || c.Session == "" {
		return t.call(ctx, &c)
	}
	key := c.Workspace + "\x00" + c.Session + "\x00" + c.ID
	for {
		own := &toolResult{done: make(chan struct{})}
		known, added := t.results.SetIfAbsent(key, own)
		if added {
			own.value, own.err = t.call(ctx, &c)
			if own.err != nil {
				t.results.Invalidate(key) // the next one tries again
			}
			close(own.done)
			return own.value, own.err
		}
		select {
		case <-known.done:
		case <-ctx.Done():
			return nil, errs.Wrap("waiting for the same call", ctx.Err())
		}
		if known.err == nil {
			return known.value, nil
		}
	}
}

func (t *Tools) call(ctx context.Context, c *realtime.Call) (json.RawMessage, error) {
	list := t.list(ctx, c.Language)
	tool := list.by[c.Name]
	switch {
	case tool == nil && list.err != nil: // it may be there in a moment
		return nil, list.err
	case tool == nil:
		return unknownTool(list.tools), nil
	}
	arguments, problems := tool.schema.check(tool.Parameters, c.Arguments)
	if problems != nil {
		return badArguments(&tool.Tool, problems), nil
	}
	checked := *c
	checked.Arguments = arguments
	return tool.provider.Call(ctx, &checked)
}

// unknownTool is what the contract says, and what a model may call instead.
func unknownTool(tools []realtime.Tool) json.RawMessage {
	names := make([]string, len(tools))
	for i := range tools {
		names[i] = tools[i].Name
	}
	return answer(struct {
		Error string `json:"error"`
		Hint  string `json:"hint"`
	}{"Unknown function", "call one of " + strings.Join(names, ", ")})
}

// badArguments tells a model what to mend.
func badArguments(tool *realtime.Tool, problems []string) json.RawMessage {
	return answer(struct {
		Success  bool            `json:"success"`
		Error    string          `json:"error"`
		Code     string          `json:"code"`
		Problems []string        `json:"problems"`
		Expected json.RawMessage `json:"expected"`
		Hint     string          `json:"hint"`
	}{
		false, "the arguments of " + tool.Name + " are wrong: " + strings.Join(problems, "; "), "invalid_arguments", problems, tool.Parameters,
		"call " + tool.Name + " again with arguments that fit the schema in expected; nothing was changed",
	})
}

func answer(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil { // a plugin's schema that is not JSON
		return json.RawMessage(`{"success":false,"error":"the arguments are wrong"}`)
	}
	return data
}
