package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/omakase-ai/omakase/"

// importRule says who may not import what. Paths of ours are relative to the
// module; a path ending in a slash is everything below it, and "" everything.
type importRule struct {
	packages []string
	except   []string
	never    []string
	deep     bool // also by way of other packages
	why      string
}

var importRules = []importRule{
	{
		packages: []string{"core/"}, deep: true,
		never: []string{"host/", "plugins/", "bench/", "github.com/gofiber/", "github.com/valyala/fasthttp", "github.com/tetratelabs/wazero", "github.com/alecthomas/kong"},
		why:   "core is what the product is; how it is served, sandboxed or started must be free to change",
	},
	{
		packages: []string{"core/"}, never: []string{"github.com/hashicorp/go-hclog"},
		why: "core logs through log/slog; which logger a process has is the host's choice",
	},
	{
		packages: []string{""}, except: []string{"core/store/", "core/queue/", "core/internal/sqltx/"},
		never: []string{"database/sql", "github.com/jackc/", "modernc.org/sqlite", "github.com/pressly/goose", "github.com/riverqueue/"},
		why:   "SQL lives behind the store and the queue, so that both engines stay interchangeable",
	},
	{
		packages: []string{""}, except: []string{"host/wasm/"}, never: []string{"github.com/tetratelabs/wazero"},
		why: "one package owns the sandbox; the others speak of plugins",
	},
	{
		packages: []string{""}, except: []string{"host/api/", "bench/"}, never: []string{"github.com/gofiber/", "github.com/valyala/fasthttp"},
		why: "Fiber v2 is near the end of its life; moving on must touch one folder (bench only loads)",
	},
	{
		packages: []string{""}, except: []string{"core/realtime/openai/", "core/realtime/sim/", "host/api/", "bench/"}, never: []string{"github.com/coder/websocket"},
		why: "providers are dialled in one place and clients are let in at one; in between pass events",
	},
	{
		packages: []string{"core/realtime/"}, except: []string{"core/realtime/openai/", "core/realtime/sim/"}, never: []string{"net/http", "core/realtime/openai/", "core/realtime/sim/"},
		why: "a session knows no transport and no provider",
	},
	{
		packages: []string{""}, except: []string{"host/cli/"}, never: []string{"github.com/alecthomas/kong"},
		why: "only the command line knows how it is parsed",
	},
	{
		packages: []string{"host/"}, never: []string{"plugins/", "sdk/plugintest/"},
		why: "built-in plugins are handed in by main and get no privilege",
	},
	{
		packages: []string{"host/"}, except: []string{"host/cli/"}, never: []string{"host/cli/"},
		why: "the command line wires packages together, not the other way round",
	},
	{
		packages: []string{"sdk/", "examples/"}, never: []string{"core/", "host/", "plugins/"},
		why: "plugin authors get the SDK alone; it can't lean on the product, and neither can what they learn from",
	},
}

// onlyRule says that packages import the standard library and a few others.
type onlyRule struct {
	packages []string
	except   []string
	allowed  []string
	why      string
}

var onlyRules = []onlyRule{
	{
		packages: []string{"sdk/go/"}, except: []string{"sdk/go/cmd/", "sdk/go/internal/"}, allowed: []string{"sdk/go/"},
		why: "every import of the SDK ends up in every plugin",
	},
	{
		packages: []string{"plugins/"}, except: []string{"plugins/internal/"}, allowed: []string{"sdk/go/", "plugins/"},
		why: "a built-in plugin is a guest like any other and must compile outside of this repository",
	},
}

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Name       string
	Dir        string
	Imports    []string
	Deps       []string
	GoFiles    []string
}

func (p *listed) path() string {
	if p.ImportPath+"/" == module {
		return ""
	}
	return strings.TrimPrefix(p.ImportPath, module)
}

// ours lists the packages of the module as they are built, without tests:
// tests may reach across, as an end-to-end test has to.
func ours(t *testing.T) []*listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Name,Dir,Imports,Deps,GoFiles", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var all []*listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(listed)
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// within reports whether a package is one of the named ones or below them.
func within(path string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return name == "" || path == strings.TrimSuffix(name, "/") || strings.HasSuffix(name, "/") && strings.HasPrefix(path, name) ||
			!strings.HasSuffix(name, "/") && strings.HasPrefix(path, name+"/")
	})
}

