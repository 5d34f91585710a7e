package sqlite_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/core/store/storetest"
)

func open(t testing.TB, now func() time.Time) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "omakase.db"), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, now func() time.Time) store.Store { return open(t, now) })
}

func TestOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new folder", "a%20b?#.db")
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	p := &catalog.Product{Name: "cup"}
	if err := s.CreateProducts(t.Context(), "w", []*catalog.Product{p}); err != nil {
		t.Fatal(err)
	}
	_, err = sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if !errs.Is(err, errs.Conflict) || errs.HintOf(err) == "" {
		t.Fatalf("error of a second open is %v (hint %q), want Conflict with a hint", err, errs.HintOf(err))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	got, err := s.Product(t.Context(), "w", p.ID)
	if err != nil || got.Name != "cup" {
		t.Fatalf("after opening again the product is %+v, %v", got, err)
	}
	if err := s.CreateProducts(t.Context(), "w", []*catalog.Product{{Name: "pot"}}); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	newer := filepath.Join(t.TempDir(), "newer.db")
	db, err := sql.Open("sqlite", newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA user_version = 9999"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, path, words string
		kind              errs.Kind
	}{
		{"newer database", newer, "9999", errs.Conflict},
		{"folder that is a file", filepath.Join(newer, "x.db"), "newer.db", errs.Internal},
		{"file that is a folder", filepath.Dir(newer), "", errs.Unavailable},
	} {
		s, err := sqlite.Open(t.Context(), sqlite.Options{Path: tc.path})
		if err == nil {
			_ = s.Close()
		}
		if !errs.Is(err, tc.kind) || !strings.Contains(err.Error(), tc.words) {
			t.Errorf("%s: error is %v (%s), want %s", tc.name, err, errs.KindOf(err), tc.kind)
		}
	}
}

// What another program writes into the file counts with the next order, also
// for what was sold just before.
func TestOrderSeesAnotherProgram(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "x.db")
	st, err := sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	pieces := int64(5)
	p := &catalog.Product{Name: "cup", Price: catalog.Money{Amount: 5, Currency: "JPY"}, Active: true, StockQuantity: &pieces}
	if err := st.CreateProducts(ctx, "w", []*catalog.Product{p}); err != nil {
		t.Fatal(err)
	}
	s := shop.New(shop.Options{Store: st, Products: st, Rules: shop.Rules{MaxLines: 5, MaxQuantity: 5}})
	order := func() error {
		t.Helper()
		c, err := s.NewCart(ctx, "w")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Add(ctx, shop.Handle{Workspace: "w", ID: c.ID}, "", shop.Item{ProductID: p.ID, Quantity: 1}); err != nil {
			t.Fatal(err)
		}
		_, _, err = s.Place(ctx, "w", shop.NewOrder{CartID: c.ID})
		return err
	}
	for range 2 {
		if err := order(); err != nil {
			t.Fatal(err)
		}
	}
	other, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if _, err := other.ExecContext(ctx, `UPDATE products SET stock = 0, data = replace(CAST(data AS TEXT), '"q":3', '"q":0')`); err != nil {
		t.Fatal(err)
	}
	var refusal *shop.Refusal
	if err := order(); !errors.As(err, &refusal) || refusal.Reason != shop.ShortStock {
		t.Fatalf("error is %v, want the reason %s", err, shop.ShortStock)
	}
}

// What was ordered together before it was noted by number still is.
func TestUpgradeOrdered(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "x.db")
	st, err := sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	ps := []*catalog.Product{{Name: "cup"}, {Name: "pot"}, {Name: "gone"}}
	if err := st.CreateProducts(ctx, "w", ps); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	old, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = old.Close() }()
	for _, query := range []string{
		`DROP TABLE ordered`,
		`CREATE TABLE order_products (ord INTEGER NOT NULL, product TEXT NOT NULL, workspace INTEGER NOT NULL,
			PRIMARY KEY (ord, product)) WITHOUT ROWID`,
		`INSERT INTO order_products SELECT 1, id, workspace FROM products`,
		`DELETE FROM products WHERE id = '` + ps[2].ID + `'`,
		`DELETE FROM goose_db_version WHERE version_id = 50`,
		`PRAGMA user_version = 8`,
	} {
		if _, err := old.ExecContext(ctx, query); err != nil {
			t.Fatal(query, err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if st, err = sqlite.Open(ctx, sqlite.Options{Path: path}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	got, err := st.BoughtTogether(ctx, "w", ps[0].ID, 5)
	if err != nil || !slices.Equal(got, []string{ps[1].ID}) {
		t.Errorf("with the cup went %v, want the pot: %v", got, err)
	}
}
