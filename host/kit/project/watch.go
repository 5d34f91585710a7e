package project

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

// State is what a project's files were like at one time: what they are made of
// and not what is made from them.
type State map[string]fileState

type fileState struct {
	size int64
	time time.Time
}

// Look reads the state of a project.
func Look(dir string) State {
	s := State{}
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // a file that went away is a change of its own
		}
		if d.IsDir() {
			if name != dir && slices.Contains([]string{distDir, sdkDir, "node_modules", ".git"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if info, err := d.Info(); err == nil {
			s[name] = fileState{info.Size(), info.ModTime()}
		}
		return nil
	})
	return s
}

// Changed names a file in which two states differ; "" when they don't.
func (s State) Changed(now State) string {
	for name, f := range now {
		if s[name] != f {
			return name
		}
	}
	for name := range s {
		if _, ok := now[name]; !ok {
			return name
		}
	}
	return ""
}

// Await returns when a file of the project has changed, with its name and the
// new state. It looks a few times in a second.
func Await(ctx context.Context, dir string, before State) (string, State, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return "", nil, ctx.Err()
		case <-tick.C:
			now := Look(dir)
			if name := before.Changed(now); name != "" {
				return name, now, nil
			}
		}
	}
}

// Builder builds a project again and again. For AssemblyScript it keeps the
// compiler running, whose start takes longer than its work, and leaves out what
// makes modules small. It is used by one goroutine. Close it when done.
type Builder struct {
	dir      string
	compiler *exec.Cmd
	in       io.WriteCloser
	out      *bufio.Reader
}

// NewBuilder returns a builder of the project in dir.
func NewBuilder(dir string) *Builder { return &Builder{dir: dir} }

// Build reads the project anew and builds it.
func (b *Builder) Build(ctx context.Context) (*Project, string, error) {
	p, err := Open(b.dir)
	if err != nil {
		return nil, "", err
	}
	if p.Language != AssemblyScript || p.findCompiler() == "" {
		file, err := p.Build(ctx)
		return p, file, err
	}
	if err := p.writeSDK(); err != nil {
		return nil, "", err
	}
	out, err := filepath.Abs(filepath.Join(b.dir, distDir))
	if err != nil {
		return nil, "", err
	}
	if err := os.MkdirAll(out, 0o755); err != nil { //nolint:gosec // as any build's output
		return nil, "", errs.Wrap("making the folder for the module", err)
	}
	work, err := os.MkdirTemp(out, ".dev-*")
	if err != nil {
		return nil, "", errs.Wrap("making a folder for the build", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	raw := filepath.Join(work, "plugin.wasm")
	if err := b.compile(ctx, p, raw); err != nil {
		return nil, "", err
	}
	return p, p.Module(), p.Embed(raw, p.Module())
}

// service is a program that compiles whenever it is sent a line of arguments.
const service = `
const asc = (await import(process.argv[1])).default;
const { createInterface } = await import("node:readline");
for await (const line of createInterface({ input: process.stdin })) {
  let said = "";
  const { error } = await asc.main(JSON.parse(line), { stdout: { write() {} }, stderr: { write(s) { said += s; } } });
  process.stdout.write(JSON.stringify({ failed: !!error, said: said || String(error ?? "") }) + "\n");
}`

func (b *Builder) compile(ctx context.Context, p *Project, raw string) error {
	if b.compiler == nil {
		if err := b.start(ctx, p); err != nil {
			return err
		}
	}
	args := slices.Concat([]string{"-o", raw}, asFlags)
	for i, a := range args {
		if a == "-Os" {
			args[i] = "-O0"
		}
	}
	line, err := json.Marshal(args)
	if err != nil {
		return err
	}
	var answer struct {
		Failed bool
		Said   string
	}
	_, err = fmt.Fprintf(b.in, "%s\n", line)
	if err == nil {
		var text []byte
		if text, err = b.out.ReadBytes('\n'); err == nil {
			err = json.Unmarshal(text, &answer)
		}
	}
	if err != nil {
		err = errs.New(errs.Unavailable, "the compiler ended: %v", errors.Join(err, b.Close())).WithHint("try it by itself: omakase plugin build")
		b.compiler = nil
		return err
	}
	if answer.Failed {
		return errs.New(errs.BadData, "asc in %s:\n%s", p.Dir, answer.Said)
	}
	return nil
}

func (b *Builder) start(ctx context.Context, p *Project) error {
	library := filepath.Join(filepath.Dir(filepath.Dir(p.findCompiler())), "dist", "asc.js")
	cmd := exec.CommandContext(ctx, "node", "--input-type=module", "-e", service, library) //nolint:gosec // the author's own folder
	cmd.Dir, cmd.Stderr = p.Dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return errs.New(errs.NotFound, "node: %v", err).WithHint("install Node 20 or newer, from https://nodejs.org/")
	}
	b.compiler, b.in, b.out = cmd, in, bufio.NewReader(out)
	return nil
}

// Quick reports whether modules are made to be there soon, and not to be given
// away: their fuel says nothing.
func (b *Builder) Quick() bool { return b.compiler != nil }

// Close ends the compiler that is kept running.
func (b *Builder) Close() error {
	if b.compiler == nil {
		return nil
	}
	err := b.in.Close()
	return errors.Join(err, b.compiler.Wait())
}
