package abi_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/omakase-ai/omakase/sdk/abi"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// guest is a module in an engine with no more around it than spec.md tells,
// so that a passing test shows that the text is enough.
type guest struct {
	module api.Module
	last   []byte // the reply of the last host_call
}

func instantiate(t *testing.T, wasm []byte, host *fakehost.Host) *guest {
	t.Helper()
	ctx := context.Background()
	runtime := wazero.NewRuntime(ctx)
	t.Cleanup(func() { runtime.Close(ctx) })
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	g := &guest{}
	_, err := runtime.NewHostModuleBuilder("omakase").
		NewFunctionBuilder().WithFunc(func(_ context.Context, m api.Module, fn int32, ptr, size uint32) int32 {
		request, ok := m.Memory().Read(ptr, size)
		if !ok {
			return wire.ErrBadPointer
		}
		var code int32
		if g.last, code = host.Call(fn, request); code < 0 {
			return code
		}
		return int32(len(g.last))
	}).Export("host_call").
		NewFunctionBuilder().WithFunc(func(_ context.Context, m api.Module, ptr uint32) {
		if !m.Memory().Write(ptr, g.last) {
			panic("host_read outside of memory")
		}
	}).Export("host_read").Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	g.module, err = runtime.InstantiateWithConfig(ctx, wasm, wazero.NewModuleConfig().WithStartFunctions("_initialize").WithStderr(os.Stderr))
	if err != nil {
		t.Fatal(err)
	}
	if got := g.invoke(t, "omakase_abi"); got != wire.Version {
		t.Fatalf("the guest speaks ABI %#x", got)
	}
	return g
}

