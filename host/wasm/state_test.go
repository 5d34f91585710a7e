package wasm_test

import (
	"testing"

	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// scoreFor asks on behalf of a workspace.
func scoreFor(t testing.TB, h *wasm.Host, id, workspace string) int {
	t.Helper()
	s, err := h.Open(id, capability.SessionOptions{Workspace: workspace})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var reply wire.DetectReply
	if err := s.Call(t.Context(), wire.OpDetect, wasm.Plain(&wire.DetectRequest{URL: "https://shop.example/"}), &reply); err != nil {
		t.Fatal(err)
	}
	return reply.Score
}

// remembering are guests that answer with how often they were called, by what
// they keep it in.
func remembering(t testing.TB) map[string][]byte {
	t.Helper()
	const text = `{"ok":{"score":0}}`
	digit := int32(replyAt + len(text) - 3)
	load, store := []byte{0x2d, 0, 0}, []byte{0x3a, 0, 0} // i32.load8_u, i32.store8
	guest := func(code func(g *tiny) []byte) []byte {
		g := newTiny(text)
		return g.onScrape(code(g)).wasm(t, "scraper.a")
	}
	return map[string][]byte{
		"a global": counting(t, "scraper.a"),
		"memory": guest(func(*tiny) []byte {
			return asm.Cat(asm.I32Const(digit), asm.I32Const(digit), load, asm.I32Const(1), asm.I32Add, store)
		}),
		"the size of its memory": guest(func(*tiny) []byte {
			return asm.Cat(asm.I32Const(1), asm.MemoryGrow, asm.Drop,
				asm.I32Const(digit), asm.MemorySize, asm.I32Const('0'-2), asm.I32Add, store)
		}),
		"memory that it grew": guest(func(*tiny) []byte {
			at := asm.I32Const(3 << 16) // on the second of the pages that are added
			return asm.Cat(asm.I32Const(2), asm.MemoryGrow, asm.Drop,
				at, at, load, asm.I32Const(1), asm.I32Add, store,
				asm.I32Const(digit), at, load, asm.I32Const('0'), asm.I32Add, store)
		}),
		"a table, which can't be restored": guest(func(g *tiny) []byte {
			g.Table(1)
			grow := asm.Cat([]byte{0xd0, byte(asm.FuncRef)}, asm.I32Const(1), []byte{0xfc, 15, 0}) // ref.null, table.grow
			return asm.Cat(asm.I32Const(digit), grow, asm.I32Const('0'), asm.I32Add, store)
		}),
	}
}

// TestIsolation holds that what a call leaves in its guest is seen by no call
// for another workspace, and by none for the same where config says so.
func TestIsolation(t *testing.T) {
	t.Parallel()
	calls := []string{"a", "a", "b", "b", "b", "a", "", "", "a"}
	for name, module := range remembering(t) {
		for isolation, want := range map[wasm.Isolation][]int{
			"":               {0, 1, 0, 1, 2, 0, 0, 0, 0},
			wasm.ByWorkspace: {0, 1, 0, 1, 2, 0, 0, 0, 0},
			wasm.ByCall:      {0, 0, 0, 0, 0, 0, 0, 0, 0},
		} {
			t.Run(name+" "+string(isolation), func(t *testing.T) {
				t.Parallel()
				h := newHost(t, map[string][]byte{"a.wasm": module}, wasm.Options{
					Settings: map[string]wasm.Settings{"scraper.a": {Isolation: isolation}},
				})
				fresh := scoreFor(t, h, "scraper.a", "first")
				for n, workspace := range calls {
					if got := scoreFor(t, h, "scraper.a", workspace) - fresh; got != want[n] {
						t.Errorf("call %d, for %q, finds what %d before it left, want %d", n, workspace, got, want[n])
					}
				}
				if info, err := h.Plugin("scraper.a"); err != nil || info.Instances != 1 {
					t.Errorf("%d instances, want 1 (%v)", info.Instances, err)
				}
			})
		}
	}
}

// TestIsolationOfGo holds that a runtime with a heap, a collector and
// goroutines goes on from where it was before it had served anybody, as often
// as need be.
func TestIsolationOfGo(t *testing.T) {
	t.Parallel()
	h := newHost(t, map[string][]byte{"guest.wasm": goGuest(t)}, wasm.Options{
		Settings: map[string]wasm.Settings{"scraper.guest": {Isolation: wasm.ByCall}},
	})
	g, err := h.Scraper("scraper.guest")
	if err != nil {
		t.Fatal(err)
	}
	detect := func(what string) int {
		score, _, err := g.Detect(t.Context(), scrape.Probe{Workspace: "w", URL: "https://shop.example/" + what})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return score
	}
	for range 100 {
		if n := detect("keep"); n != 1 {
			t.Fatalf("it keeps what %d calls left", n)
		}
		detect("leave") // which crashes if it ever goes on
		detect("leave busy")
		detect("nap")
	}
	info, err := h.Plugin("scraper.guest")
	if err != nil || info.Instances != 1 {
		t.Errorf("%d instances, want 1 (%v)", info.Instances, err)
	}
}
