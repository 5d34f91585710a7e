// Package hostile holds guests that try to harm their host, and says how each
// must end. A host is tested by running them all; see the tests of package
// wasm. The modules are built by Go code, so that a reader sees what each does.
// It knows nothing of how a host runs them.
package hostile

//go:generate go test -run ^TestExportIsCurrent$ -update

import (
	"time"

	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/sdk/abi"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// ID is the id in the manifests of all guests, as far as they have one.
const ID = "scraper.hostile"

// Limits that the guests are made for. With others they may end otherwise.
const (
	Deadline = 200 * time.Millisecond // of a call
	MemoryMB = 8                      // of an instance
)

// Guest is a module that means harm.
type Guest struct {
	Name   string // lower case
	What   string // what it does, and what a careless host would do
	Module []byte // with a manifest, unless its lack is the point; not to be changed
	// Reason is how a call of detect must end: "refused", "deadline",
	// "memory", "trap", "exit" or "bad reply"; of Tricks also "denied", or
	// "answered" by the guest itself with what the host told it.
	Reason string
	// Text is a part of what the host must say about it.
	Text string
	// Unlisted guests have no manifest that could be read: the host names the
	// file with Reason and Text, and nobody can call it.
	Unlisted bool
}

// Manifest of a scraper that wants all there is.
const manifest = `{"id": "` + ID + `", "version": "1.0.0", "provides": ["scraper/1"], "needs": {
	"http": {"reason": "reads the shop", "hosts": ["{shop}"]},
	"html": {"reason": "reads pages"},
	"kv": {"reason": "remembers", "quota_bytes": 1000},
	"crypto": {"reason": "signs"}}}`

const (
	requestAt = 1 << 10
	replyAt   = 8 << 10
	okReply   = `{"ok":{"score":7}}`
)

// builder makes a guest that is well-behaved until it is changed: it answers
// every call with okReply.
type builder struct {
	asm.Module
	call, read uint32 // the host's functions
	abi        []byte // code of the exports, without end
	alloc      []byte
	answer     []byte
	skip       string // an export to leave out
}

func newBuilder() *builder {
	g := new(builder)
	g.link()
	g.setUp()
	return g
}

// link imports what the host offers.
func (g *builder) link() {
	g.call = g.Import("omakase", "host_call", asm.Types{asm.I32, asm.I32, asm.I32}, asm.Types{asm.I32})
	g.read = g.Import("omakase", "host_read", asm.Types{asm.I32}, nil)
}

func (g *builder) setUp() {
	g.abi, g.alloc = asm.I32Const(wire.Version), asm.I32Const(requestAt)
	g.Memory(2, 0)
	g.reply(okReply)
}

// reply makes a guest answer with a text.
func (g *builder) reply(text string) {
	at := int32(replyAt)
	g.Data(at, []byte(text))
	g.answer = asm.Pair(asm.I32Const(at), asm.I32Const(int32(len(text))))
}

// onDetect makes a guest do something unless it is asked for the selftest.
func (g *builder) onDetect(code ...[]byte) {
	ne := []byte{0x47} // i32.ne
	g.answer = asm.Cat(asm.LocalGet(0), asm.I32Const(wire.OpSelftest), ne, asm.If(code...), g.answer)
}

// bare is the module without a manifest.
func (g *builder) bare() []byte {
	export := func(name string, params, results asm.Types, code []byte) {
		// One more local for the guest's own use: 2 where there are op and len.
		if f := g.Func(params, results, asm.Types{asm.I32}, code); name != g.skip {
			g.Export(name, f)
		}
	}
	export("omakase_abi", nil, asm.Types{asm.I32}, g.abi)
	export("omakase_alloc", asm.Types{asm.I32}, asm.Types{asm.I32}, g.alloc)
	export("omakase_call", asm.Types{asm.I32, asm.I32}, asm.Types{asm.I64}, g.answer)
	return g.Bytes()
}

// own is a local of omakase_call that its code may use.
const own = 2

// described adds a manifest to a module whose sections can be read.
func described(module []byte, manifest string) []byte {
	out, err := abi.SetManifest(module, []byte(manifest))
	if err != nil {
		panic(err) // the modules are constants
	}
	return out
}

// kind is a guest before it is built.
type kind struct {
	name, what   string
	build        func(g *builder)
	reason, text string
}

// Guests builds all guests that any host must contain, whatever it offers.
func Guests() []Guest {
	all := build(loops(), memories(), pointers(), storms(), forgeries())
	return append(append(all, imports()...), files()...)
}

// Tricks builds guests that ask this host for what isn't theirs. They want it
// to fetch, and a session whose shop is https://shop.example/.
func Tricks() []Guest { return build(tricks()) }

func build(lists ...[]kind) []Guest {
	var all []Guest
	for _, list := range lists {
		for _, k := range list {
			g := newBuilder()
			k.build(g)
			all = append(all, Guest{Name: k.name, What: k.what, Module: described(g.bare(), manifest), Reason: k.reason, Text: k.text})
		}
	}
	return all
}
