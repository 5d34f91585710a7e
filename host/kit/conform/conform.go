// Package conform puts this host, and guests in it, to the tests of
// sdk/conformance. It knows nothing of where guests come from.
package conform

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/kit/trial"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/sdk/abi"
	"github.com/omakase-ai/omakase/sdk/conformance"
	sdkjson "github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Guest is a plugin of a host as the tests see it.
type Guest struct {
	Plugins *wasm.Host
	ID      string
	Kinds   []string
}

var _ conformance.Guest = (*Guest)(nil)

// Provides implements conformance.Guest.
func (g *Guest) Provides() []string { return g.Kinds }

// Call implements conformance.Guest.
func (g *Guest) Call(ctx context.Context, op int32, request []byte, answer conformance.Answer) (reply []byte, err error) {
	session, err := g.Plugins.Open(g.ID, capability.SessionOptions{Workspace: "default"})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	session.Watch(wasm.Watch{
		Answer: func(_ context.Context, _ *capability.Call, fn int32, request []byte) ([]byte, int32) {
			return answer(fn, request)
		},
		Ended: func(e wasm.Ending) { reply = e.Reply },
	})
	err = session.Call(ctx, int(op), wasm.Plain((*text)(&request)), new(text))
	var f *wasm.Fault
	if errors.As(err, &f) && f.Reason == wasm.Answered {
		err = nil
	}
	return reply, err
}

// Host makes a host of its own for each module.
type Host struct{}

var _ conformance.Host = Host{}

// Load implements conformance.Host.
func (Host) Load(_ context.Context, module []byte, l conformance.Limits) (conformance.Plugin, error) {
	h, err := wasm.New(wasm.Options{
		Builtin: single(module), Functions: capability.New(capability.Services{KV: new(trial.Memory)}),
		Settings: map[string]wasm.Settings{idOf(module): {Limits: wasm.Limits{
			Deadline: l.Deadline, MemoryMB: l.MemoryMB, Faults: 1 << 20, // each call is tested, whatever the one before did
		}}},
	})
	if err != nil {
		return nil, err
	}
	i := h.Plugins()[0]
	if i.State == wasm.Failed {
		h.Close()
		return nil, &conformance.Ending{Reason: string(wasm.Refused), Text: i.Reason}
	}
	return &plugin{h, i.ID}, nil
}

// idOf is the id in a module's manifest; "" where there is none.
func idOf(module []byte) string {
	text, err := abi.ReadManifest(module)
	if err != nil {
		return ""
	}
	m, err := abi.ParseManifest(text)
	if err != nil {
		return ""
	}
	return m.ID
}

// plugin is a module in a host of its own.
type plugin struct {
	host *wasm.Host
	id   string
}

// Close implements conformance.Plugin.
func (p *plugin) Close() { p.host.Close() }

// Call implements conformance.Plugin.
func (p *plugin) Call(ctx context.Context, op int32, request, body []byte) ([]byte, error) {
	session, err := p.host.Open(p.id, capability.SessionOptions{Workspace: "default", ShopURL: "https://shop.example/"})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	var reply []byte
	session.Watch(wasm.Watch{Ended: func(e wasm.Ending) { reply = e.Reply }})
	var ok text
	err = session.Call(ctx, int(op), func(c *capability.Call) (wire.Value, error) {
		if body != nil {
			if _, err := c.Hold(body, "application/json"); err != nil {
				return nil, err
			}
		}
		return (*text)(&request), nil
	}, &ok)
	var f *wasm.Fault
	switch {
	case err == nil:
		return ok, nil
	case !errors.As(err, &f):
		return nil, err
	case f.Reason != wasm.Answered:
		return nil, &conformance.Ending{Reason: string(f.Reason), Text: f.Text}
	}
	var said *wire.Error
	if errors.As(wire.DecodeReply(slices.Clone(reply), &wire.Raw{}), &said) {
		// What the host makes of the code is the point.
		return nil, &wire.Error{Code: capability.Code(errs.KindOf(err)), Message: said.Message, Retryable: said.Retryable}
	}
	return nil, err
}

// text is a message that is passed on as it is.
type text []byte

// AppendJSON implements wire.Value.
func (t *text) AppendJSON(b []byte) []byte { return append(b, *t...) }

// ReadJSON implements wire.Value.
func (t *text) ReadJSON(in *sdkjson.Reader) { *t = []byte(in.Raw()) }

// single is a file system with one module at its root.
type single []byte

// Open implements fs.FS.
func (s single) Open(name string) (fs.File, error) {
	switch name {
	case ".":
		return &folder{}, nil
	case "guest.wasm":
		return &file{Reader: bytes.NewReader(s), size: int64(len(s))}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// file is the module, as an open file and as its own description.
type file struct {
	*bytes.Reader
	size int64
}

func (f *file) Stat() (fs.FileInfo, error) { return about{f.size, 0}, nil }
func (*file) Close() error                 { return nil }

type folder struct{ read bool }

func (*folder) Stat() (fs.FileInfo, error) { return about{0, fs.ModeDir}, nil }
func (*folder) Read([]byte) (int, error)   { return 0, fs.ErrInvalid }
func (*folder) Close() error               { return nil }

func (f *folder) ReadDir(int) ([]fs.DirEntry, error) {
	if f.read {
		return nil, io.EOF
	}
	f.read = true
	return []fs.DirEntry{fs.FileInfoToDirEntry(about{})}, nil
}

type about struct {
	size int64
	mode fs.FileMode
}

func (about) Name() string        { return "guest.wasm" }
func (a about) Size() int64       { return a.size }
func (a about) Mode() fs.FileMode { return a.mode }
func (about) ModTime() time.Time  { return time.Time{} }
func (a about) IsDir() bool       { return a.mode.IsDir() }
func (about) Sys() any            { return nil }
