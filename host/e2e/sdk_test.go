package e2e_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// unreachable is what npm says where there is no registry, or none that lets
// one in.
var unreachable = regexp.MustCompile(`\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|E401|E403|E407|E50[0-9])\b`)

// libraries is a copy of the folder sdk with what it depends on, or skips the
// test where that can't be had.
func libraries(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("drives the real binary")
	}
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(name + " is not installed (Debian: apt-get install nodejs npm)")
		}
	}
	dir := filepath.Join(t.TempDir(), "sdk")
	if err := os.CopyFS(dir, os.DirFS("sdk")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return dir
	case ctx.Err() != nil || unreachable.Match(out):
		t.Skipf("npm can't get the libraries: %v\n%s", err, tail(string(out)))
	default:
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return ""
}

// behindTLS is a proxy before the host, as a deployment has one: the libraries
// send a key over TLS only. certificate is a file that says whom to trust.
func behindTLS(t *testing.T, base string) (address, certificate string) {
	t.Helper()
	to, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(to))
	t.Cleanup(front.Close)
	certificate = filepath.Join(t.TempDir(), "front.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	if err := os.WriteFile(certificate, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return front.URL, certificate
}

// snippet is what the README shows frontend developers, as a file for a host.
func snippet(t *testing.T, dir, address, key string) (name string) {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```js\n(.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatal("the README shows no client")
	}
	text := strings.NewReplacer(
		"one of OMAKASE_API_KEYS", key, "https://HOST", address, "wss://HOST", strings.Replace(address, "http", "ws", 1),
	).Replace(string(block[1]))
	if err := os.WriteFile(filepath.Join(dir, "readme.mjs"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "readme.mjs"
}

// TestServiceLibraries holds that the service's own client libraries, as they
// are published, talk to the host as if it were the service, while it sells.
func TestServiceLibraries(t *testing.T) {
	t.Parallel()
	const key, product = "a-key-of-this-host", "Celadon teapot"
	dir := libraries(t)
	s := serve(t, t.TempDir(), "OMAKASE_VOICE_SIMULATOR=true", "OMAKASE_API_KEYS="+key)
	tools := s.prepare(t, key, product)
	address, certificate := behindTLS(t, s.base)

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "--test", "--test-reporter=spec", "openai.test.mjs", "agents.test.mjs")
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "NODE_EXTRA_CA_CERTS=" + certificate, "OMAKASE_URL=" + address + "/v1",
		"OMAKASE_KEY=" + key, "OMAKASE_PRODUCT=" + product, "OMAKASE_TOOLS=" + strings.Join(tools, ","),
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, tail(s.log.String()))
	}
	shown := exec.CommandContext(ctx, "node", snippet(t, dir, address, key))
	shown.Dir, shown.Env = dir, cmd.Env
	said, err := shown.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "openai is connected") || !strings.Contains(string(said), "agents are connected") {
		t.Errorf("what the README shows: %v\n%s\n%s", err, said, tail(s.log.String()))
	}
	t.Logf("%s", out)
}

// prepare puts a product into the catalogue and returns the names of the tools
// with which the host sells it.
func (s *server) prepare(t *testing.T, key, product string) []string {
	t.Helper()
	ask := func(path, body string, want int, into any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if err := json.NewDecoder(res.Body).Decode(into); err != nil || res.StatusCode != want {
			t.Fatalf("%s: %d %v %v", path, res.StatusCode, into, err)
		}
	}
	var made map[string]any
	ask("/api/products", `{"name":"`+product+`","description":"Holds six cups.","category":"Tea","price":4800,"stockQuantity":7}`, http.StatusCreated, &made)
	var session struct{ Tools []string }
	ask("/api/voice/session", `{"language":"English"}`, http.StatusOK, &session)
	if len(session.Tools) == 0 {
		t.Fatal("the host has no tools")
	}
	return session.Tools
}
