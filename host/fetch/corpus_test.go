package fetch

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// Real pages are not taken for bot walls, and come out as UTF-8 whatever is
// said of them.
func TestRealPages(t *testing.T) {
	t.Parallel()
	root := shared(t, "corpus")
	pages := 0
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(path, ".html") {
			return err
		}
		body, err := readPage(path)
		if err != nil {
			return err
		}
		pages++
		if err := blocked(&answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html"}}, body: body}); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for _, contentType := range []string{"text/html", "text/html; charset=Shift_JIS"} {
			text, name := toUTF8(body, contentType)
			if !utf8.Valid(text) {
				t.Errorf("%s as %s: not UTF-8", path, contentType)
			}
			if utf8.Valid(body) && name != "utf-8" {
				t.Errorf("%s as %s: read as %s", path, contentType, name)
			}
		}
		return nil
	})
	if err != nil || pages == 0 {
		t.Fatalf("%d pages: %v", pages, err)
	}
}

func readPage(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return io.ReadAll(f)
	}
	zr, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zr)
}
