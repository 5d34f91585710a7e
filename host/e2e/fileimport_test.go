package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// catalogFile is a file of n entries, of which every thousandth can't be taken.
type catalogFile struct {
	kind    string // "csv" or "json"
	n       int
	refused int
}

func (f *catalogFile) write() []byte {
	var b bytes.Buffer
	if f.kind == "csv" {
		b.WriteString("name,description,price\n")
	} else {
		b.WriteString(`{"products":[`)
	}
	f.refused = 0
	for i := range f.n {
		price := strconv.Itoa(100 + i)
		if i%1000 == 999 {
			price = "-1"
			f.refused++
		}
		if f.kind == "csv" {
			fmt.Fprintf(&b, "row %d,ひとつずつ手作りの品です。,%s\n", i, price)
			continue
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"name":"row %d","description":"ひとつずつ手作りの品です。","price":%s}`, i, price)
	}
	if f.kind == "json" {
		b.WriteString("]}")
	}
	return b.Bytes()
}

// send uploads the file. The host may die meanwhile.
func (f *catalogFile) send(base string, replace bool) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("clearExisting", strconv.FormatBool(replace)); err != nil {
		return err
	}
	part, err := form.CreateFormFile("file", "catalogue."+f.kind)
	if err != nil {
		return err
	}
	if _, err := part.Write(f.write()); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/api/knowledge/import/"+f.kind, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if text, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%d %s %w", res.StatusCode, text, err)
	}
	return nil
}

// progress is what dashboards follow.
type progress struct {
	ID, Status                                            string
	TotalItems, ProcessedItems, SuccessItems, FailedItems int
	Errors                                                []string
}

// imports are the imports that the host knows, newest first.
func (s *server) imports() []progress {
	s.t.Helper()
	var got struct{ History []progress }
	s.call("GET", "/api/knowledge/import/history", nil, &got)
	return got.History
}

// ended polls as a dashboard does until an import has ended.
func (s *server) ended(id string) progress {
	s.t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		var got struct{ Progress progress }
		s.call("GET", "/api/knowledge/import/progress/"+id, nil, &got)
		if got.Progress.Status == "completed" || got.Progress.Status == "failed" {
			return got.Progress
		}
		if time.Since(began) > 3*time.Minute {
			s.t.Fatalf("the import is still %+v\n%s", got.Progress, tail(s.log.String()))
		}
	}
}

// check holds that a catalogue is the file's, beside one product from before
// unless that was replaced.
func (f *catalogFile) check(t *testing.T, s *server, p progress, replace bool) {
	t.Helper()
	if p.Status != "completed" || p.TotalItems != f.n || p.ProcessedItems != f.n || p.FailedItems != f.refused || p.SuccessItems != f.n-f.refused || len(p.Errors) != f.refused {
		t.Errorf("%s, replacing %v: it ended as %+v", f.kind, replace, p)
	}
	seen := map[string]int{}
	for _, p := range s.products("") {
		seen[p.Name]++
	}
	if kept := seen["before"] == 1; kept == replace {
		t.Errorf("%s, replacing %v: what was there before is there: %v", f.kind, replace, kept)
	}
	delete(seen, "before")
	missing, twice := 0, 0
	for i := range f.n {
		switch n := seen[fmt.Sprint("row ", i)]; {
		case i%1000 == 999:
		case n == 0:
			missing++
		case n > 1:
			twice++
		}
	}
	if missing > 0 || twice > 0 || len(seen) != f.n-f.refused {
		t.Errorf("%s, replacing %v: %d rows are missing, %d are there more than once, %d names for %d", f.kind, replace, missing, twice, len(seen), f.n-f.refused)
	}
}

// A host that dies while it reads a file goes on after a restart: the file is
// there whole and each row once, the rows that were refused are named, and the
// progress comes to its end.
func TestKillDuringFileImport(t *testing.T) {
	t.Parallel()
	n, kills := 3000, 2
	if v, err := strconv.Atoi(os.Getenv("OMAKASE_TORTURE")); err == nil {
		n, kills = 30_000, 3*v
	}
	engines(t, func(t *testing.T, env []string) {
		for _, kind := range []string{"csv", "json"} {
			for _, replace := range []bool{false, true} {
				if len(env) > 0 {
					env = []string{"DATABASE_URL=" + postgres(t)}
				}
				dir := t.TempDir()
				s := serve(t, dir, env...)
				s.call("POST", "/api/products", map[string]any{"name": "before"}, nil)
				f := &catalogFile{kind: kind, n: n}
				sends := 0
				for range kills {
					sent := make(chan error, 1)
					if known := s.imports(); len(known) == 0 {
						sends++
						go func(base string) { sent <- f.send(base, replace) }(s.base)
					}
					time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
					s.kill()
					s = serve(t, dir, env...)
				}
				if len(s.imports()) == 0 { // it never came to be, and so left nothing
					if got := s.products(""); len(got) != 1 {
						t.Errorf("%s: %d products of an import that is not known", kind, len(got))
					}
					if err := f.send(s.base, replace); err != nil {
						t.Fatal(err)
					}
				}
				f.write() // counts what is refused
				f.check(t, s, s.ended(s.imports()[0].ID), replace)
				t.Logf("%s, replacing %v: %d kills, sent %d times", kind, replace, kills, sends)
				s.stop()
			}
		}
	})
}

// A host that is told to stop finishes the orders that it has begun and puts an
// import down where the next host takes it up. One that is told twice may end at
// once: what it has written holds all the same.
func TestStopDuringWork(t *testing.T) {
	t.Parallel()
	for name, signals := range map[string]int{"once": 1, "twice": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engines(t, func(t *testing.T, env []string) { stopDuringWork(t, env, signals) })
		})
	}
}

func stopDuringWork(t *testing.T, env []string, signals int) {
	t.Helper()
	dir := t.TempDir()
	s := serve(t, dir, env...)
	var made struct{ Product struct{ ID string } }
	s.call("POST", "/api/products", map[string]any{"name": "before", "price": 100, "stockQuantity": 1000}, &made)
	f := &catalogFile{kind: "csv", n: 5000}
	if err := f.send(s.base, false); err != nil {
		t.Fatal(err)
	}
	acknowledged := make(chan int, 8)
	stop := make(chan struct{})
	var begun atomic.Int64
	for range 8 {
		go func() { acknowledged <- buy(s.base, made.Product.ID, &begun, stop) }()
	}
	for began := time.Now(); begun.Load() < 20 && time.Since(began) < time.Minute; {
		time.Sleep(time.Millisecond)
	}
	for range signals {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
	}
	began := time.Now()
	_ = s.cmd.Wait()
	took := time.Since(began)
	close(stop)
	placed := 0
	for range 8 {
		placed += <-acknowledged
	}
	killed := signals > 1 && s.cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled() // by the second
	if code := s.cmd.ProcessState.ExitCode(); !killed && code != 0 && code != 130 {
		t.Errorf("it ended with %d\n%s", code, tail(s.log.String()))
	}
	s = serve(t, dir, env...)
	f.write()
	f.check(t, s, s.ended(s.imports()[0].ID), false)
	var left struct{ Quantity int }
	s.call("GET", "/api/products/"+made.Product.ID+"/stock", nil, &left)
	untold := 1000 - left.Quantity - placed // orders that a killed host could not acknowledge any more
	if placed < 20 || untold < 0 || untold > 8 || !killed && untold > 0 {
		t.Errorf("%d orders were acknowledged, %d pieces are gone", placed, 1000-left.Quantity)
	}
	t.Logf("stopped in %v after %d orders", took, placed)
}

// buy places orders of one piece until the host takes no more, and counts those
// that were acknowledged.
func buy(base, product string, begun *atomic.Int64, stop <-chan struct{}) (placed int) {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}
	ask := func(path string, in, out any) bool {
		text, err := json.Marshal(in)
		if err != nil {
			return false
		}
		res, err := client.Post(base+path, "application/json", bytes.NewReader(text))
		if err != nil {
			return false
		}
		defer func() { _ = res.Body.Close() }()
		return json.NewDecoder(res.Body).Decode(out) == nil && res.StatusCode < 300
	}
	for {
		select {
		case <-stop:
			return placed
		default:
		}
		var cart struct{ Cart struct{ ID string } }
		if !ask("/api/carts", struct{}{}, &cart) ||
			!ask("/api/carts/"+cart.Cart.ID+"/items", map[string]any{"productId": product}, &struct{}{}) ||
			!ask("/api/orders", map[string]any{"cartId": cart.Cart.ID}, &struct{}{}) {
			return placed
		}
		placed++
		begun.Add(1)
	}
}
