package hostile_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/host/wasm/hostile"
	"github.com/omakase-ai/omakase/sdk/conformance"
)

var update = flag.Bool("update", false, "write the file instead of comparing it")

// TestExportIsCurrent holds the guests that other hosts are tested with to
// those of this package.
func TestExportIsCurrent(t *testing.T) {
	t.Parallel()
	var want []conformance.Hostile
	for _, g := range hostile.Guests() {
		want = append(want, conformance.Hostile{Name: g.Name, What: g.What, Module: g.Module, Reason: g.Reason, Unlisted: g.Unlisted})
	}
	if *update {
		var out bytes.Buffer
		w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
		if err := json.NewEncoder(w).Encode(want); err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		if err := os.WriteFile("../../../sdk/conformance/hostile.json.gz", out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := conformance.HostileGuests()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sdk/conformance/hostile.json.gz is out of date; run make generate\n%s", diff[:min(len(diff), 2000)])
	}
}
