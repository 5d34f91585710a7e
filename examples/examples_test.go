package examples_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/kit/conform"
	"github.com/omakase-ai/omakase/host/kit/project"
	"github.com/omakase-ai/omakase/host/kit/trial"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/sdk/plugintest/hosttest"
	"github.com/omakase-ai/omakase/sdk/recording"
)

// mostBytes is how large the same plugin may get in each language.
var mostBytes = map[string]int{project.Go: 3_200_000, project.AssemblyScript: 50_000, project.C: 50_000}

var tools = map[string][]string{project.Go: {"go"}, project.AssemblyScript: {"node", "npm"}, project.C: {"clang", "wasm-ld"}}

// need skips the test where a language's tools are missing, unless they must be
// there.
func need(t *testing.T, language string) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds modules")
	}
	for _, tool := range tools[language] {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("OMAKASE_REQUIRE_LANGUAGES") != "" {
				t.Fatal(err)
			}
			t.Skipf("%s is not installed, so the plugin in %s is not built", tool, language)
		}
	}
}

// compiler installs AssemblyScript's, once for all tests, which run side by
// side. The file that it looks for is the last that npm writes.
var compiler = sync.OnceValues(func() (modules string, err error) {
	dir, err := filepath.Abs(filepath.Join("hinoki", "as"))
	if err != nil {
		return "", err
	}
	modules = filepath.Join(dir, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, ".package-lock.json")); err == nil {
		return modules, nil
	}
	cmd := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w\n%s", err, text)
	}
	return modules, nil
})

// begin makes a project outside of this repository, as an author does.
func begin(t *testing.T, kind, language string) *project.Project {
	t.Helper()
	need(t, language)
	dir := filepath.Join(t.TempDir(), "mine")
	p, err := project.New(project.Template{Dir: dir, Kind: kind, Language: language})
	if err != nil {
		t.Fatal(err)
	}
	if language == project.AssemblyScript {
		modules, err := compiler()
		if err != nil {
			if os.Getenv("OMAKASE_REQUIRE_LANGUAGES") != "" {
				t.Fatal(err)
			}
			t.Skipf("the compiler can't be installed: %v", err)
		}
		if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// stage runs a module in a host of its own.
func stage(t *testing.T, p *project.Project) *trial.Stage {
	t.Helper()
	file, err := p.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s in %s has %d bytes", p.Manifest.ID, p.Language, len(module))
	if most := mostBytes[p.Language]; len(module) > most {
		t.Errorf("%d are allowed", most)
	}
	h, err := wasm.New(wasm.Options{
		Builtin: fstest.MapFS{"a.wasm": {Data: module}}, Quantum: trial.Quantum, Fresh: true,
		Functions: capability.New(capability.Services{KV: new(trial.Memory)}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return &trial.Stage{Plugins: h, ID: p.Manifest.ID}
}

// TestSameAnswers builds each example in each language and replays the same
// recordings with all of them: the answers are the same bytes. Each keeps every
// clause of the ABI.
func TestSameAnswers(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"scraper", "prompt", "tool"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			answers := map[string][]byte{}
			for _, language := range []string{project.Go, project.AssemblyScript, project.C} {
				t.Run(language, func(t *testing.T) {
					p := begin(t, kind, language)
					s := stage(t, p)
					files, err := recording.Files(p.RecordingsDir())
					if err != nil || len(files) == 0 {
						t.Fatalf("there is no recording: %v", err)
					}
					for _, file := range files {
						replay(t, s, p, file, answers)
					}
					hosttest.Guest(t, &conform.Guest{Plugins: s.Plugins, ID: s.ID, Kinds: p.Manifest.Provides})
				})
			}
		})
	}
}

func replay(t *testing.T, s *trial.Stage, p *project.Project, file string, answers map[string][]byte) {
	t.Helper()
	name := filepath.Base(file)
	r, err := recording.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Replay(t.Context(), r, p.Needs)
	if err != nil {
		t.Fatal(err)
	}
	if out.Err != nil || len(out.Missing)+len(out.Unmet)+len(out.Diff) > 0 {
		t.Errorf("%s: %v, missing %q, unmet %q, diff\n%s", name, out.Err, out.Missing, out.Unmet, strings.Join(out.Diff, "\n"))
	}
	for _, wrong := range recording.Rules(r.Operation, r.Request, out.Reply) {
		t.Errorf("%s: %s", name, wrong)
	}
	if r.Fuel[p.Language] == 0 {
		t.Errorf("%s has no fuel for %s", name, p.Language)
	}
	if f := trial.Fuel(r, p.Language, out.Fuel, 0.3); f != "" {
		t.Errorf("%s: %s", name, f)
	}
	if before, ok := answers[name]; ok && !bytes.Equal(before, out.Reply) {
		t.Errorf("%s: %s answers\n%s\nand the one before\n%s", name, p.Language, out.Reply, before)
	}
	answers[name] = out.Reply
}