func (g *guest) invoke(t *testing.T, name string, args ...uint64) uint64 {
	t.Helper()
	result, err := g.module.ExportedFunction(name).Call(context.Background(), args...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return result[0]
}

func (g *guest) call(t *testing.T, op int32, request string) string {
	t.Helper()
	size := uint64(len(request))
	if ptr := g.invoke(t, "omakase_alloc", size); !g.module.Memory().Write(uint32(ptr), []byte(request)) {
		t.Fatalf("omakase_alloc(%d) = %#x, which is outside of memory", size, ptr)
	}
	result := g.invoke(t, "omakase_call", uint64(op), size)
	reply, ok := g.module.Memory().Read(uint32(result>>32), uint32(result))
	if !ok {
		t.Fatalf("the reply %#x is outside of memory", result)
	}
	return string(reply)
}

// block is the first block of a language in a document.
func block(t *testing.T, file, language string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```"+language+"\n")
	if !ok {
		t.Fatalf("%s has no %s block", file, language)
	}
	code, _, _ := strings.Cut(rest, "```")
	return code
}

func TestPluginInC(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source, out := filepath.Join(dir, "detect.c"), filepath.Join(dir, "detect.wasm")
	if err := os.WriteFile(source, []byte(block(t, "spec.md", "c")), 0o600); err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^clang (.*) -o detect\.wasm detect\.c$`).FindStringSubmatch(block(t, "spec.md", "sh"))
	if command == nil {
		t.Fatal("spec.md does not say how to build detect.c")
	}
	flags := strings.Fields(command[1])
	needClang(t, flags)
	args := append(flags, "-Wall", "-Wextra", "-Werror", "-o", out, source)
	if text, err := exec.Command("clang", args...).CombinedOutput(); err != nil {
		t.Fatalf("clang %v: %v\n%s", args, err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the plugin in C has %d bytes", len(wasm))
	if wasm, err = abi.SetManifest(wasm, []byte(block(t, "spec.md", "json"))); err != nil {
		t.Fatal(err)
	}

	host := fakehost.New()
	g := instantiate(t, wasm, host)
	for _, tt := range []struct {
		op            int32
		request, want string
	}{
		{wire.OpSelftest, "", `{"ok":{}}`},
		{wire.OpDetect, `{"url":"https://www.example-shop.com"}`, `{"ok":{"score":90,"reason":"the name of the host"}}`},
		{wire.OpDetect, `{"url":"https://example.com"}`, `{"ok":{"score":0}}`},
		{wire.OpScrape, `{}`, `{"error":{"code":"unsupported","message":"only detect is here"}}`},
	} {
		if diff := cmp.Diff(tt.want, g.call(t, tt.op, tt.request)); diff != "" {
			t.Errorf("op %d: %s", tt.op, diff)
		}
	}
	if diff := cmp.Diff([]wire.LogRequest{{Level: "info", Message: "one of ours"}}, host.Logged()); diff != "" {
		t.Error(diff)
	}
	host.Stop()
	want := `{"error":{"code":"cancelled","message":"stopped"}}`
	if diff := cmp.Diff(want, g.call(t, wire.OpDetect, `{"url":"example-shop.com"}`)); diff != "" {
		t.Error(diff)
	}
}

// needClang skips the test where clang can't build even an empty module.
func needClang(t *testing.T, flags []string) {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "empty.c")
	if err := os.WriteFile(source, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	args := append(slices.Clone(flags), "-o", filepath.Join(dir, "empty.wasm"), source)
	if text, err := exec.Command("clang", args...).CombinedOutput(); err != nil {
		t.Skipf("install clang and lld to build the plugin in C: %v\n%s", err, text)
	}
}

func TestPluginInGo(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a WASM module")
	}
	t.Parallel()
	g, host := readmePlugin(t)
	host.Page("https://shop.example/api/products", fakehost.Response{
		Body: `{"items":[{"code":7,"name":"玄米","price":3280,"seller":{"id":1}}],"next":"https://shop.example/api/products?page=2"}`,
	})
	for _, tt := range []struct {
		op            int32
		request, want string
	}{
		{wire.OpSelftest, "", `{"ok":{}}`},
		{
			wire.OpDetect, `{"url":"https://shop.example","body":"` + host.Body("…cdn.example-shop.com…") + `"}`,
			`{"ok":{"score":90,"reason":"links to cdn.example-shop.com"}}`,
		},
		{
			wire.OpDetect, `{"url":"https://shop.example","body":"body:9"}`,
			`{"error":{"code":"not_found","message":"no such body in this call"}}`,
		},
		{
			wire.OpScrape, `{"url":"https://shop.example/"}`,
			`{"ok":{"products":[{"id":"7","name":"玄米","price":"3280","currency":"JPY"}],"next":"https://shop.example/api/products?page=2","source":"https://shop.example/api/products"}}`,
		},
		{wire.OpExtract, `{}`, `{"error":{"code":"unsupported","message":"the plugin has no handler for this operation"}}`},
	} {
		if diff := cmp.Diff(tt.want, g.call(t, tt.op, tt.request)); diff != "" {
			t.Errorf("op %d: %s", tt.op, diff)
		}
	}
	host.Stop()
	if got := g.call(t, wire.OpScrape, `{"url":"https://shop.example"}`); !strings.Contains(got, `"cancelled"`) {
		t.Errorf("a stopped call replies %s", got)
	}
}

// readmePlugin builds the plugin of the Go SDK's README and starts it.
func readmePlugin(t *testing.T) (*guest, *fakehost.Host) {
	t.Helper()
	dir := t.TempDir()
	source, overlay, out := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "plugin.wasm")
	sdk, err := filepath.Abs("../go")
	if err != nil {
		t.Fatal(err)
	}
	place := filepath.Join(sdk, "internal", "readme", "main.go") // where the overlay pretends it is
	for name, text := range map[string]string{
		source:  block(t, "../go/README.md", "go"),
		overlay: `{"Replace":{` + strconv.Quote(place) + `:` + strconv.Quote(source) + `}}`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-overlay", overlay, "-buildmode=c-shared", "-o", out, "./internal/readme")
	build.Dir = sdk
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	host := fakehost.New()
	return instantiate(t, wasm, host), host
}
