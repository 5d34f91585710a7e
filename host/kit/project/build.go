package project

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// Build compiles the project and puts the manifest into the module, whose file
// it returns. What the compiler says is in the error.
func (p *Project) Build(ctx context.Context) (file string, err error) {
	out := p.Module()
	if p.Language == Other {
		return "", errs.New(errs.Unsupported, "%s holds no sources in Go, AssemblyScript or C", p.Dir).
			WithHint("build the module with your own tools, then run omakase plugin build --embed MODULE %s", p.Dir)
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil { //nolint:gosec // as any build's output
		return "", errs.Wrap("making the folder for the module", err)
	}
	if err := p.writeSDK(); err != nil {
		return "", err
	}
	// Two builds at once don't meet, and one that is stopped leaves the module
	// of the one before.
	work, err := os.MkdirTemp(filepath.Dir(out), ".build-*")
	if err != nil {
		return "", errs.Wrap("making a folder for the build", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	raw := filepath.Join(work, p.Manifest.ID+".wasm")
	switch p.Language {
	case Go:
		err = p.buildGo(ctx, raw)
	case AssemblyScript:
		err = p.buildAS(ctx, raw)
	case C:
		err = p.buildC(ctx, raw)
	}
	if err != nil {
		return "", err
	}
	return out, p.Embed(raw, out)
}

// Embed puts the manifest into a module that was built already.
func (p *Project) Embed(module, out string) error {
	wasm, err := os.ReadFile(module)
	if err != nil {
		return &errs.Error{Kind: errs.NotFound, Err: err}
	}
	wasm, err = abi.SetManifest(wasm, p.text)
	if err != nil {
		return errs.New(errs.BadData, "%s: %v", module, err)
	}
	if old, err := os.ReadFile(out); err == nil {
		// What was signed already stays signed.
		if bare, err := abi.Unsigned(old); err == nil && bytes.Equal(bare, wasm) {
			return nil
		}
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil { //nolint:gosec // as any build's output
		return errs.Wrap("making the folder for the module", err)
	}
	return errs.Wrap("writing the module", WriteFile(out, wasm, 0o644))
}

func (p *Project) buildGo(ctx context.Context, out string) error {
	abs, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-buildmode=c-shared", "-o", abs, ".") //nolint:gosec // the author's own folder
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	return p.compile(ctx, cmd, "install Go 1.26 or newer from https://go.dev/dl/")
}

func (p *Project) buildC(ctx context.Context, out string) error {
	sources, err := filepath.Glob(filepath.Join(p.Dir, "*.c"))
	if err != nil {
		return err
	}
	abs, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	args := []string{
		"--target=wasm32", "-std=c11", "-Oz", "-ffreestanding", "-nostdlib", "-Wall", "-Wextra", "-Werror", "-mbulk-memory",
		"-I", filepath.Join(sdkDir, "c"), "-Wl,--no-entry", "-Wl,-z,stack-size=65536", "-o", abs,
	}
	for _, s := range sources {
		args = append(args, filepath.Base(s))
	}
	return p.compile(ctx, exec.CommandContext(ctx, "clang", args...), "install clang and lld (Debian: apt-get install clang lld)") //nolint:gosec // the author's own folder
}

func (p *Project) buildAS(ctx context.Context, out string) error {
	compiler := p.findCompiler()
	if compiler == "" {
		cmd := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund")
		if err := p.compile(ctx, cmd, "install Node 20 or newer with npm, from https://nodejs.org/"); err != nil {
			return err
		}
		if compiler = p.findCompiler(); compiler == "" {
			return errs.New(errs.NotFound, "npm ci in %s installed no AssemblyScript compiler", p.Dir).
				WithHint("add it: npm install --save-dev assemblyscript")
		}
	}
	abs, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "node", append([]string{compiler, "-o", abs}, asFlags...)...) //nolint:gosec // the author's own folder
	return p.compile(ctx, cmd, "install Node 20 or newer, from https://nodejs.org/")
}

// asFlags: memory is given back by the SDK at the beginning of a call, which
// spares a collector that runs meanwhile.
var asFlags = []string{
	"assembly/index.ts", "-Os", "--noAssert", "--debug", "--runtime", "minimal",
	"--use", "abort=.omakase/as/omakase/abort",
}

// findCompiler looks for the compiler where npm installs it: in the project or
// in a folder above it.
func (p *Project) findCompiler() string {
	dir, err := filepath.Abs(p.Dir)
	if err != nil {
		return ""
	}
	for {
		name := filepath.Join(dir, "node_modules", "assemblyscript", "bin", "asc.js")
		if _, err := os.Stat(name); err == nil {
			return name
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// compile runs a compiler in the project's folder. Where ctx ends it is asked to
// stop, so that it can tidy up.
func (p *Project) compile(ctx context.Context, cmd *exec.Cmd, missing string) error {
	cmd.Dir = p.Dir
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	said, err := cmd.CombinedOutput()
	name := strings.Join(cmd.Args[:min(2, len(cmd.Args))], " ")
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errs.New(errs.KindOf(ctx.Err()), "%s in %s was stopped", name, p.Dir)
	case errors.Is(err, exec.ErrNotFound):
		return errs.New(errs.NotFound, "%s is needed and not there", cmd.Args[0]).WithHint("%s", missing)
	}
	wrong := errs.New(errs.BadData, "%s in %s: %v\n%s", name, p.Dir, err, bytes.TrimSpace(said))
	for _, k := range known {
		if k.said.Match(said) {
			return wrong.WithHint("%s", k.hint)
		}
	}
	return wrong
}

// known are complaints of compilers that are about the machine and not about
// the sources, and what to do about them.
var known = []struct {
	said *regexp.Regexp
	hint string
}{
	{regexp.MustCompile(`Executable "wasm-ld`), "clang needs its linker for WASM (Debian: apt-get install lld)"},
	{regexp.MustCompile(`ERR_MODULE_NOT_FOUND`), "the compiler is there in part, as after an installation that was stopped: remove node_modules and build again"},
	{regexp.MustCompile(`npm \S+ code (ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|ERR_SOCKET)`), "npm gets the AssemblyScript compiler, once for each folder, and needs the network or its cache for that"},
	{regexp.MustCompile(`requires go >= `), "install Go 1.26 or newer from https://go.dev/dl/"},
}

// writeSDK writes the SDK beside the sources where it is missing. What is there
// stays: it is the one that the author has tested with.
func (p *Project) writeSDK() error {
	dir := filepath.Join(p.Dir, sdkDir, p.Language)
	if p.Language == Go {
		// A project inside of a module that has the SDK takes it from there.
		text, err := os.ReadFile(filepath.Join(p.Dir, "go.mod"))
		if err != nil || !bytes.Contains(text, []byte("=> ./"+sdkDir+"/"+Go)) {
			return nil //nolint:nilerr // no module of its own
		}
	}
	if IsDir(dir) {
		return nil
	}
	return errs.Wrap("writing the SDK", WriteSDK(dir, p.Language))
}

// WriteSDK writes the SDK of a language into a folder.
func WriteSDK(dir, language string) error {
	files := sdk.Files()
	roots := map[string][]string{Go: {"go", "recording", "plugintest"}, AssemblyScript: {"as"}, C: {"c"}}[language]
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		root, rest, _ := strings.Cut(name, "/")
		if err != nil || d.IsDir() || !slices.Contains(roots, root) || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if language == Go {
			rest = "sdk/" + name
		}
		return write(filepath.Join(dir, filepath.FromSlash(rest)), text)
	})
	if err != nil || language != Go {
		return err
	}
	return write(filepath.Join(dir, "go.mod"), []byte("module github.com/omakase-ai/omakase\n\ngo 1.26\n"))
}

func write(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // sources, for all to read
		return err
	}
	return os.WriteFile(name, text, 0o644) //nolint:gosec // as above
}
