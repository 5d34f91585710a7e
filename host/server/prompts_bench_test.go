//go:build unix

package server

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/host/config"
	guests "github.com/omakase-ai/omakase/plugins"
)

// BenchmarkPrompt makes a prompt of 100 products in the sandbox, when all of
// them have changed and when only the question has.
func BenchmarkPrompt(b *testing.B) {
	if found, _ := fs.Glob(guests.Builtin(), "prompt.standard.wasm"); len(found) == 0 {
		b.Skip("the plugin is not built: run go generate ./plugins")
	}
	st, err := sqlite.Open(b.Context(), sqlite.Options{Path: filepath.Join(b.TempDir(), "omakase.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	c := config.Default()
	c.DataDir = b.TempDir()
	tools, err := OpenTools(ToolOptions{Config: &config.Loaded{Config: c}, Builtins: guests.Builtin(), Log: hclog.NewNullLogger(), KV: st})
	if err != nil {
		b.Fatal(err)
	}
	defer tools.Close()
	composer, err := prompts(&c.Agents, st, tools.Plugins)
	if err != nil {
		b.Fatal(err)
	}
	products := make([]*catalog.Product, 100)
	for i := range products {
		products[i] = &catalog.Product{
			Name: fmt.Sprintf("備前焼の湯呑み %d", i), Price: catalog.Money{Amount: int64(1000 + i), Currency: "JPY"}, Active: true,
			Description: "ひとつずつ手作りの器です。土の味わいがあり、使うほどに手になじみます。", Category: fmt.Sprintf("器 %d", i%7),
		}
	}
	if err := st.CreateProducts(b.Context(), "default", products); err != nil {
		b.Fatal(err)
	}
	compose := func(b *testing.B) {
		p, err := composer.Compose(b.Context(), "default", agent.Request{})
		if err != nil || p.Products != 100 || p.Included < 20 {
			b.Fatal(err, p.Products, p.Included)
		}
	}
	compose(b) // loads the plugin
	b.Run("another question", func(b *testing.B) {
		c := cpu()
		for b.Loop() {
			compose(b)
		}
		b.ReportMetric(float64((cpu()-c).Microseconds())/float64(b.N), "cpu-µs/op")
	})
	b.Run("everything changed", func(b *testing.B) {
		var spent time.Duration
		for b.Loop() {
			b.StopTimer()
			for _, p := range products {
				p.ID = ""
			}
			if err := st.ReplaceCatalog(b.Context(), "default", products, nil); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			c := cpu()
			compose(b)
			spent += cpu() - c
		}
		b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-µs/op")
	})
}

// cpu is the processor time of this process, which other work on the machine
// disturbs less than the clock.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
