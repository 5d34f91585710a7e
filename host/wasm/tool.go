package wasm

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/routing"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const toolKind = "tool/1"

// Tooler is a plugin that provides tool/1. It is safe for concurrent use.
type Tooler struct {
	host    *Host
	id      string
	builtin bool
}

var _ routing.ToolProvider = (*Tooler)(nil)

// ToolProviders returns the enabled plugins that provide tool/1, by id. It
// loads none of them.
func (h *Host) ToolProviders() []routing.ToolProvider {
	var all []routing.ToolProvider
	for _, p := range h.registry.Load().list() {
		if p.usable() && p.enabled() && slices.Contains(p.manifest.Provides, toolKind) {
			all = append(all, &Tooler{h, p.id(), p.source.builtin})
		}
	}
	return all
}

// ID is the plugin's id.
func (t *Tooler) ID() string { return t.id }

// Builtin says that the plugin came with the host.
func (t *Tooler) Builtin() bool { return t.builtin }

// Tools asks the plugin for its tools.
func (t *Tooler) Tools(ctx context.Context, language string) ([]realtime.Tool, error) {
	session, err := t.host.Open(t.id, capability.SessionOptions{})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	var reply wire.ToolListReply
	if err := session.Call(ctx, wire.OpToolList, Plain(&wire.ToolListRequest{Language: language}), &reply); err != nil {
		return nil, err
	}
	tools := make([]realtime.Tool, len(reply.Tools))
	for i, tool := range reply.Tools {
		tools[i] = realtime.Tool{Name: tool.Name, Description: tool.Description, Parameters: json.RawMessage(tool.Parameters)}
		if tool.Parameters == "" {
			tools[i].Parameters = json.RawMessage(`{"type":"object","properties":{}}`)
		}
	}
	return tools, nil
}

// Call has the plugin run a tool.
func (t *Tooler) Call(ctx context.Context, c *realtime.Call) (json.RawMessage, error) {
	session, err := t.host.Open(t.id, capability.SessionOptions{
		Workspace: c.Workspace, Sale: capability.Sale{Session: c.Session, Cart: c.Cart, Call: c.ID},
	})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	var reply wire.ToolCallReply
	q := &wire.ToolCallRequest{Name: c.Name, Arguments: string(c.Arguments), Language: c.Language}
	if err := session.Call(ctx, wire.OpToolCall, Plain(q), &reply); err != nil {
		return nil, err
	}
	if !json.Valid([]byte(reply.Result)) {
		return nil, errs.New(errs.BadData, "plugin %s answers %s with what is not JSON", t.id, c.Name)
	}
	return json.RawMessage(reply.Result), nil
}
