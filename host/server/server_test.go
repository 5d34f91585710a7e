package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/server"
)

// options are those of a host on any free port with a database of its own.
func options(t *testing.T) server.Options {
	t.Helper()
	c := config.Default()
	c.Server.Addr = "127.0.0.1:0"
	c.Demo.Addr = "127.0.0.1:0"
	c.DataDir = filepath.Join(t.TempDir(), "data")
	return server.Options{Config: &config.Loaded{Config: c}, Version: "test", Log: hclog.NewNullLogger()}
}

// run starts a host and returns where it listens and how to stop it, which
// reports how Run ended.
func run(t *testing.T, o server.Options) (status server.Status, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background()) // longer than the test, so that Cleanup may stop it
	ready, ended := make(chan server.Status, 1), make(chan error, 1)
	o.Ready = func(s server.Status) { ready <- s }
	go func() { ended <- server.Run(ctx, o) }()
	select {
	case status = <-ready:
	case err := <-ended:
		t.Fatalf("ended before it was ready: %v", err)
	}
	return status, func() error {
		cancel()
		return <-ended
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestServesUntilStopped(t *testing.T) {
	t.Parallel()
	status, stop := run(t, options(t))
	for path, want := range map[string]string{
		"/api/health": `"status":"ok"`, "/api/ready": `"store":"sqlite"`, "/api/products": `"count":0`, "/api/admin/plugins": `"count":0`,
	} {
		if code, body := get(t, "http://"+status.Addr+path); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if _, err := net.DialTimeout("tcp", status.Addr, time.Second); err == nil {
		t.Error("it still listens")
	}
}

// What was stored is there after a restart, and the data folder is free again.
func TestRestartsOnItsData(t *testing.T) {
	t.Parallel()
	o := options(t)
	status, stop := run(t, o)
	res, err := http.Post("http://"+status.Addr+"/api/products", "application/json", strings.NewReader(`{"name":"湯呑み","price":1200}`))
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("%v, %v", res, err)
	}
	res.Body.Close()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	status, stop = run(t, o)
	if _, body := get(t, "http://"+status.Addr+"/api/products/search/%E6%B9%AF%E5%91%91"); !strings.Contains(body, `"count":1`) {
		t.Errorf("after the restart: %s", body)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// Without any plugin, the import at start fails with a reason and the host
// goes on.
func TestImportAtStartTellsHowItEnded(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Config.Demo.Enabled = true
	imported := make(chan server.Import, 1)
	o.Imported = func(i server.Import) { imported <- i }
	status, stop := run(t, o)
	i := <-imported
	if i.Err != nil || i.Job.State != "failed" || i.URL != status.Demo || !strings.Contains(i.Job.Error, "no plugin") {
		t.Errorf("%+v", i)
	}
	if _, body := get(t, "http://"+status.Addr+"/api/scraper/jobs"); !strings.Contains(body, i.Job.ID) {
		t.Errorf("the job is not listed: %s", body)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	running := options(t)
	_, stop := run(t, running)
	t.Cleanup(func() { _ = stop() })
	tests := []struct {
		name   string
		change func(*config.Config)
		kind   errs.Kind
		says   string
	}{
		{"open to all", func(c *config.Config) { c.Server.Addr = "0.0.0.0:0" }, errs.Denied, "0.0.0.0:0"},
		{"address taken", func(c *config.Config) { c.Server.Addr = taken.Addr().String() }, errs.Unavailable, "listening on"},
		{"demo address taken", func(c *config.Config) { c.Demo = config.Demo{Enabled: true, Addr: taken.Addr().String()} }, errs.Unavailable, "demo"},
		{"data in use", func(c *config.Config) { c.DataDir = running.Config.DataDir }, errs.Conflict, "omakase.db"},
		{"no PostgreSQL", func(c *config.Config) { c.DatabaseURL = "postgres://127.0.0.1:1/none" }, errs.Unavailable, "database"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			tt.change(&o.Config.Config)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			err := server.Run(ctx, o)
			if errs.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.says) || errs.HintOf(err) == "" {
				t.Errorf("%v (kind %s, hint %q)", err, errs.KindOf(err), errs.HintOf(err))
			}
		})
	}
}

func TestOpenWhenMeant(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*config.Server){
		"allow_open": func(s *config.Server) { s.AllowOpen = true },
		"api_keys":   func(s *config.Server) { s.APIKeys = []config.Secret{"0123456789abcdef"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.Config.Server.Addr = "0.0.0.0:0"
			change(&o.Config.Server)
			if _, stop := run(t, o); stop() != nil {
				t.Error("it did not end well")
			}
		})
	}
}
