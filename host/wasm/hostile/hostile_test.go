package hostile_test

import (
	"testing"

	"github.com/omakase-ai/omakase/host/wasm/hostile"
)

// TestTable holds what those who run the guests rely on.
func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, g := range append(hostile.Guests(), hostile.Tricks()...) {
		if seen[g.Name] {
			t.Errorf("there are two of the name %q", g.Name)
		}
		seen[g.Name] = true
		if g.What == "" || g.Reason == "" || g.Text == "" {
			t.Errorf("%s doesn't say what it does and how it must end", g.Name)
		}
	}
	if len(seen) < 100 {
		t.Errorf("%d guests", len(seen))
	}
}
