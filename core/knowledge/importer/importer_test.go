package importer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/knowledge/importer"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/sqlite"
)

// fixture is a service on a store of its own.
type fixture struct {
	*importer.Service
	t     *testing.T
	store store.Store
	stop  func() // ends Run and waits for it
}

func start(t *testing.T, st store.Store, o importer.Options) *fixture {
	t.Helper()
	if st == nil {
		opened, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "omakase.db")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = opened.Close() }) // the last of all
		st = opened
	}
	o.Store, o.Currency, o.Alone = st, "JPY", true
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	f := &fixture{t: t, store: st, Service: importer.New(o), stop: func() { cancel(); <-ended }}
	go func() {
		defer close(ended)
		f.Run(ctx)
	}()
	t.Cleanup(f.stop)
	return f
}

func (f *fixture) file(u importer.Upload) store.CatalogImport {
	f.t.Helper()
	im, err := f.File(f.t.Context(), "w", u)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.end(im.ID)
}

// end waits for an import to end.
func (f *fixture) end(id string) store.CatalogImport {
	f.t.Helper()
	for range 500 {
		f.Wait(f.t.Context(), id)
		im, err := f.Import(f.t.Context(), "w", id)
		if err != nil {
			f.t.Fatal(err)
		}
		if im.State.Final() {
			return im
		}
		time.Sleep(10 * time.Millisecond)
	}
	f.t.Fatalf("import %s does not end", id)
	return store.CatalogImport{}
}

func (f *fixture) names() []string {
	f.t.Helper()
	page, err := f.store.ListProducts(f.t.Context(), "w", store.ListQuery{})
	if err != nil {
		f.t.Fatal(err)
	}
	names := []string{}
	for _, doc := range page.Docs {
		_, rest, _ := strings.Cut(string(doc), `"name":"`)
		name, _, _ := strings.Cut(rest, `"`)
		names = append(names, name)
	}
	return names
}

// said is how an import ended, in one line.
func said(im store.CatalogImport) string {
	return fmt.Sprintf("%s %d/%d +%d -%d %q", im.State, im.Done, im.Total, im.Stored, im.Refused, im.Errors)
}

func TestFiles(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		upload importer.Upload
		said   string
		names  []string
	}{
		"CSV": {
			importer.Upload{Kind: store.ImportCSV, Data: strings.NewReader("商品名,価格\n湯呑,1980\n,5\n急須,-1\n\"二\n行\",3\n")},
			`completed 4/4 +2 -2 ["line 3: it has no name" "line 4: price \"-1\" is negative"]`,
			[]string{"old", "湯呑", `二\n行`},
		},
		"CSV that replaces": {
			importer.Upload{Kind: store.ImportCSV, Replace: true, Data: strings.NewReader("name\nnew\n,x\n")},
			`completed 2/2 +1 -1 ["line 3: it has no name"]`,
			[]string{"new"},
		},
		"CSV without a row":         {importer.Upload{Kind: store.ImportCSV, Data: strings.NewReader("name\n")}, `completed 0/0 +0 -0 []`, []string{"old"}},
		"CSV without a name column": {importer.Upload{Kind: store.ImportCSV, Data: strings.NewReader("price\n1\n")}, `failed 0/0 +0 -0 ["no column is the product's name (head one of the columns with: name, 商品名, title, product_name, 名前)"]`, []string{"old"}},
		"CSV of which nothing is left": {
			importer.Upload{Kind: store.ImportCSV, Replace: true, Data: strings.NewReader("name,price\na,-1\n,2\n")},
			`failed 2/0 +0 -2 ["no entry of the file could be imported, so the products were left as they are" "line 2: price \"-1\" is negative" "line 3: it has no name"]`,
			[]string{"old"},
		},
		"JSON": {
			importer.Upload{Kind: store.ImportJSON, Data: strings.NewReader(`{"products":[{"name":"Tea"},{"price":1}],"faqs":[{"question":"q","answer":"a"}],"storeInfo":{"name":"shop"}}`)},
			`completed 4/4 +3 -1 ["products[1]: it has no name"]`,
			[]string{"old", "Tea"},
		},
		"JSON that breaks off": {
			importer.Upload{Kind: store.ImportJSON, Replace: true, Data: strings.NewReader(`{"products":[{"name":"Tea"}`)},
			`failed 0/0 +0 -0 ["the document ends too early"]`,
			[]string{"old"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, nil, importer.Options{})
			if err := f.store.CreateProducts(t.Context(), "w", []*catalog.Product{{Name: "old"}}); err != nil {
				t.Fatal(err)
			}
			im := f.file(tc.upload)
			if got := said(im); got != tc.said {
				t.Errorf("it says %s, want %s", got, tc.said)
			}
			if diff := cmp.Diff(tc.names, f.names()); diff != "" {
				t.Error(diff)
			}
			if part, err := f.store.ImportPayload(t.Context(), im.ID, 0); err != nil || part != nil {
				t.Errorf("the file is still there: %v", err)
			}
		})
	}
}

