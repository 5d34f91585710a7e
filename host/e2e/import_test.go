package e2e_test

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"
)

// engines runs a test on both stores. A crash must not depend on the engine.
func engines(t *testing.T, f func(t *testing.T, env []string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, nil)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, []string{"DATABASE_URL=" + postgres(t)})
	})
}

// The main job: a shop's URL in, a searchable catalogue out.
func TestMainJob(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, env []string) {
		shop := newShop(t, 600)
		s := serve(t, t.TempDir(), env...)
		_, got := s.execute(shop.URL)
		want := counts{Extracted: 600, Imported: 600}
		if !got.Success || got.Counts != want {
			t.Fatalf("%+v", got)
		}
		if d := shop.compare(s.products("")); d != (difference{}) {
			t.Fatalf("%+v", d)
		}
		for word, hits := range map[string]int{"湯呑": 600, "茶": 0, "備": 600, "NO.1042 ": 1, "手作り": 600} {
			var found struct{ Count int }
			s.call("GET", "/api/products/search/"+url.PathEscape(word), nil, &found)
			if found.Count != hits {
				t.Errorf("%q: %d hits, want %d", word, found.Count, hits)
			}
		}
	})
}

func TestImportAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, env []string) {
		shop := newShop(t, 1000)
		s := serve(t, t.TempDir(), env...)
		s.execute(shop.URL)

		shop.mu.Lock()
		shop.requests, shop.notMod = 0, 0
		shop.mu.Unlock()
		if _, got := s.execute(shop.URL); got.Counts != (counts{Extracted: 1000, Unchanged: 1000}) {
			t.Errorf("nothing changed, but %+v", got.Counts)
		}
		if shop.notMod != 4 {
			t.Errorf("%d of 4 pages answered as not modified", shop.notMod)
		}

		changed := shop.reprice(10)
		if _, got := s.execute(shop.URL); got.Counts != (counts{Extracted: 1000, Updated: changed, Unchanged: 1000 - changed}) {
			t.Errorf("%d prices changed, but %+v", changed, got.Counts)
		}

		shop.remove(30)
		shop.add(7)
		if _, got := s.execute(shop.URL); got.Counts != (counts{Extracted: 977, Imported: 7, Unchanged: 970, Vanished: 30}) {
			t.Errorf("30 gone and 7 new, but %+v", got.Counts)
		}
		if d := shop.compare(s.products("")); d != (difference{}) {
			t.Errorf("%+v", d)
		}

		p := s.products("?limit=1000")[0]
		var history struct{ History []any }
		s.call("GET", "/api/products/"+p.ID+"/history", nil, &history)
		if len(history.History) == 0 {
			t.Error("no history of a product")
		}
	})
}

// A host that dies at any moment of an import goes on where it stopped, and
// the store ends up equal to the shop.
func TestKillDuringImport(t *testing.T) {
	t.Parallel()
	n, rounds := 1500, 2
	if v, err := strconv.Atoi(os.Getenv("OMAKASE_TORTURE")); err == nil {
		n, rounds = 10_000, v
	}
	engines(t, func(t *testing.T, env []string) {
		shop := newShop(t, n)
		shop.delay = 5 * time.Millisecond
		for round := range rounds {
			dir := t.TempDir()
			if len(env) > 0 {
				env = []string{"DATABASE_URL=" + postgres(t)}
			}
			s := serve(t, dir, env...)
			id := s.create(shop.URL, nil)
			s.call("POST", "/api/scraper/jobs/"+id+"/start", nil, nil)
			kills := 0
			for ; s.job(id).Status != "completed" && kills < 6; kills++ {
				time.Sleep(time.Duration(rand.IntN(900)) * time.Millisecond)
				s.kill()
				s = serve(t, dir, env...)
			}
			j := s.wait(id, 3*time.Minute)
			d := shop.compare(s.products(""))
			if j.Status != "completed" || d != (difference{}) || j.Result.Counts.Extracted != n {
				t.Errorf("round %d, %d kills: %s, %+v, %+v\n%s", round, kills, j.Status, j.Result, d, tail(s.log.String()))
			}
			t.Logf("round %d: %d kills, %+v", round, kills, d)
			s.stop()
		}
	})
}

