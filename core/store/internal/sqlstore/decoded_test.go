package sqlstore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/catalog"
)

// What is remembered of a product is what its bytes say, and only of as many
// products as there is room for.
func TestDecodedProducts(t *testing.T) {
	t.Parallel()
	var d decoded
	read := func(p *catalog.Product) catalog.Product {
		t.Helper()
		got := catalog.Product{ID: p.ID, Seq: p.Seq}
		if err := d.product(catalog.Encode(p), encodeRecord(p), &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	cup := catalog.Product{ID: "cup", Seq: 1<<numberBits + 1, Name: "Cup", Price: catalog.Money{Amount: 5, Currency: "JPY"}}
	if first, again := read(&cup), read(&cup); first.Name != "Cup" || again.Name != "Cup" || again.Price != cup.Price || again.Seq != cup.Seq {
		t.Errorf("read as %+v and %+v", first, again)
	}
	if !d.knows(1, "cup") || d.knows(2, "cup") {
		t.Error("a product is known in its workspace, and nowhere else")
	}
	cup.Price.Amount = 6
	if got := read(&cup); got.Price.Amount != 6 {
		t.Errorf("after a change by somebody else it costs %d, want 6", got.Price.Amount)
	}
	long := strings.Repeat("x", maxDecoded/64)
	for i := range 200 {
		read(&catalog.Product{ID: fmt.Sprint(i), Seq: 1<<numberBits + 2 + int64(i), Name: "Pot", Description: long})
	}
	if held := len(d.products); d.size > maxDecoded || held < 32 || held > 64 {
		t.Errorf("%d products of %d bytes are held", held, d.size)
	}
}
