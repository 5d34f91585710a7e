package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/observe"
	"github.com/omakase-ai/omakase/host/server"
)

type serveCommand struct {
	settings
	Addr string `placeholder:"HOST:PORT" help:"Listen here (OMAKASE_SERVER_ADDR, or PORT for the port alone)."`
}

// Run serves until a signal comes. SIGHUP reloads the plugins.
func (c *serveCommand) Run(ctx context.Context, p *Process) error {
	load := func() (*config.Loaded, error) {
		return c.load(p, config.Flag{Name: "--addr", Key: "server.addr", Value: c.Addr})
	}
	l, err := load()
	if err != nil {
		return err
	}
	log, err := observe.NewLogger(observe.LogOptions{Level: l.Log.Level, Format: l.Log.Format, Output: p.Stderr})
	if err != nil {
		return err
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	o := server.Options{Config: l, Builtins: p.Builtins, Version: Version(), Log: log, Reread: load, Reload: hangups}
	if l.Log.Format == "text" && l.Log.Level != "error" {
		b := &banner{out: p.Stderr}
		o.Ready, o.Imported = b.ready, b.imported
	}
	return server.Run(ctx, o)
}

// banner tells a person at a terminal what happened and what to try next. Log
// collectors get JSON and no banner.
type banner struct {
	mu   sync.Mutex
	out  io.Writer
	base string // URL to try things at
}

func (b *banner) ready(s server.Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.base = "http://" + reachable(s.Addr)
	names := make([]string, len(s.Plugins))
	for i, p := range s.Plugins {
		names[i] = p.ID
	}
	plugins := strings.Join(names, ", ")
	if plugins == "" {
		plugins = "none"
	}
	fmt.Fprintf(b.out, "\nomakase serves %s\n  store    %s\n  plugins  %s\n", b.base, s.Engine, plugins)
	if s.Demo != "" {
		fmt.Fprintf(b.out, "  demo     %s, a shop inside this program\n", s.Demo)
	}
	fmt.Fprintln(b.out)
}

// reachable is the address by which this machine reaches a listener.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

func (b *banner) imported(i server.Import) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i.Err != nil {
		fmt.Fprintf(b.out, "%s was not imported: %v\n\n", i.URL, i.Err)
		return
	}
	j := i.Job
	if j.State != store.JobCompleted {
		fmt.Fprintf(b.out, "%s was not imported (job %s %s): %s\n\n", i.URL, j.ID, j.State, j.Error)
		return
	}
	fmt.Fprintf(b.out, "Imported %s in %s with %s: %s.\n", i.URL, i.Took.Round(10*time.Millisecond), j.Plugin, counts(j.Counts))
	fmt.Fprintf(b.out, `
Try next:
  curl '%[1]s/api/products?limit=3'
  curl '%[1]s/api/products/search/%%E6%%B9%%AF%%E5%%91%%91'    # 湯呑, a tea cup
  curl %[1]s/api/scraper/jobs
  OMAKASE_NETWORK_ALLOW=127.0.0.0/8 bin/omakase scrape %[2]s | head -n 3
  bin/omakase plugin list

`, b.base, i.URL)
}

// counts are the parts of a result that are not zero, in words.
func counts(c store.Counts) string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{c.Imported, "new"}, {c.Updated, "changed"}, {c.Unchanged, "as before"}, {c.Rejected, "rejected"}, {c.Vanished, "gone"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if parts == nil {
		return "no products"
	}
	return strings.Join(parts, ", ")
}
