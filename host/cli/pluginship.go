package cli

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/kit/project"
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
	if err := project.WriteFile(c.Out, archive.Bytes(), 0o644); err != nil {
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
	if _, err := moduleManifest(file); err != nil {
		return err // before a key is made for it
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
	if err := project.WriteFile(file, signed, 0o644); err != nil {
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
		if err := writeKey(file, der); err != nil {
			return nil, err
		}
		p.say("made the key %s; keep it to yourself, and keep a copy", file)
		return key, nil
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

// writeKey writes a private key where there is no file yet.
func writeKey(file string, der []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the file that the author names
	if errors.Is(err, fs.ErrExist) {
		return errs.New(errs.Conflict, "another command has made the key %s meanwhile", file).WithHint("run this one again, and it takes that key")
	}
	if err != nil {
		return errs.Wrap("writing the key", err)
	}
	err = pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := errors.Join(err, f.Close()); err != nil {
		return errs.Wrap("writing the key", errors.Join(err, os.Remove(file)))
	}
	return nil
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
	if errors.Is(err, abi.ErrUnsigned) {
		return errs.New(errs.Denied, "%s: %v", c.File, err).WithHint("omakase plugin sign signs a module")
	} else if err != nil {
		return errs.New(errs.Denied, "%s: %v", c.File, err).WithHint("get it anew from whoever made it, or build and sign it again")
	}
	fmt.Fprintf(p.Stdout, "signed  %s\n", key)
	if !slices.Contains(l.Plugins.Keys, key.String()) {
		return errs.New(errs.Denied, "the signature is right, and its key is not one of plugins.keys").WithHint("add it to plugins.keys if you trust whoever has it")
	}
	return nil
}
