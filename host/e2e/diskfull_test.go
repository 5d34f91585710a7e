package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A full disk refuses writes with its reason, leaves what is stored readable
// and whole, and what was being imported goes on when there is space again.
// OMAKASE_SMALL_DISK names an empty file system of some 60 MB, which the test
// fills:
//
//	mount -t tmpfs -o size=60m tmpfs /mnt/small
func TestFullDisk(t *testing.T) {
	disk := os.Getenv("OMAKASE_SMALL_DISK")
	if disk == "" {
		t.Skip("OMAKASE_SMALL_DISK is not set")
	}
	dir := filepath.Join(disk, "data")
	s := serve(t, dir)
	first := newShop(t, 600)
	s.execute(first.URL)
	filler := filepath.Join(disk, "filler")
	t.Cleanup(func() { _ = os.RemoveAll(dir); _ = os.Remove(filler) })
	fill(t, filler)
	var refused struct{ Code, Hint string }
	for status := 0; status != http.StatusServiceUnavailable; {
		status = s.call("POST", "/api/products", map[string]any{"name": "湯呑", "price": 100, "description": string(bytes.Repeat([]byte("あ"), 9000))}, &refused)
		if status != http.StatusCreated && (status != http.StatusServiceUnavailable || refused.Hint == "") {
			t.Fatalf("a write to a full disk: %d %+v", status, refused)
		}
	}
	if n := len(s.products("?limit=100")); n != 100 {
		t.Errorf("%d products can be read", n)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	second := newShop(t, 3000)
	second.delay = 200 * time.Millisecond
	id := s.create(second.URL, nil)
	s.call("POST", "/api/scraper/jobs/"+id+"/start", nil, nil)
	for began := time.Now(); s.job(id).Status != "running"; time.Sleep(time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("the import is %s", s.job(id).Status)
		}
	}
	fill(t, filler)
	var stuck struct {
		Job struct{ Status, Error string }
	}
	for began := time.Now(); !strings.Contains(stuck.Job.Error, "disk is full"); time.Sleep(50 * time.Millisecond) {
		s.call("GET", "/api/scraper/jobs/"+id, nil, &stuck)
		if stuck.Job.Status != "running" || time.Since(began) > 2*time.Minute {
			t.Fatalf("an import on a full disk: %+v", stuck.Job)
		}
	}
	s.products("?limit=100")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if j := s.wait(id, 3*time.Minute); j.Status != "completed" {
		t.Errorf("after there is space again it is %s: %+v", j.Status, j.Result)
	}
	s.stop()
	s = serve(t, dir) // whole, also for who reads it anew
	var shops []product
	for _, p := range s.products("") {
		if p.Source != nil && "http://"+p.Source.Shop == second.URL {
			shops = append(shops, p)
		}
	}
	if d := second.compare(shops); d != (difference{}) {
		t.Errorf("%+v", d)
	}
}

// fill writes until nothing fits any more.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name) //nolint:gosec // the test's own
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for chunk := make([]byte, 1<<20); len(chunk) > 0; {
		_, err := f.Write(chunk)
		if err != nil {
			chunk = chunk[:len(chunk)/2]
		}
	}
}
