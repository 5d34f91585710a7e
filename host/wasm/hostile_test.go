package wasm_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
)

// deadline of the hostile guests; each must end not much later.
const deadline = 200 * time.Millisecond

// hostile guests, and how their calls must end.
var hostile = []struct {
	name   string
	guest  func(g *tiny)
	reason wasm.Reason
	text   string
}{
	{"loop", func(g *tiny) { g.onScrape(asm.Loop(asm.Br(0))) }, wasm.Deadline, "stopped after 200ms"},
	{"calls without a loop", func(g *tiny) {
		f := g.Func(nil, nil, nil, asm.Nop)
		for range 50 {
			f = g.Func(nil, nil, nil, asm.Call(f), asm.Call(f))
		}
		g.onScrape(asm.Call(f))
	}, wasm.Deadline, "stopped after"},
	{"long code in a loop", func(g *tiny) {
		div := asm.Cat(asm.I32Const(7), asm.LocalGet(0), []byte{0x6d}, asm.Drop)
		g.onScrape(asm.Loop(bytes.Repeat(div, 5_000), asm.Br(0)))
	}, wasm.Deadline, "stopped after"},
	{"memory", func(g *tiny) {
		g.onScrape(asm.Loop(asm.I32Const(16), asm.MemoryGrow, asm.I32Const(-1), []byte{0x47}, asm.BrIf(0)), asm.Unreachable)
	}, wasm.Memory, "more than 8 MB"},
	{"fills", func(g *tiny) {
		g.onScrape(asm.I32Const(100), asm.MemoryGrow, asm.Drop,
			asm.Loop(asm.I32Const(0), asm.I32Const(1), asm.I32Const(6<<20), asm.MemoryFill, asm.Br(0)))
	}, wasm.Deadline, "stopped after"},
	{"tables", func(g *tiny) {
		g.Table(1)
		grow := asm.Cat([]byte{0xd0, byte(asm.FuncRef)}, asm.I32Const(1<<16), []byte{0xfc, 15, 0}, asm.Drop)
		g.onScrape(asm.Loop(grow, asm.Br(0)))
	}, wasm.Deadline, "stopped after"},
	{"start", func(g *tiny) { g.Start(g.Func(nil, nil, nil, asm.Loop(asm.Br(0)))) }, wasm.Deadline, "stopped after"},
	{"initialize", func(g *tiny) { g.Export("_initialize", g.Func(nil, nil, nil, asm.Loop(asm.Br(0)))) }, wasm.Deadline, "stopped after"},
	{"trap", func(g *tiny) { g.onScrape(asm.Unreachable) }, wasm.Trap, "unreachable"},
	{"division by zero", func(g *tiny) { g.onScrape(asm.I32Const(1), asm.I32Const(0), []byte{0x6d}, asm.Drop) }, wasm.Trap, "divide by zero"},

	{"request outside of memory", func(g *tiny) { g.alloc = asm.I32Const(2<<16 - 10) }, wasm.BadReply, "omakase_alloc"},
	{"request at -1", func(g *tiny) { g.alloc = asm.I32Const(-1) }, wasm.BadReply, "0xffffffff"},
	{"reply outside of memory", func(g *tiny) { g.answer = asm.Pair(asm.I32Const(2<<16-5), asm.I32Const(6)) }, wasm.BadReply, "outside of memory"},
	{"reply of -1 bytes", func(g *tiny) { g.answer = asm.Pair(asm.I32Const(0), asm.I32Const(-1)) }, wasm.BadReply, "4294967295 bytes"},
	{"reply of zeros", func(g *tiny) { g.answer = asm.Pair(asm.I32Const(64), asm.I32Const(100)) }, wasm.BadReply, "json"},
	{"empty reply", func(g *tiny) { g.answer = asm.I64Const(0) }, wasm.BadReply, "json"},
	{"neither ok nor error", func(g *tiny) { reply(g, `{"yes":1}`) }, wasm.BadReply, `"ok" or "error"`},
	{"half a reply", func(g *tiny) { reply(g, `{"ok":{}`) }, wasm.BadReply, "json"},
	{"deep reply", func(g *tiny) { reply(g, `{"ok":`+strings.Repeat("[", 5000)) }, wasm.BadReply, "json"},
	{"not text", func(g *tiny) { reply(g, "\xff\xfe\x00") }, wasm.BadReply, "json"},

	{"host calls", func(g *tiny) {
		g.onScrape(asm.Loop(asm.I32Const(3), asm.I32Const(0), asm.I32Const(0), asm.Call(g.call), asm.Drop, asm.Br(0)))
	}, wasm.Deadline, "stopped after"},
	{"request to the host outside of memory", func(g *tiny) { g.trapUnless(-2, 3, -1, 2) }, wasm.Trap, "divide by zero"},
	{"request to the host of -1 bytes", func(g *tiny) { g.trapUnless(-3, 3, 0, -1) }, wasm.Trap, "divide by zero"},
	{"unknown host function", func(g *tiny) { g.trapUnless(-1, 12345, 0, 0) }, wasm.Trap, "divide by zero"},
	{"host's reply outside of memory", func(g *tiny) {
		g.onScrape(asm.I32Const(3), asm.I32Const(0), asm.I32Const(0), asm.Call(g.call), asm.Drop, asm.I32Const(-1), asm.Call(g.read))
	}, wasm.BadReply, "host_read(0xffffffff)"},

	{"imports from elsewhere", nil, wasm.Refused, "it imports env.abort"},
	{"imports another signature", nil, wasm.Refused, "it imports omakase.host_read as (i64) -> ()"},
	{"imports the meter", nil, wasm.Refused, "reserved for metering"},
	{"sets the counter", func(g *tiny) { g.onScrape(asm.I32Const(1<<30), asm.GlobalSet(0)) }, wasm.Refused, "global 0 is not defined"},
	{"without omakase_call", func(g *tiny) { g.skip = "omakase_call" }, wasm.Refused, "it doesn't export omakase_call (i32 i32) -> (i64)"},
	{"another ABI", func(g *tiny) { g.abi = asm.I32Const(2 << 16) }, wasm.Refused, "ABI 2.0 and this host 1.0"},
	{"invalid", func(g *tiny) { g.onScrape(asm.Drop) }, wasm.Refused, "the module is invalid"},
	{"memory in the end", func(g *tiny) {
		g.Func(nil, nil, nil)
		g.abi = asm.Cat(asm.MemorySize, asm.I32Const(200), asm.MemoryGrow, asm.Drop, asm.Drop, g.abi)
	}, "", ""},
}

