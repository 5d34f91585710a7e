package e2e_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the README tells a newcomer to type works.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	shop := newShop(t, 20)
	page := filepath.Join(t.TempDir(), "saved-page.html")
	savePage(t, shop.URL+"/products.json?limit=5&page=1", page)
	ran := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
			line, _, _ = strings.Cut(line, ">")
			words := strings.Fields(strings.NewReplacer("https://shop.example ", shop.URL+" ", "saved-page.html", page).Replace(line))
			switch {
			case len(words) == 2 && words[0] == "make":
				if !strings.Contains(string(makefile), "\n"+words[1]+":") {
					t.Errorf("the Makefile has no target %s", words[1])
				}
			case len(words) > 1 && words[0] == "bin/omakase" && words[1] == "serve":
				words = append(words[:1], append([]string{"config", "check"}, words[3:]...)...) // its configuration holds
				fallthrough
			case len(words) > 1 && words[0] == "bin/omakase":
				cmd := command(t, []string{"OMAKASE_PLUGINS_CACHE_DIR=" + cacheDir(t)}, words[1:]...)
				cmd.Dir = root
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", line, err, out)
				}
			default:
				t.Errorf("nobody tests %q", line)
			}
			ran++
		}
	}
	if ran < 7 {
		t.Errorf("only %d commands found", ran)
	}
}

func savePage(t *testing.T, url, file string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
}
