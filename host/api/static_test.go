package api_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/omakase-ai/omakase/host/api"
)

func TestPublicFiles(t *testing.T) {
	t.Parallel()
	changed := time.Date(2026, 5, 4, 3, 2, 1, 500, time.UTC)
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"index.html": "<p>home", "dashboard/index.html": "<p>board", "assets/app.js": "let a", "assets/x.css": "p{}",
		"plain": "text", "a b/ü.txt": "spaced", ".env": "SECRET=1", "assets/.git/config": "hidden", "api/health": "not this",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text), ModTime: changed}
	}
	h := start(t, api.Options{Public: files})
	page := map[string]string{"Content-Type": "text/html; charset=utf-8", "Cache-Control": "public, max-age=0", "Last-Modified": "Mon, 04 May 2026 03:02:01 GMT"}
	for path, want := range map[string]string{
		"/": "<p>home", "/dashboard/": "<p>board", "/assets/app.js": "let a", "/assets/x.css": "p{}", "/plain": "text",
		"/a%20b/%C3%BC.txt": "spaced", "/assets/../plain": "text", "/index.html": "<p>home",
	} {
		if status, _, got := h.get(t, path); status != 200 || got != want {
			t.Errorf("%s: %d %q, want %q", path, status, got, want)
		}
	}
	h.run(
		scenario{path: "/", status: 200, headers: page},
		scenario{path: "/dashboard", status: 301, headers: map[string]string{"Location": "/dashboard/"}},
		scenario{path: "/a%20b", status: 404},
		scenario{name: "not changed since", path: "/plain", header: map[string]string{"If-Modified-Since": "Mon, 04 May 2026 03:02:01 GMT"}, status: 304},
		scenario{name: "changed since", path: "/plain", header: map[string]string{"If-Modified-Since": "Mon, 04 May 2026 03:02:00 GMT"}, status: 200},
		scenario{name: "the ETag counts more", path: "/plain", header: map[string]string{"If-None-Match": `"other"`, "If-Modified-Since": "Mon, 04 May 2026 03:02:01 GMT"}, status: 200},
		scenario{method: http.MethodHead, path: "/plain", status: 200},
		scenario{method: post, path: "/plain", status: 404},
		scenario{name: "routes come first", path: "/api/health", status: 200, want: `{"status":"ok"}`},
	)
	if _, header, _ := h.get(t, "/assets/x.css"); header.Get("Content-Type") != "text/css; charset=utf-8" || header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", header)
	}
	for _, path := range []string{
		"/.env", "/assets/.git/config", "/assets", "/assets/", "/plain/", "/none", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/x", "/assets%00", "/a\\b",
		"/dashboard/settings", "/assets//.git/config", "/%2eenv",
	} {
		if status := h.garbage(t, http.MethodGet, path, "", "file"); status != 404 && status != 400 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// get reads what the document can't name: a path of several parts.
func (h *host) get(t *testing.T, path string) (status int, header http.Header, body string) {
	t.Helper()
	rs, err := h.client.Get(h.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer rs.Body.Close()
	text, err := io.ReadAll(rs.Body)
	if err != nil {
		t.Fatal(err)
	}
	return rs.StatusCode, rs.Header, string(text)
}

// No link leads out of the folder.
func TestPublicFolderIsClosed(t *testing.T) {
	t.Parallel()
	outside, dir := filepath.Join(t.TempDir(), "outside.txt"), t.TempDir()
	for name, text := range map[string]string{outside: "secret", filepath.Join(dir, "in.txt"): "in"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "out.txt")); err != nil {
		t.Skip(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	h := start(t, api.Options{Public: root.FS()})
	h.run(scenario{path: "/in.txt", status: 200}, scenario{path: "/out.txt", status: 404})
}

// Built-in pages may be kept by browsers, and asked about again.
func TestBuiltInPagesAreKept(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	rs, err := h.client.Get(h.url + "/")
	if err != nil {
		t.Fatal(err)
	}
	rs.Body.Close()
	tag := rs.Header.Get("ETag")
	if tag == "" || rs.Header.Get("Last-Modified") == "" || rs.Header.Get("Cache-Control") != "public, max-age=0" {
		t.Errorf("%v", rs.Header)
	}
	h.run(scenario{path: "/", header: map[string]string{"If-None-Match": tag}, status: 304})
}
