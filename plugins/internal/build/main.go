// Command build compiles the built-in plugins: every folder of package plugins
// with a plugin.json becomes dist/ID.wasm, its manifest inside.
//
//	go run ./plugins/internal/build
//
// The same sources give the same bytes, wherever they lie. What is up to date
// is not linked again, and files that would not change are not touched.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/omakase-ai/omakase/sdk/abi"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "building plugins:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	home, err := output(exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "github.com/omakase-ai/omakase/plugins"))
	if err != nil {
		return err
	}
	manifests, err := filepath.Glob(filepath.Join(home, "*", "plugin.json"))
	if err != nil {
		return err
	}
	built := map[string]bool{}
	for _, manifest := range manifests {
		name, err := build(ctx, home, manifest)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(filepath.Dir(manifest)), err)
		}
		built[name] = true
	}
	return removeOthers(filepath.Join(home, "dist"), built)
}

// build compiles one plugin and returns the name of its file.
func build(ctx context.Context, home, manifestFile string) (string, error) {
	text, err := os.ReadFile(manifestFile)
	if err != nil {
		return "", err
	}
	manifest, err := abi.ParseManifest(text)
	if err != nil {
		return "", err
	}
	name := manifest.ID + ".wasm"
	cache := filepath.Join(home, "..", ".cache", "plugins", name)
	module, err := compile(ctx, filepath.Dir(manifestFile), cache)
	if err != nil {
		return "", err
	}
	if module, err = abi.SetManifest(module, text); err != nil {
		return "", err
	}
	changed, err := replace(filepath.Join(home, "dist", name), filepath.Dir(cache), module)
	if changed {
		fmt.Printf("built plugins/dist/%s (%d KB)\n", name, len(module)>>10)
	}
	return name, err
}

// compile builds the guest in dir. The module stays at cache as the linker
// wrote it, by which the go command knows next time whether it is up to date.
func compile(ctx context.Context, dir, cache string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-buildmode=c-shared", "-o", cache, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if _, err := output(cmd); err != nil {
		return nil, err
	}
	return os.ReadFile(cache)
}

// output runs a command and returns what it wrote, without white space around
// it. The error has its complaint.
func output(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", fmt.Errorf("the go command is needed: %w", err)
		}
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args[:2], " "), err, &stderr)
	}
	return strings.TrimSpace(stdout.String()), nil
}

// replace writes a file by way of another in the folder tmpDir, so that nobody
// reads half of it, and reports whether it was any different before.
func replace(name, tmpDir string, data []byte) (changed bool, err error) {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
		return false, nil
	}
	tmp, err := os.CreateTemp(tmpDir, "module-*")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // it is there only after a failure
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return false, err
	}
	return true, os.Rename(tmp.Name(), name)
}

// removeOthers deletes the modules of plugins that are no more.
func removeOthers(dist string, built map[string]bool) error {
	modules, err := filepath.Glob(filepath.Join(dist, "*.wasm"))
	if err != nil {
		return err
	}
	for _, module := range modules {
		if !built[filepath.Base(module)] {
			if err := os.Remove(module); err != nil {
				return err
			}
		}
	}
	return nil
}
