package plugintest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/host/fetch"
)

// Item is an item of the corpus.
type Item struct {
	File     string
	URL      string
	Kind     string
	Charset  string
	Expected Expected
}

// Expected are the values that an item must yield. What was not judged is nil.
type Expected struct {
	Platform     string
	Page         string
	ItemID       string `json:"item_id"`
	Title        *string
	Price        *string
	PriceMax     *string `json:"price_max"`
	CompareAt    *string `json:"compare_at"`
	Currency     *string
	Availability *string
	AnyOf        []string `json:"availability_any_of"`
	SKU          *string
	Images       *int
	Variants     *int
	Products     json.RawMessage
	Items        json.RawMessage
	JobOutcome   string `json:"job_outcome"`
}

// Corpus returns the items of those kinds. It skips the test where there is no
// corpus, and fails it where there are no such items.
func Corpus(t testing.TB, kinds ...string) []Item {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(folder(), "INDEX.jsonl"))
	if err != nil {
		t.Skip("no corpus beside the repository; OMAKASE_SHARED names its parent folder")
	}
	var items []Item
	lines := bufio.NewScanner(bytes.NewReader(index))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var kind struct{ Kind string }
		if err := json.Unmarshal(lines.Bytes(), &kind); err != nil {
			t.Fatal(err)
		}
		for _, k := range kinds {
			if kind.Kind != k {
				continue
			}
			var item Item
			if err := json.Unmarshal(lines.Bytes(), &item); err != nil {
				t.Fatalf("%v in %.200s", err, lines.Text())
			}
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		t.Fatalf("the corpus has nothing of %q", kinds)
	}
	return items
}

// folder is the corpus as it lies from the folder of a plugin.
func folder() string {
	if shared := os.Getenv("OMAKASE_SHARED"); shared != "" {
		return filepath.Join(shared, "corpus")
	}
	return filepath.Join("..", "..", "..", "shared", "corpus")
}

// Text is the item's body in UTF-8, as a host hands it to plugins.
func (i *Item) Text(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder(), filepath.FromSlash(i.File)))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(i.File, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return string(fetch.UTF8(data, "text/html"))
}