// reply makes a guest answer with a text.
func reply(g *tiny, text string) {
	g.Data(8<<10, []byte(text))
	g.answer = asm.Pair(asm.I32Const(8<<10), asm.I32Const(int32(len(text))))
}

// trapUnless makes a guest divide by zero when a host call answers code, and
// crash in another way when it doesn't.
func (g *tiny) trapUnless(code, fn, ptr, size int32) {
	g.onScrape(asm.I32Const(fn), asm.I32Const(ptr), asm.I32Const(size), asm.Call(g.call), asm.I32Const(code), []byte{0x46}, // i32.eq
		asm.If(asm.I32Const(1), asm.I32Const(0), []byte{0x6d}, asm.Drop),
		asm.Unreachable)
}

// imported builds a guest whose imports are of its own choice.
func imported(module, name string, params asm.Types) *tiny {
	g := newTiny(`{"ok":{}}`)
	g.Import(module, name, params, nil)
	return g
}

func TestHostileGuests(t *testing.T) {
	t.Parallel()
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newTiny(`{"ok":{"score":7}}`)
			switch tt.name {
			case "imports from elsewhere":
				g = imported("env", "abort", asm.Types{asm.I32})
			case "imports another signature":
				g = imported("omakase", "host_read", asm.Types{asm.I64})
			case "imports the meter":
				g = imported("omakase_meter", "check", asm.Types{asm.I32})
			default:
				tt.guest(g)
			}
			h := newHost(t, map[string][]byte{
				"bad.wasm":  g.wasm(t, "scraper.bad"),
				"good.wasm": newTiny(`{"ok":{"score":7}}`).wasm(t, "scraper.good"),
			}, wasm.Options{Settings: map[string]wasm.Settings{"scraper.bad": {Limits: wasm.Limits{Deadline: deadline, MemoryMB: 8}}}})
			checkFault(t, detect(t, h, "scraper.bad"), tt.reason, tt.text)
			// The second call is without loading; it meets a fresh instance, or
			// the same refusal.
			begun := time.Now()
			checkFault(t, detect(t, h, "scraper.bad"), tt.reason, tt.text)
			if took := time.Since(begun); took > deadline+3*time.Second {
				t.Errorf("it took %v", took)
			}
			if err := detect(t, h, "scraper.good"); err != nil {
				t.Errorf("another plugin: %v", err)
			}
		})
	}
}

// TestRecursion has the time to meet the engine's limit of the stack.
func TestRecursion(t *testing.T) {
	t.Parallel()
	g := newTiny(`{"ok":{}}`)
	const self = 2 // the first function after the imports
	g.Func(nil, nil, nil, asm.Call(self))
	h := newHost(t, map[string][]byte{"bad.wasm": g.onScrape(asm.Call(self)).wasm(t, "scraper.bad")}, wasm.Options{})
	checkFault(t, detect(t, h, "scraper.bad"), wasm.Trap, "stack overflow")
}

func detect(t testing.TB, h *wasm.Host, id string) error {
	t.Helper()
	s, err := h.Scraper(id)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Detect(t.Context(), scrape.Probe{URL: "https://shop.example/"})
	return err
}

func checkFault(t testing.TB, err error, reason wasm.Reason, text string) {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var f *wasm.Fault
	var e *errs.Error
	if !errors.As(err, &f) || !errors.As(err, &e) {
		t.Fatalf("error is %v, want a fault", err)
	}
	if f.Reason != reason || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %v; want %s: %s", f.Reason, err, reason, text)
	}
	if !strings.HasPrefix(err.Error(), "plugin scraper.") || !strings.Contains(err.Error(), "detect") {
		t.Errorf("%q doesn't name plugin and operation", err)
	}
}
