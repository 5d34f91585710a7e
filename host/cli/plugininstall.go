package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/server"
	"github.com/omakase-ai/omakase/host/trust"
	"github.com/omakase-ai/omakase/sdk/abi"
)

type installCommand struct {
	settings
	From   string `arg:"" help:"A .wasm file, a plugin's folder (built first), or an https URL."`
	SHA256 string `name:"sha256" placeholder:"HEX" help:"The digest that the module must have; needed for a URL."`
}

// Run checks the module, puts it into plugins.dir, and says what to add to the
// configuration.
func (c *installCommand) Run(ctx context.Context, p *Process) error {
	l, err := c.load(p)
	if err != nil {
		return err
	}
	if l.Plugins.Dir == "" {
		return errs.New(errs.Invalid, "there is no folder for plugins").WithHint("set plugins.dir or OMAKASE_PLUGINS_DIR")
	}
	module, err := c.module(ctx, p, l)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(module)
	sum := hex.EncodeToString(digest[:])
	if c.SHA256 != "" && !strings.EqualFold(c.SHA256, sum) {
		return errs.New(errs.Denied, "its SHA-256 is %s, not the one that was asked for", sum).WithHint("get the module anew, or ask whoever made it for the digest")
	}
	m, err := manifestOf(c.From, module)
	if err != nil {
		return err
	}
	instead, err := replaced(p, l, m)
	if err != nil {
		return err
	}
	if err := place(ctx, l, m, module); err != nil {
		return err
	}
	p.say("installed %s %s%s. It asks to:", m.ID, m.Version, instead)
	for _, name := range slices.Sorted(maps.Keys(m.Needs)) {
		p.say("  %s", trust.Words(name, m.Needs[name]))
	}
	p.say("\nWhat it may do is up to the configuration. To agree to all of that, add:\n")
	fmt.Fprint(p.Stdout, proposal(m, sum))
	p.say("\nA running server takes it with: kill -HUP PID, or POST /api/admin/plugins/reload.")
	return nil
}

// replaced tells in whose place the module comes, and refuses one whose id
// another file in the folder has.
func replaced(p *Process, l *config.Loaded, m *abi.Manifest) (string, error) {
	files, err := filepath.Glob(filepath.Join(l.Plugins.Dir, "*.wasm"))
	if err != nil {
		return "", errs.Wrap("listing plugins.dir", err)
	}
	instead := ""
	for _, file := range files {
		old, err := moduleManifest(file)
		switch {
		case err != nil || old.ID != m.ID:
		case filepath.Base(file) == m.ID+".wasm":
			instead = fmt.Sprintf(", in place of %s", old.Version)
		default:
			return "", errs.New(errs.Conflict, "%s has the id %s, too", file, m.ID).WithHint("remove that file, or give one of both another id in its plugin.json")
		}
	}
	if _, err := fs.Stat(p.Builtins, m.ID+".wasm"); err == nil && instead == "" {
		instead = ", in place of the built-in one"
	}
	return instead, nil
}

