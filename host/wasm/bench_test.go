package wasm_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/meter"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// BenchmarkCall is a request of 1 KB through a stoppable Go guest, the pool
// included.
func BenchmarkCall(b *testing.B) {
	_, s := goHost(b, wasm.Options{})
	url := "https://shop.example/" + strings.Repeat("x", 1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Detect(b.Context(), scrape.Probe{URL: url}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCalls is as many such requests as eight callers can make.
func BenchmarkCalls(b *testing.B) {
	_, s := goHost(b, wasm.Options{})
	url := "https://shop.example/" + strings.Repeat("x", 1000)
	b.SetParallelism(max(8/runtime.GOMAXPROCS(0), 1))
	b.RunParallel(func(next *testing.PB) {
		for next.Next() {
			if _, _, err := s.Detect(b.Context(), scrape.Probe{URL: url}); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// BenchmarkReload replaces a Go guest while eight callers call it. No call may
// fail.
func BenchmarkReload(b *testing.B) {
	const id = "scraper.guest"
	h, s := goHost(b, wasm.Options{})
	var calls atomic.Int64
	done, callers := make(chan struct{}), sync.WaitGroup{}
	for range 8 {
		callers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, _, err := s.Detect(context.Background(), scrape.Probe{URL: "https://shop.example/"}); err != nil {
					b.Error(err)
					return
				}
				calls.Add(1)
				time.Sleep(time.Millisecond) // or else they leave no processor to reload with
			}
		})
	}
	for n := 0; b.Loop(); n++ {
		// Another limit makes another generation, and nothing else of it.
		settings := map[string]wasm.Settings{id: {Limits: wasm.Limits{Calls: 9_000 + n%2, Queue: 1000}}}
		if done, err := h.Reload(b.Context(), settings); err != nil || done[0].Outcome != wasm.Replaced {
			b.Fatalf("%+v %v", done, err)
		}
	}
	close(done)
	callers.Wait()
	b.ReportMetric(float64(calls.Load())/b.Elapsed().Seconds(), "calls/s")
}

// BenchmarkMetering is the same work in a Go guest, with and without metering,
// and with the engine's own way to stop a guest.
func BenchmarkMetering(b *testing.B) {
	guest := goGuest(b)
	metered, _, err := meter.Rewrite(guest, meter.Options{})
	if err != nil {
		b.Fatal(err)
	}
	stoppable := wazero.NewRuntimeConfig().WithCloseOnContextDone(true)
	for _, tt := range []struct {
		name   string
		wasm   []byte
		config wazero.RuntimeConfig
	}{
		{"unmetered", guest, wazero.NewRuntimeConfig()},
		{"metered", metered, wazero.NewRuntimeConfig()},
		{"close on context done", guest, stoppable},
	} {
		b.Run(tt.name, func(b *testing.B) {
			call := bareGuest(b, tt.wasm, tt.config)
			for b.Loop() {
				call("https://shop.example/work")
			}
		})
	}
}

// bareGuest runs a guest in the engine alone and returns a function that lets
// it detect a URL.
func bareGuest(b *testing.B, wasm []byte, config wazero.RuntimeConfig) func(url string) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	b.Cleanup(cancel)
	r := wazero.NewRuntimeWithConfig(ctx, config)
	b.Cleanup(func() { r.Close(context.WithoutCancel(ctx)) })
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	build := func(module, name string, fn any) {
		_, err := r.NewHostModuleBuilder(module).NewFunctionBuilder().WithFunc(fn).Export(name).Instantiate(ctx)
		must(err)
	}
	build("meter", "check", func(int32) int32 { return 1 << 16 })
	_, err := r.NewHostModuleBuilder("omakase").
		NewFunctionBuilder().WithFunc(func(int32, int32, int32) int32 { return -1 }).Export("host_call").
		NewFunctionBuilder().WithFunc(func(int32) {}).Export("host_read").Instantiate(ctx)
	must(err)
	_, err = wasi_snapshot_preview1.Instantiate(ctx, r)
	must(err)
	guest, err := r.InstantiateWithConfig(ctx, wasm, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	must(err)
	alloc, run := guest.ExportedFunction("omakase_alloc"), guest.ExportedFunction("omakase_call")
	return func(url string) {
		request := (&wire.DetectRequest{URL: url}).AppendJSON(nil)
		at, err := alloc.Call(ctx, uint64(len(request)))
		must(err)
		if !guest.Memory().Write(uint32(at[0]), request) {
			b.Fatal("the request is outside of memory")
		}
		reply, err := run.Call(ctx, api.EncodeI32(wire.OpDetect), uint64(len(request)))
		must(err)
		text, ok := guest.Memory().Read(uint32(reply[0]>>32), uint32(reply[0]))
		if !ok || !strings.HasPrefix(string(text), `{"ok":`) {
			b.Fatalf("reply is %q", text)
		}
	}
}

// BenchmarkRewrite is the cost of metering at load.
func BenchmarkRewrite(b *testing.B) {
	guest := goGuest(b)
	b.SetBytes(int64(len(guest)))
	for b.Loop() {
		if _, _, err := meter.Rewrite(guest, meter.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
