package product_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// TestDamagedPages reads every page of the corpus cut off, with one in a hundred
// of its bytes changed, and with a wrong charset: nothing may break, and where
// the right price is gone no other may come in its place. OMAKASE_DAMAGE=N does
// that at twenty places of each page instead of three, chosen by N, and bears
// one page in a thousand: chance may change two sources of a price alike.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it reads hundreds of pages")
	}
	rounds, borne := 3, 0
	seed, err := strconv.ParseUint(os.Getenv("OMAKASE_DAMAGE"), 10, 64)
	if err == nil {
		rounds, borne = 20, 1
	}
	t.Logf("chosen by %d", seed)
	random := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // the same damage each time
	pages, wrong, lost := 0, 0, 0
	for _, e := range entries(t) {
		if !strings.Contains(e.Kind, "html") {
			continue
		}
		whole := body(t, e.File)
		_, full, had := read(t, e.URL, whole)
		for round := range rounds {
			damaged := whole[:random.IntN(len(whole)+1)]
			switch round % 3 {
			case 1:
				damaged = change(random, whole)
			case 2:
				damaged = fetch.UTF8(whole, "text/html; charset=shift_jis")
			}
			_, got, ok := read(t, e.URL, damaged)
			pages++
			switch {
			case !ok:
				lost++
			case !had && got.Price != "", had && got.Price != "" && full.Price != "" && price.Compare(got.Price, full.Price) != 0:
				wrong++
				t.Logf("%s, round %d: %q costs %s %s, whole %s %s: %v", e.File, round, got.Name, got.Price, got.Currency, full.Price, full.Currency, got.Sources)
			}
		}
	}
	t.Logf("%d damaged pages: %d gave no product, %d another price", pages, lost, wrong)
	if wrong*1000 > pages*borne {
		t.Errorf("%d of %d damaged pages give another price than the whole ones", wrong, pages)
	}
}

// change changes one byte in a hundred.
func change(random *rand.Rand, page []byte) []byte {
	out := append([]byte(nil), page...)
	for range len(out) / 100 {
		out[random.IntN(len(out))] = byte(random.IntN(256))
	}
	return []byte(strings.ToValidUTF8(string(out), "\ufffd"))
}

func BenchmarkPage(b *testing.B) {
	for _, e := range entries(b) {
		if strings.Contains(e.File, "871a0c6c") { // 324 KB
			html := body(b, e.File)
			b.SetBytes(int64(len(html)))
			for b.Loop() {
				if _, _, ok := read(b, e.URL, html); !ok {
					b.Fatal("no product")
				}
			}
			return
		}
	}
}
