package realtime

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A tape holds what was put on it, in order, whatever is taken off its front.
func TestTape(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var tp tape
		var want [][]byte
		same := func(tp *tape, want [][]byte) {
			t.Helper()
			i, size := 0, 0
			tp.each(0, func(p *piece, event []byte) {
				if i >= len(want) || !bytes.Equal(event, want[i]) || int(p.size) != len(event) {
					t.Fatalf("piece %d of %d differs", i, len(want))
				}
				i, size = i+1, size+len(event)
			})
			if i != len(want) || size != tp.size || len(tp.blocks)*len(block{}) < size {
				t.Fatalf("%d pieces of %d bytes in %d blocks, not %d", i, tp.size, len(tp.blocks), len(want))
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				n := rapid.OneOf(rapid.IntRange(0, 100), rapid.IntRange(1300, 1400), rapid.Just(len(block{})), rapid.IntRange(0, 3*len(block{}))).Draw(t, "size")
				event := bytes.Repeat([]byte{byte(len(want))}, n)
				tp.add(event, audio, time.Unix(0, int64(n)))
				want = append(want, event)
			},
			"drop": func(t *rapid.T) {
				n := rapid.IntRange(0, len(want)).Draw(t, "n")
				tp.drop(n)
				want = want[n:]
			},
			"cut": func(t *rapid.T) {
				n := rapid.IntRange(0, len(want)).Draw(t, "n")
				first := tp.cut(n)
				same(&first, want[:n])
				first.drop(n)
				if want = want[n:]; len(first.blocks) > 0 || first.size != 0 {
					t.Fatal("an empty tape keeps blocks")
				}
			},
			"": func(*rapid.T) { same(&tp, want) },
		})
	})
}
