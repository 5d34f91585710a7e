package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/store/storetest/pgtest"
)

// binary builds the product once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "omakase-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "omakase")
	out, err := exec.Command("go", "build", "-o", path, "../..").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	return path, nil
})

// cluster is shared by all tests, a database for each.
var cluster pgtest.Cluster

func postgres(t *testing.T) string {
	t.Helper()
	return cluster.URL(t)
}

func TestMain(m *testing.M) {
	code := m.Run()
	cluster.Stop()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// server is a running host.
type server struct {
	t    *testing.T
	base string
	cmd  *exec.Cmd
	log  *logBuffer
}

// logBuffer is a buffer that the process writes and the test reads.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// command is the binary with an environment of its own.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	if testing.Short() {
		t.Skip("drives the real binary")
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(),
		"OMAKASE_NETWORK_ALLOW=127.0.0.0/8",
	}, env...)
	return cmd
}

// serve starts a host on a data folder and waits until it is ready. It is
// stopped at the end of the test.
func serve(t *testing.T, dir string, env ...string) *server {
	t.Helper()
	port := freePort(t)
	s := &server{t: t, base: "http://127.0.0.1:" + port, log: &logBuffer{}}
	s.cmd = command(t, append([]string{"PORT=" + port, "OMAKASE_DATA_DIR=" + dir, "OMAKASE_PLUGINS_CACHE_DIR=" + cacheDir(t)}, env...), "serve")
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		res, err := http.Get(s.base + "/api/ready")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return s
			}
		}
		if time.Since(began) > 30*time.Second {
			t.Fatalf("the host is not ready: %v\n%s", err, s.log)
		}
	}
}

// cacheDir is shared by all hosts of a test run, so that plugins compile once.
func cacheDir(t *testing.T) string {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(filepath.Dir(path), "cache")
}

// freePort is a port below those that the system hands out by itself: one of
// those may be somebody else's by the time that it is listened on.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(20_000 + rand.IntN(12_000))
		if ln, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			_ = ln.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// kill ends the host as a crash would.
func (s *server) kill() {
	_ = s.cmd.Process.Signal(syscall.SIGKILL)
	_ = s.cmd.Wait()
}

// stop ends the host as an operator would, and fails the test if it does not
// go in time.
func (s *server) stop() {
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-done
		s.t.Errorf("the host did not stop within 20 s:\n%s", s.log)
	}
}

// call makes a request with a JSON body (nil for none) and returns the status
// and the decoded answer.
func (s *server) call(method, path string, body, into any) int {
	s.t.Helper()
	status, err := s.try(method, path, body, into)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, tail(s.log.String()))
	}
	return status
}

func (s *server) try(method, path string, body, into any) (int, error) {
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, s.base+path, reader)
	if err != nil {
		return 0, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			return res.StatusCode, fmt.Errorf("%w in %.500s", err, raw)
		}
	}
	return res.StatusCode, nil
}

func tail(s string) string { return s[max(0, len(s)-4000):] }

// job is what the REST interface says of an import.
type job struct {
	ID, Status string
	Progress   int
	Result     *result
}

type result struct {
	Success                             bool
	ProductsExtracted, ProductsImported int
	Errors, Notes                       []string
	Partial                             bool
	Counts                              counts
}

type counts struct{ Extracted, Imported, Updated, Unchanged, Rejected, Vanished int }

func (s *server) create(url string, options any) string {
	s.t.Helper()
	var got struct{ Job job }
	body := map[string]any{"url": url, "storeType": "shopify"}
	if options != nil {
		body["options"] = options
	}
	if status := s.call("POST", "/api/scraper/jobs", body, &got); status != http.StatusCreated {
		s.t.Fatalf("creating a job: %d", status)
	}
	return got.Job.ID
}

func (s *server) job(id string) job {
	s.t.Helper()
	var got struct{ Job job }
	s.call("GET", "/api/scraper/jobs/"+id, nil, &got)
	return got.Job
}

// wait polls until the job has ended.
func (s *server) wait(id string, limit time.Duration) job {
	s.t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		j := s.job(id)
		if j.Status == "completed" || j.Status == "failed" || j.Status == "cancelled" {
			return j
		}
		if time.Since(began) > limit {
			s.t.Fatalf("job %s still %s after %s\n%s", id, j.Status, limit, tail(s.log.String()))
		}
	}
}

// execute runs an import to its end.
func (s *server) execute(url string) (string, result) {
	s.t.Helper()
	id := s.create(url, nil)
	var got struct {
		Success bool
		Result  result
	}
	if status := s.call("POST", "/api/scraper/jobs/"+id+"/execute", nil, &got); status != http.StatusOK {
		s.t.Fatalf("executing %s: %d", id, status)
	}
	return id, got.Result
}

// product is what the REST interface says of a product.
type product struct {
	ID, Name, Currency, Availability string
	Price                            float64
	IsActive                         bool
	VanishedAt                       string
	Variants                         []struct{ Price float64 }
	ImageURL                         string
	ImageURLs                        []string
	Source                           *struct{ Shop, PlatformID, Plugin, UpdatedAt string }
}

func (s *server) products(query string) []product {
	s.t.Helper()
	var got struct {
		Count    int
		Products []product
	}
	if status := s.call("GET", "/api/products"+query, nil, &got); status != http.StatusOK || got.Count != len(got.Products) {
		s.t.Fatalf("listing products: %d, count %d of %d", status, got.Count, len(got.Products))
	}
	return got.Products
}

// shared is the folder of outside material, or a skip.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("OMAKASE_SHARED")
	if root == "" {
		_, file, _, _ := runtime.Caller(0)
		root = filepath.Join(filepath.Dir(file), "..", "..", "..", "shared")
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	path, err := filepath.EvalSymlinks(path) // scripts compare their own path
	if err != nil {
		t.Skipf("needs %s beside the project", strings.Join(parts, "/"))
	}
	return path
}

func needNode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("needs node")
	}
}
