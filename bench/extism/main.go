// Command extism measures one call of a Go guest through Extism's Go SDK and
// prints the medians in microseconds as JSON:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o guest.wasm ./guest
//	go run . guest.wasm
//
// It is a module of its own, so that the product does not depend on what it is
// compared with.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	extism "github.com/extism/go-sdk"
	"github.com/tetratelabs/wazero"

	"github.com/omakase-ai/omakase/sdk/go/wire"
)

func main() {
	out := map[string]float64{}
	err := run(os.Args[1], out)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "extism:", err)
		os.Exit(1)
	}
}

func run(guest string, out map[string]float64) error {
	ctx := context.Background()
	for name, timeout := range map[string]uint64{"kept": 0, "kept, timeout": 1000} {
		plugin, err := compile(ctx, guest, timeout)
		if err != nil {
			return err
		}
		instance, err := plugin.Instance(ctx, extism.PluginInstanceConfig{})
		if err != nil {
			return err
		}
		if out[name], err = median(1000, func() error { return call(instance, "detect") }); err != nil {
			return err
		}
		if out[name+", our codec"], err = median(1000, func() error { return call(instance, "detect_wire") }); err != nil {
			return err
		}
		if timeout == 0 {
			continue
		}
		out["one for each call"], err = median(100, func() error {
			fresh, err := plugin.Instance(ctx, extism.PluginInstanceConfig{})
			if err != nil {
				return err
			}
			return errors.Join(call(fresh, "detect"), fresh.Close(ctx))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func compile(ctx context.Context, guest string, timeout uint64) (*extism.CompiledPlugin, error) {
	return extism.NewCompiledPlugin(ctx, extism.Manifest{
		Wasm: []extism.Wasm{extism.WasmFile{Path: guest}}, Timeout: timeout,
	}, extism.PluginConfig{
		EnableWasi: true, RuntimeConfig: wazero.NewRuntimeConfig().WithCloseOnContextDone(timeout > 0),
	}, nil)
}

var request = (&wire.DetectRequest{URL: "https://shop.example/" + strings.Repeat("x", 1000)}).AppendJSON(nil)

func call(p *extism.Plugin, export string) error {
	code, reply, err := p.Call(export, request)
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("the guest returned %d", code)
	}
	return wire.DecodeReply(reply, &wire.DetectReply{})
}

func median(n int, f func() error) (float64, error) {
	took := make([]time.Duration, n)
	for i := range n + n/10 { // a tenth warms up
		began := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		took[i%n] = time.Since(began)
	}
	slices.Sort(took)
	return float64(took[n/2].Nanoseconds()) / 1e3, nil
}
