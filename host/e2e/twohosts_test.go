package e2e_test

import (
	"bufio"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// twoHosts are two hosts that work one PostgreSQL database.
func twoHosts(t *testing.T) [2]*server {
	env := "DATABASE_URL=" + postgres(t)
	return [2]*server{serve(t, t.TempDir(), env), serve(t, t.TempDir(), env)}
}

func (s *server) start(id string) (status int) {
	s.t.Helper()
	return s.call("POST", "/api/scraper/jobs/"+id+"/start", nil, nil)
}

// Whichever of two hosts is asked, each import runs once, and the store ends up
// equal to the shops.
func TestTwoHostsImport(t *testing.T) {
	t.Parallel()
	hosts := twoHosts(t)
	var shops []*shop
	var ids []string
	for i := range 6 {
		shop := newShop(t, 600)
		shop.delay = 20 * time.Millisecond
		id := hosts[i%2].create(shop.URL, nil)
		shops, ids = append(shops, shop), append(ids, id)
	}
	for i, id := range ids {
		var both sync.WaitGroup
		var statuses [2]int
		for h := range hosts {
			both.Go(func() { statuses[h], _ = hosts[h].try("POST", "/api/scraper/jobs/"+id+"/start", nil, nil) })
		}
		both.Wait()
		if statuses[0] >= 500 || statuses[1] >= 500 || statuses[0] >= 400 && statuses[1] >= 400 {
			t.Errorf("starting job %d from both: %v", i, statuses)
		}
	}
	stored := 0
	for i, id := range ids {
		j := hosts[(i+1)%2].wait(id, 3*time.Minute)
		if want := (counts{Extracted: 600, Imported: 600}); j.Status != "completed" || j.Result.Counts != want {
			t.Errorf("job %d: %s %+v", i, j.Status, j.Result)
		}
		shops[i].mu.Lock()
		// robots.txt, the shop's front and its description, and three pages; a
		// slow machine may repeat what looks at the shop.
		if n := shops[i].requests; n > 15 {
			t.Errorf("shop %d was asked %d times", i, n)
		}
		shops[i].mu.Unlock()
		stored += 600
	}
	if n := len(hosts[0].products("")); n != stored {
		t.Errorf("%d products stored, want %d", n, stored)
	}
}

// What one host is asked about an import holds for the one that works it: a
// shop has one running import, its progress is seen, and it can be cancelled.
func TestTwoHostsAskEither(t *testing.T) {
	t.Parallel()
	hosts := twoHosts(t)
	shop := newShop(t, 5000)
	shop.delay = 300 * time.Millisecond
	id, second := hosts[0].create(shop.URL, nil), hosts[1].create(shop.URL, nil)
	if status := hosts[0].start(id); status != http.StatusOK && status != http.StatusAccepted {
		t.Fatalf("starting: %d", status)
	}
	for began := time.Now(); hosts[1].job(id).Status != "running"; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 2*time.Minute {
			t.Fatalf("the import is %s", hosts[1].job(id).Status)
		}
	}
	if status := hosts[1].start(second); status != http.StatusConflict {
		t.Errorf("a second import of a shop was started on another host: %d", status)
	}
	for h, host := range hosts {
		res, err := http.Get(host.base + "/api/scraper/jobs/" + id + "/events")
		if err != nil {
			t.Fatal(err)
		}
		events := make(chan string, 1000)
		go func() {
			defer close(events)
			defer func() { _ = res.Body.Close() }()
			for lines := bufio.NewScanner(res.Body); lines.Scan(); {
				if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
					events <- name
				}
			}
		}()
		if h == 0 {
			defer func() { expectEnd(t, 0, events) }()
			continue
		}
		for range 3 { // it moves
			if name := <-events; name != "progress" {
				t.Errorf("event %q from the other host", name)
			}
		}
		defer func() { expectEnd(t, 1, events) }()
	}
	if status := hosts[1].call("POST", "/api/scraper/jobs/"+id+"/cancel", nil, nil); status != http.StatusOK {
		t.Fatalf("cancelling: %d", status)
	}
	if j := hosts[0].job(id); j.Status != "cancelled" {
		t.Errorf("the other host says %s", j.Status)
	}
	asked := func() int {
		shop.mu.Lock()
		defer shop.mu.Unlock()
		return shop.requests
	}
	// The worker looks once a second, and a request may be under way.
	deadline := time.Now().Add(20 * time.Second)
	for before := -1; before != asked(); time.Sleep(1500 * time.Millisecond) {
		if before = asked(); time.Now().After(deadline) {
			t.Fatal("a cancelled import goes on")
		}
	}
	if hosts[0].start(second) >= 400 {
		t.Error("the shop stays blocked after the cancellation")
	}
	if status := hosts[1].call("POST", "/api/scraper/jobs/"+second+"/cancel", nil, nil); status != http.StatusOK {
		t.Errorf("cancelling the second: %d", status)
	}
}

func expectEnd(t *testing.T, host int, events <-chan string) {
	t.Helper()
	last := ""
	patience := time.After(30 * time.Second)
	for {
		select {
		case name, more := <-events:
			if !more {
				if last != "end" {
					t.Errorf("the last event of host %d is %q", host, last)
				}
				return
			}
			last = name
		case <-patience:
			t.Errorf("the events of host %d never end", host)
			return
		}
	}
}
