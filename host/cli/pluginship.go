package cli

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/kit/project"
	"github.com/omakase-ai/omakase/host/server"
	"github.com/omakase-ai/omakase/host/trust"
	"github.com/omakase-ai/omakase/sdk/abi"
)

type packCommand struct {
	Dir string `arg:"" default:"." help:"The plugin's folder (built first)."`
	Out string `short:"o" placeholder:"FILE" help:"The archive to write; ID-VERSION.zip where this is left out."`
}

// Run makes an archive of the module, its manifest and README, and their
// digests. The same files make the same archive.
func (c *packCommand) Run(ctx context.Context, p *Process) error {
	made, err := project.Open(c.Dir)
	if err != nil {
		return err
	}
	if _, err := made.Build(ctx); err != nil {
		return err
	}
	if c.Out == "" {
		c.Out = made.Manifest.ID + "-" + made.Manifest.Version + ".zip"
	}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	var sums strings.Builder
	put := func(name string, text []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	}
	for _, name := range []string{made.Module(), filepath.Join(c.Dir, project.ManifestFile), filepath.Join(c.Dir, "README.md")} {
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a README is no must
		} else if err != nil {
			return errs.Wrap("packing", err)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(text), filepath.Base(name))
		if err := put(filepath.Base(name), text); err != nil {
			return errs.Wrap("packing", err)
		}
	}
	if err := errors.Join(put("SHA256SUMS", []byte(sums.String())), z.Close()); err != nil {
		return errs.Wrap("packing", err)
	}
	if err := os.WriteFile(c.Out, archive.Bytes(), 0o644); err != nil { //nolint:gosec // for all to read
		return errs.Wrap("writing the archive", err)
	}
	p.say("%s", strings.TrimSpace(sums.String()))
	fmt.Fprintln(p.Stdout, c.Out)
	return nil
}

type signCommand struct {
	File string `arg:"" help:"A .wasm file, which is signed where it is, or a plugin's folder (built first)."`
	Key  string `required:"" placeholder:"FILE" help:"Your private key (ed25519, PKCS #8 in PEM); it is made where there is none."`
}

// Run signs the module and prints the public key.
func (c *signCommand) Run(ctx context.Context, p *Process) error {
	file, err := moduleOf(ctx, c.File)
	if err != nil {
		return err
	}
	module, err := os.ReadFile(file)
	if err != nil {
		return &errs.Error{Kind: errs.NotFound, Err: err}
	}
	key, err := signingKey(p, c.Key)
	if err != nil {
		return err
	}
	signed, err := abi.Sign(module, key)
	if err != nil {
		return errs.New(errs.BadData, "%s: %v", file, err)
	}
	if err := os.WriteFile(file, signed, 0o644); err != nil { //nolint:gosec // for all to read
		return errs.Wrap("writing the module", err)
	}
	public, err := abi.Verify(signed)
	if err != nil {
		return errs.Wrap("verifying the signature", err)
	}
	p.say("signed %s", file)
	fmt.Fprintln(p.Stdout, public)
	return nil
}

// moduleOf is the file of a module, built where a folder is named.
func moduleOf(ctx context.Context, target string) (string, error) {
	if !project.IsDir(target) {
		return target, nil
	}
	made, err := project.Open(target)
	if err != nil {
		return "", err
	}
	return made.Build(ctx)
}

// signingKey reads a private key, or makes one.
func signingKey(p *Process, file string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, errs.Wrap("making a key", err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, errs.Wrap("making a key", err)
		}
		p.say("made the key %s; keep it to yourself, and keep a copy", file)
		return key, errs.Wrap("writing the key", os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	} else if err != nil {
		return nil, &errs.Error{Kind: errs.NotFound, Err: err}
	}
	wrong := errs.New(errs.BadData, "%s holds no ed25519 key in PEM", file).WithHint("name a file that isn't there, and a key is made in it")
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, wrong
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := any.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, wrong
	}
	return key, nil
}

type verifyCommand struct {
	settings
	File string `arg:"" help:"A .wasm file."`
}

// Run says whose signature the module has and whether this host counts it.
func (c *verifyCommand) Run(p *Process) error {
	l, err := c.load(p)
	if err != nil {
		return err
	}
	module, err := os.ReadFile(c.File)
	if err != nil {
		return &errs.Error{Kind: errs.NotFound, Err: err}
	}
	fmt.Fprintf(p.Stdout, "sha256  %x\n", sha256.Sum256(module))
	key, err := abi.Verify(module)
	if err != nil {
		return errs.New(errs.Denied, "%s: %v", c.File, err).WithHint("omakase plugin sign signs a module")
	}
	fmt.Fprintf(p.Stdout, "signed  %s\n", key)
	if !slices.Contains(l.Plugins.Keys, key.String()) {
		return errs.New(errs.Denied, "the signature is right, and its key is not one of plugins.keys").WithHint("add it to plugins.keys if you trust whoever has it")
	}
	return nil
}

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
	if err := os.MkdirAll(l.Plugins.Dir, 0o755); err != nil { //nolint:gosec // as any folder of programs
		return errs.Wrap("making plugins.dir", err)
	}
	tmp, err := os.MkdirTemp(l.Plugins.Dir, ".install-")
	if err != nil {
		return errs.Wrap("writing into plugins.dir", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	staged := filepath.Join(tmp, "new.wasm")
	if err := os.WriteFile(staged, module, 0o644); err != nil { //nolint:gosec // for all to read
		return errs.Wrap("writing the module", err)
	}
	m, err := tryModule(ctx, p, l, staged)
	if err != nil {
		return err
	}
	file := filepath.Join(l.Plugins.Dir, m.ID+".wasm")
	if err := os.Rename(staged, file); err != nil {
		return errs.Wrap("putting the module into plugins.dir", err)
	}
	p.say("installed %s %s. It asks to:", m.ID, m.Version)
	for _, name := range slices.Sorted(maps.Keys(m.Needs)) {
		p.say("  %s", trust.Words(name, m.Needs[name]))
	}
	p.say("\nWhat it may do is up to the configuration. To agree to all of that, add:\n")
	fmt.Fprint(p.Stdout, proposal(m, sum))
	p.say("\nA running server takes it with: kill -HUP PID, or POST /api/admin/plugins/reload.")
	return nil
}

// tryModule loads the module as a server would.
func tryModule(ctx context.Context, p *Process, l *config.Loaded, file string) (*abi.Manifest, error) {
	m, err := moduleManifest(file)
	if err != nil {
		return nil, err
	}
	check := checkCommand{}
	alone := *l
	alone.Plugins.Settings = map[string]config.Plugin{} // a digest that is pinned is of the version before
	tools, err := check.tools(p, &alone, file)
	if err != nil {
		return nil, err
	}
	defer tools.Close()
	return m, errs.Wrap("it is not installed", tools.Plugins.Check(ctx, m.ID))
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