// big is a file of n rows, each a batch of one in five hundred.
func big(n int) io.Reader {
	var b strings.Builder
	b.WriteString("name,price\n")
	for i := range n {
		fmt.Fprintf(&b, "product %d,%d\n", i, i)
	}
	return strings.NewReader(b.String())
}

// An import whose host died goes on at the entry where it was.
func TestGoesOnAfterADeath(t *testing.T) {
	t.Parallel()
	f := start(t, nil, importer.Options{})
	f.stop()
	ctx := t.Context()
	im := store.CatalogImport{Workspace: "w", Kind: store.ImportCSV, Name: "x"}
	lost := store.CatalogImport{Workspace: "w", Kind: store.ImportShopify, Name: "shop.example"}
	for _, c := range []struct {
		im      *store.CatalogImport
		payload io.Reader
	}{{&im, big(1200)}, {&lost, nil}} {
		if err := f.store.CreateImport(ctx, c.im, c.payload, time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := f.store.ClaimImport(ctx, c.im.ID, 0, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	first := true
	_, err := f.store.ApplyImport(ctx, im.ID, 1, false, func() (*store.ImportBatch, error) {
		if !first {
			return nil, nil
		}
		first = false
		return &store.ImportBatch{Products: []*catalog.Product{{Name: "product 0"}}, Done: 1, Stored: 1}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f = start(t, f.store, importer.Options{})
	if got := said(f.end(im.ID)); got != "completed 1200/1200 +1200 -0 []" {
		t.Error(got)
	}
	names := f.names()
	for i, name := range names {
		if name != fmt.Sprintf("product %d", i) {
			t.Fatalf("product %d is %s", i, name)
		}
	}
	if len(names) != 1200 {
		t.Errorf("%d products", len(names))
	}
	if got := f.end(lost.ID); got.State != store.ImportFailed || len(got.Errors) != 1 || !strings.Contains(got.Errors[0], "start it again") {
		t.Errorf("an import that nobody can go on with: %s", said(got))
	}
}

// held is a store whose imports end their second batch only with their host.
type held struct {
	store.Store
	mu      sync.Mutex
	batches int
	second  chan struct{} // closed by it
}

func (h *held) ApplyImport(ctx context.Context, id string, epoch int64, replace bool, next func() (*store.ImportBatch, error)) (store.CatalogImport, error) {
	h.mu.Lock()
	h.batches++
	n := h.batches
	h.mu.Unlock()
	if n == 2 {
		close(h.second)
		<-ctx.Done()
	}
	return h.Store.ApplyImport(ctx, id, epoch, replace, next)
}

// What stops with its host is free for the next at once.
func TestStopsAndGoesOn(t *testing.T) {
	t.Parallel()
	st, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "omakase.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() }) // the last of all
	h := &held{Store: st, second: make(chan struct{})}
	f := start(t, h, importer.Options{})
	im, err := f.File(t.Context(), "w", importer.Upload{Kind: store.ImportCSV, Data: big(5_000)})
	if err != nil {
		t.Fatal(err)
	}
	<-h.second
	f.stop()
	stopped, err := f.store.Import(t.Context(), "w", im.ID)
	if err != nil || stopped.State != store.ImportProcessing || stopped.LeaseUntil != nil || stopped.Done != 500 {
		t.Fatalf("it stopped as %s: %v", said(stopped), err)
	}
	if _, err := f.File(t.Context(), "w", importer.Upload{Kind: store.ImportCSV, Data: big(1)}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("a stopped service takes files: %v", err)
	}
	f = start(t, f.store, importer.Options{})
	if got := said(f.end(im.ID)); got != "completed 5000/5000 +5000 -0 []" {
		t.Error(got)
	}
	if n, err := f.store.CountProducts(t.Context(), "w"); err != nil || n != 5_000 {
		t.Errorf("%d products, %v", n, err)
	}
}

// An import that takes its host down with it comes to an end all the same.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	f := start(t, nil, importer.Options{})
	f.stop()
	im := store.CatalogImport{Workspace: "w", Kind: store.ImportCSV}
	if err := f.store.CreateImport(t.Context(), &im, big(1), 0); err != nil {
		t.Fatal(err)
	}
	for epoch := range int64(5) {
		if _, err := f.store.ClaimImport(t.Context(), im.ID, epoch, 0); err != nil {
			t.Fatal(err)
		}
	}
	f = start(t, f.store, importer.Options{})
	if got := f.end(im.ID); got.State != store.ImportFailed || !strings.Contains(said(got), "never came to an end") {
		t.Error(said(got))
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	f := start(t, nil, importer.Options{})
	page := func(names ...string) func(context.Context) (*importer.Page, error) {
		return func(context.Context) (*importer.Page, error) {
			p := &importer.Page{Context: knowledge.FromURL("https://tea.example"), Rejections: []store.Rejection{{Name: "x", Reason: "no"}}}
			for i, name := range names {
				product, err := catalog.NewProduct(&catalog.Draft{PlatformID: fmt.Sprint(i), Name: name}, "tea.example", "t")
				if err != nil {
					return nil, err
				}
				p.Products = append(p.Products, product)
			}
			return p, nil
		}
	}
	im, err := f.Page(t.Context(), "w", "tea.example", false, page("a", "b"))
	if got := said(im); err != nil || got != `completed 3/3 +2 -1 ["x: no"]` {
		t.Error(got, err)
	}
	if _, err = f.Page(t.Context(), "w", "tea.example", false, page("a2")); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"a2", "b"}, f.names()); diff != "" {
		t.Error(diff)
	}
	broken := errs.New(errs.Unavailable, "the page answers with status 503")
	im, err = f.Page(t.Context(), "w", "tea.example", true, func(context.Context) (*importer.Page, error) { return nil, broken })
	if !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
	if got := said(f.end(im.ID)); got != `failed 0/0 +0 -0 ["the page answers with status 503"]` {
		t.Error(got)
	}
	panics := func(context.Context) (*importer.Page, error) { panic("x") }
	im, err = f.Page(t.Context(), "w", "tea.example", true, panics)
	if got := f.end(im.ID); !errs.Is(err, errs.Internal) || got.State != store.ImportFailed || strings.Contains(said(got), "panic") {
		t.Error(said(got), err)
	}
	if diff := cmp.Diff([]string{"a2", "b"}, f.names()); diff != "" {
		t.Error(diff)
	}
}

// There is an end to how much waits.
func TestBusy(t *testing.T) {
	t.Parallel()
	f := start(t, nil, importer.Options{})
	hold := make(chan struct{})
	var last error
	for range 30 {
		go func() {
			_, _ = f.Page(t.Context(), "w", "x", false, func(context.Context) (*importer.Page, error) { <-hold; return &importer.Page{}, nil })
		}()
	}
	for range 100 {
		if _, last = f.File(t.Context(), "w", importer.Upload{Kind: store.ImportCSV, Data: strings.NewReader("price\n")}); last != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	close(hold)
	if !errs.Is(last, errs.Busy) {
		t.Errorf("error is %v", last)
	}
}