func TestCancelStopsWithinASecond(t *testing.T) {
	t.Parallel()
	shop := newShop(t, 5000)
	shop.delay = 100 * time.Millisecond
	s := serve(t, t.TempDir())
	id := s.create(shop.URL, nil)
	s.call("POST", "/api/scraper/jobs/"+id+"/start", nil, nil)
	for s.job(id).Status != "running" {
		time.Sleep(10 * time.Millisecond)
	}
	if status := s.call("POST", "/api/scraper/jobs/"+id+"/cancel", nil, nil); status != http.StatusOK {
		t.Fatalf("cancel: %d", status)
	}
	time.Sleep(time.Second)
	shop.mu.Lock()
	before := shop.requests
	shop.mu.Unlock()
	time.Sleep(500 * time.Millisecond)
	shop.mu.Lock()
	after := shop.requests
	shop.mu.Unlock()
	if j := s.job(id); j.Status != "cancelled" || after != before {
		t.Errorf("%s, %d requests a second after the cancel", j.Status, after-before)
	}
	shop.mu.Lock()
	shop.delay = 0
	shop.mu.Unlock()
	s.call("POST", "/api/scraper/jobs/"+id+"/retry", nil, nil)
	if j := s.wait(id, time.Minute); j.Status != "completed" {
		t.Errorf("after a retry: %s %+v", j.Status, j.Result)
	}
	if d := shop.compare(s.products("")); d != (difference{}) {
		t.Errorf("%+v", d)
	}
}

func TestOneRunningJobPerShop(t *testing.T) {
	t.Parallel()
	shop := newShop(t, 2000)
	shop.delay = 100 * time.Millisecond
	s := serve(t, t.TempDir())
	first, second := s.create(shop.URL, nil), s.create(shop.URL, nil)
	s.call("POST", "/api/scraper/jobs/"+first+"/start", nil, nil)
	for s.job(first).Status != "running" {
		time.Sleep(10 * time.Millisecond)
	}
	var refused struct{ Error, Code string }
	if status := s.call("POST", "/api/scraper/jobs/"+second+"/start", nil, &refused); status != http.StatusConflict || refused.Code != "conflict" {
		t.Errorf("%d %+v", status, refused)
	}
	s.wait(first, time.Minute)
	if status := s.call("POST", "/api/scraper/jobs/"+second+"/start", nil, nil); status >= 300 {
		t.Errorf("after the first: %d", status)
	}
	s.wait(second, time.Minute)
	if d := shop.compare(s.products("")); d != (difference{}) {
		t.Errorf("%+v", d)
	}
}

func TestMaxProducts(t *testing.T) {
	t.Parallel()
	shop := newShop(t, 700)
	s := serve(t, t.TempDir())
	id := s.create(shop.URL, map[string]any{"maxProducts": 300})
	s.call("POST", "/api/scraper/jobs/"+id+"/execute", nil, nil)
	if j := s.job(id); j.Status != "completed" || j.Result.Counts.Extracted != 300 || len(s.products("")) != 300 {
		t.Errorf("%+v, %d products", j, len(s.products("")))
	}
}

func TestWorkspacesAreApart(t *testing.T) {
	t.Parallel()
	shop := newShop(t, 30)
	s := serve(t, t.TempDir())
	s.execute(shop.URL)
	req, _ := http.NewRequest("GET", s.base+"/api/products", nil)
	req.Header.Set("X-Workspace-Id", "other")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var body [64]byte
	n, _ := res.Body.Read(body[:])
	if got := string(body[:n]); got != `{"success":true,"count":0,"products":[]}` {
		t.Errorf("another workspace sees %s", got)
	}
}
