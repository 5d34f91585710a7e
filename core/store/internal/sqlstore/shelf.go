package sqlstore

import "context"

// maxShelf bounds the bytes of the products on a shelf, as they are stored.
// What they were decoded to takes about as much.
const maxShelf = 4 << 20

// shelf keeps the products that were sold lately as they are stored. With one
// writer, all that is done within its transactions is waited for by all, and
// reading and decoding what they sell was a third of that.
//
// What lies there is what a transaction read or wrote, and it is put there once
// that is committed. Everything else that changes products empties the shelf:
// other writes of this package, which call bare, and other programs, which move
// the number that Dialect.Foreign asks for. It belongs to whoever holds the
// writing connection.
type shelf struct {
	rows    map[productKey]shelved
	size    int
	foreign int64
}

type productKey struct {
	workspace int64
	id        string
}

type shelved struct {
	*row // shared: changed by nobody
	size int
}

func (s *shelf) put(key productKey, r shelved) {
	if s.rows == nil {
		s.rows = map[productKey]shelved{}
	}
	s.size += r.size - s.rows[key].size
	s.rows[key] = r
	for key, old := range s.rows { // in no order: what is missed comes back
		if s.size <= maxShelf {
			return
		}
		delete(s.rows, key)
		s.size -= old.size
	}
}

func (s *shelf) clear() { s.rows, s.size = nil, 0 }

// onShelf is a product as it is at this point of the transaction; ok is false
// when it must be read.
func (t *Tx) onShelf(ctx context.Context, key productKey) (r shelved, ok bool, err error) {
	if t.s.d.Foreign == "" || t.isBare {
		return shelved{}, false, nil
	}
	if t.shelved == nil {
		var foreign int64
		if err := t.Row(ctx, t.s.d.Foreign).Scan(&foreign); err != nil {
			return shelved{}, false, t.s.wrap("asking for changes by other programs", err)
		}
		if foreign != t.s.shelf.foreign {
			t.s.shelf.clear()
			t.s.shelf.foreign = foreign
		}
		t.shelved = map[productKey]shelved{}
		t.AfterCommit(func() {
			for key, r := range t.shelved {
				t.s.shelf.put(key, r)
			}
		})
	}
	if r, ok = t.shelved[key]; ok {
		return r, true, nil
	}
	r, ok = t.s.shelf.rows[key]
	return r, ok, nil
}

// shelve notes how the transaction read or left a product that onShelf was
// asked for.
func (t *Tx) shelve(key productKey, r shelved) {
	if t.shelved != nil {
		t.shelved[key] = r
	}
}

// bare empties the shelf, and keeps it empty until the transaction ends. It
// comes before every change of products that is not told to the shelf. Where
// writers go side by side there is no shelf.
func (t *Tx) bare() {
	if t.s.d.Foreign == "" {
		return
	}
	t.isBare, t.shelved = true, nil
	t.s.shelf.clear()
}
