package product_test

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/sdk/go/price"
)

var (
	scripts    = regexp.MustCompile(`(?is)<script\b.*?</script>`)
	metaTags   = regexp.MustCompile(`(?is)<meta[^>]*(?:og:|product:|twitter:)[^>]*>`)
	itemNames  = regexp.MustCompile(`(?i)\bitem(?:prop|type|scope|ref|id)\b(?:="[^"]*"|='[^']*'|=[^\s>]*)?`)
	styleNames = regexp.MustCompile(`(?i)\b(?:class|id|data-testid|data-test)="[^"]*"`)
)

// unnamed gives elements names that tell nothing, the same ones the same.
func unnamed(html string) string {
	return styleNames.ReplaceAllStringFunc(html, func(s string) string {
		name, value, _ := strings.Cut(s, "=")
		words := strings.Fields(strings.Trim(value, `"`))
		for i, w := range words {
			h := fnv.New32a()
			_, _ = h.Write([]byte(w))
			words[i] = fmt.Sprintf("c%x", h.Sum32())
		}
		return name + `="` + strings.Join(words, " ") + `"`
	})
}

// bare leaves only what a visitor sees.
func bare(html string) string {
	return itemNames.ReplaceAllString(metaTags.ReplaceAllString(scripts.ReplaceAllString(html, ""), ""), "")
}

// TestBarePages reads every product page of the corpus without what themes name
// and what they write for machines. Rules that fit these pages only would show
// here: a price may be missed, but not another one come in its place.
func TestBarePages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it reads hundreds of pages")
	}
	for name, change := range map[string]func(string) string{
		"names that tell nothing":  unnamed,
		"nothing for machines":     bare,
		"nothing but what is seen": func(html string) string { return unnamed(bare(html)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages, same, other := 0, 0, 0
			for _, e := range entries(t) {
				if !strings.HasSuffix(e.Kind, "product-html") {
					continue
				}
				whole := body(t, e.File)
				_, full, ok := read(t, e.URL, whole)
				if !ok || full.Price == "" {
					continue
				}
				_, got, _ := read(t, e.URL, []byte(change(string(whole))))
				switch pages++; {
				case got.Price == "":
				case price.Compare(got.Price, full.Price) == 0:
					same++
				default:
					other++
					t.Logf("%s: %s, whole %s: %v", e.File, got.Price, full.Price, got.Sources)
				}
			}
			t.Logf("of %d pages %d cost the same, %d something else, and %d tell no price", pages, same, other, pages-same-other)
			if other*12 > pages || same*2 < pages {
				t.Errorf("of %d pages %d cost the same and %d something else", pages, same, other)
			}
		})
	}
}
