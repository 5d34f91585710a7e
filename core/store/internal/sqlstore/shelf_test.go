package sqlstore

import (
	"fmt"
	"testing"

	"github.com/omakase-ai/omakase/core/catalog"
)

// A shelf holds as many products as there is room for, each in its last form.
func TestShelf(t *testing.T) {
	t.Parallel()
	var s shelf
	put := func(id string, size int) {
		s.put(productKey{1, id}, shelved{&row{Product: catalog.Product{ID: id}}, size})
	}
	put("cup", 100)
	put("cup", 300)
	if s.size != 300 || len(s.rows) != 1 {
		t.Fatalf("%d products of %d bytes are held, want the second form of one", len(s.rows), s.size)
	}
	for i := range 200 {
		put(fmt.Sprint(i), maxShelf/64)
	}
	if held := len(s.rows); s.size > maxShelf || held < 32 || held > 65 {
		t.Errorf("%d products of %d bytes are held", held, s.size)
	}
	s.clear()
	if len(s.rows) != 0 || s.size != 0 {
		t.Errorf("%d products of %d bytes are left", len(s.rows), s.size)
	}
}
