package price_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/sdk/go/price"
)

// corpus is where the collected price strings lie, beside the repository.
const corpus = "../../../../shared/corpus/price"

type row struct {
	Input    string  `json:"input"`
	Near     *string `json:"currency_hint"`
	Amount   *string `json:"expected_amount"`
	Currency *string `json:"expected_currency"`
	Max      *string `json:"max_amount"`
	Tax      *string `json:"tax"`
	Group    string  `json:"group"`
	Fails    bool    `json:"xfail"`
}

func rows(t *testing.T, name string) []row {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(corpus, name))
	if os.IsNotExist(err) {
		t.Skip("the collection of price strings is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []row
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func sameAmount(got, want string) bool {
	if got == "" || want == "" {
		return got == want
	}
	return price.Compare(got, want) == 0
}

func TestWesternCorpus(t *testing.T) {
	t.Parallel()
	passed, failed := 0, 0
	for _, r := range rows(t, "price-parser.json") {
		got := price.Parse(r.Input, price.Hint{Near: deref(r.Near)})
		if sameAmount(got.Amount, deref(r.Amount)) && got.Symbol == deref(r.Currency) {
			passed++
			continue
		}
		failed++
		if !r.Fails && !strings.Contains(r.Group, "XFAIL") {
			t.Errorf("%s: %q near %q: got %q %q, want %q %q", r.Group, r.Input, deref(r.Near), got.Amount, got.Symbol, deref(r.Amount), deref(r.Currency))
		}
	}
	t.Logf("%d passed, %d failed", passed, failed)
}

func TestJapaneseCorpus(t *testing.T) {
	t.Parallel()
	taxes := map[price.Tax]string{price.TaxIncluded: "included", price.TaxExcluded: "excluded"}
	for _, r := range rows(t, "jp-price.json") {
		got := price.Parse(r.Input, price.Hint{Near: deref(r.Near)})
		if !sameAmount(got.Amount, deref(r.Amount)) || got.Currency != deref(r.Currency) || !sameAmount(got.Max, deref(r.Max)) {
			t.Errorf("%q: got %+v, want %q %q to %q", r.Input, got, deref(r.Amount), deref(r.Currency), deref(r.Max))
		}
		if r.Tax != nil && taxes[got.Tax] != *r.Tax {
			t.Errorf("%q: tax %q, want %q", r.Input, taxes[got.Tax], *r.Tax)
		}
	}
}