func TestImportRules(t *testing.T) {
	t.Parallel()
	packages := ours(t)
	if len(packages) < 10 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	for _, rule := range importRules {
		for _, p := range packages {
			if !within(p.path(), rule.packages) || rule.except != nil && within(p.path(), rule.except) {
				continue
			}
			imports := p.Imports
			if rule.deep {
				imports = p.Deps
			}
			for _, i := range imports {
				if within(strings.TrimPrefix(i, module), rule.never) {
					t.Errorf("%s imports %s: %s", p.path(), i, rule.why)
				}
			}
		}
	}
}

func TestPackagesThatLeanOnLittle(t *testing.T) {
	t.Parallel()
	for _, p := range ours(t) {
		for _, rule := range onlyRules {
			if !within(p.path(), rule.packages) || within(p.path(), rule.except) {
				continue
			}
			for _, i := range p.Imports {
				own := strings.HasPrefix(i, module)
				host, _, _ := strings.Cut(i, "/")
				standard := !own && !strings.Contains(host, ".")
				if !standard && (!own || !within(strings.TrimPrefix(i, module), rule.allowed)) {
					t.Errorf("%s imports %s: %s", p.path(), i, rule.why)
				}
			}
		}
	}
}

// TestBinaryHoldsNoTests keeps what only tests and generators need out of what
// is shipped.
func TestBinaryHoldsNoTests(t *testing.T) {
	t.Parallel()
	never := []string{
		"net/http/httptest", "pgregory.net/rapid", "github.com/google/go-cmp", "github.com/getkin/kin-openapi", "go.uber.org/goleak",
		"github.com/invopop/jsonschema", "core/store/storetest", "sdk/plugintest", "sdk/go/fakehost",
	}
	for _, p := range ours(t) {
		if p.path() != "" {
			continue
		}
		for _, d := range p.Deps {
			if within(strings.TrimPrefix(d, module), never) {
				t.Errorf("the binary holds %s, which is for tests", d)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	for _, p := range ours(t) {
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "model", "models", "misc", "lib", "shared"}, p.Name) {
			t.Errorf("%s: the name says nothing of what is inside", p.path())
		}
		if len(p.GoFiles) > 0 && !hasComment(t, p) {
			t.Errorf("%s has no package comment that begins with Package %s or Command", p.path(), p.Name)
		}
	}
}

func hasComment(t *testing.T, p *listed) bool {
	t.Helper()
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Error(err)
			continue
		}
		text := f.Doc.Text()
		if strings.HasPrefix(text, "Package "+p.Name) || p.Name == "main" && strings.HasPrefix(text, "Command ") {
			return true
		}
	}
	return false
}

// tracked are the files of the repository, or of the folder when it is no
// clone.
func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "-z").Output()
	if err != nil {
		t.Skipf("git lists no files here: %v", err)
	}
	return strings.FieldsFunc(string(out), func(c rune) bool { return c == 0 })
}

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func TestFilesStayReadable(t *testing.T) {
	t.Parallel()
	const limit = 500
	for _, name := range tracked(t) {
		if filepath.Ext(name) != ".go" || strings.Contains(name, "testdata/") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil { // removed, but not yet from the index
			continue
		}
		if lines := bytes.Count(text, []byte("\n")); lines > limit && !generated.Match(text) {
			t.Errorf("%s has %d lines; split it by what its parts are about (%d at most)", name, lines, limit)
		}
	}
}

// TestFilesNameNoMachine: what is written on one machine must hold on all.
func TestFilesNameNoMachine(t *testing.T) {
	t.Parallel()
	places := regexp.MustCompile(`(^|[^A-Za-z0-9_.-])/(root|work|Users)/[a-z]|/home/[a-z]+/|/tmp/[A-Za-z]` +
		`|registry\.npm[j]s\.org|proxy\.golan[g]\.org|sum\.golan[g]\.org|pyp[i]\.org|crate[s]\.io|deb\.debia[n]\.org`)
	for _, name := range tracked(t) {
		text, err := os.ReadFile(name)
		if err != nil || bytes.IndexByte(text, 0) >= 0 || strings.HasPrefix(name, "go.") || strings.Contains(name, "testdata/") {
			continue
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		lines.Buffer(nil, 16<<20)
		for n := 1; lines.Scan(); n++ {
			if found := places.FindString(lines.Text()); found != "" {
				t.Errorf("%s:%d names %q", name, n, strings.TrimSpace(found))
			}
		}
	}
}