// place tries the module beside where it is to be, and puts it there in one
// step.
func place(ctx context.Context, l *config.Loaded, m *abi.Manifest, module []byte) error {
	if err := os.MkdirAll(l.Plugins.Dir, 0o755); err != nil { //nolint:gosec // as any folder of programs
		return errs.Wrap("making plugins.dir", err)
	}
	tmp, err := os.MkdirTemp(l.Plugins.Dir, ".install-")
	if err != nil {
		return errs.Wrap("writing into plugins.dir", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	staged := filepath.Join(tmp, m.ID+".wasm")
	if err := os.WriteFile(staged, module, 0o644); err != nil { //nolint:gosec // for all to read
		return errs.Wrap("writing the module", err)
	}
	if err := tryModule(ctx, l, m.ID, staged); err != nil {
		return err
	}
	return errs.Wrap("putting the module into plugins.dir", os.Rename(staged, filepath.Join(l.Plugins.Dir, m.ID+".wasm")))
}

// tryModule loads the module as a server would.
func tryModule(ctx context.Context, l *config.Loaded, id, file string) error {
	alone := *l
	alone.Plugins.Settings = map[string]config.Plugin{} // a digest that is pinned is of the version before
	tools, err := quiet(&alone, file)
	if err != nil {
		return err
	}
	defer tools.Close()
	return errs.Wrap("it is not installed", tools.Plugins.Check(ctx, id))
}

// module gets the bytes to install.
func (c *installCommand) module(ctx context.Context, p *Process, l *config.Loaded) ([]byte, error) {
	if !strings.HasPrefix(c.From, "https://") {
		if strings.HasPrefix(c.From, "http://") {
			return nil, errs.New(errs.Invalid, "%s is not https", c.From).WithHint("use an https URL, or download the module yourself")
		}
		file, err := moduleOf(ctx, c.From)
		if err != nil {
			return nil, err
		}
		module, err := os.ReadFile(file)
		if err != nil {
			return nil, &errs.Error{Kind: errs.NotFound, Err: err}
		}
		return module, nil
	}
	if c.SHA256 == "" {
		return nil, errs.New(errs.Invalid, "a URL needs a digest, since what is there may change").WithHint("ask whoever made it, and add --sha256")
	}
	tools, err := openTools(p, l)
	if err != nil {
		return nil, err
	}
	defer tools.Close()
	resp, err := tools.Fetch.Fetch(ctx, &fetch.Request{Method: http.MethodGet, URL: c.From})
	if err != nil {
		return nil, errs.Wrap("downloading the module", err)
	}
	if resp.Status != http.StatusOK {
		return nil, errs.New(errs.Unavailable, "%s answers with status %d", c.From, resp.Status)
	}
	return resp.Body, nil
}

// proposal is the part of a configuration that grants what a manifest asks for.
func proposal(m *abi.Manifest, digest string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "plugins:\n  settings:\n    %s:\n      digest: %s\n", m.ID, digest)
	g := wholeGrants(m, config.Grants{})
	var lines []string
	if g.HTTP != nil {
		line := "http: {hosts: " + quoted(g.HTTP.Hosts)
		if g.HTTP.Methods != nil {
			line += ", methods: " + quoted(g.HTTP.Methods)
		}
		lines = append(lines, line+"}")
	}
	if g.KV != nil {
		lines = append(lines, fmt.Sprintf("kv: {quota: %d}", g.KV.Quota))
	}
	if g.Crypto != nil {
		lines = append(lines, "crypto: true")
	}
	if g.Secret != nil {
		lines = append(lines, "secret: {hosts: "+quoted(g.Secret.Hosts)+"}")
	}
	if lines != nil {
		fmt.Fprintf(&b, "      grants:\n        %s\n", strings.Join(lines, "\n        "))
	}
	return b.String()
}

func quoted(all []string) string {
	words := make([]string, len(all))
	for i, s := range all {
		words[i] = fmt.Sprintf("%q", s)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

type agreeCommand struct {
	settings
	ID string `arg:"" help:"The plugin's id."`
}

// Run lets the version in plugins.dir take the place of the one that was agreed
// to before.
func (c *agreeCommand) Run(p *Process) error {
	l, err := c.load(p)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(l.Plugins.Dir, "*.wasm"))
	if err != nil {
		return errs.Wrap("listing plugins.dir", err)
	}
	for _, file := range files {
		m, err := moduleManifest(file)
		if err != nil || m.ID != c.ID {
			continue
		}
		if err := trust.OpenBook(server.AgreedDir(&l.Config)).Agree(m.ID, file); err != nil {
			return err
		}
		fmt.Fprintf(p.Stdout, "Agreed: %s %s may ask to\n", m.ID, m.Version)
		for _, name := range slices.Sorted(maps.Keys(m.Needs)) {
			fmt.Fprintf(p.Stdout, "  %s\n", trust.Words(name, m.Needs[name]))
		}
		p.say("A running server takes it with: kill -HUP PID, or POST /api/admin/plugins/reload.")
		return nil
	}
	return errs.New(errs.NotFound, "there is no %s in plugins.dir (%s)", c.ID, l.Plugins.Dir).WithHint("omakase plugin list shows what there is")
}
