package trust

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// Book keeps, in a folder, each plugin as the operator has agreed to it: the
// module itself, so that it goes on serving when its file is replaced by one
// that asks for more. The first version of a plugin is agreed to by putting it
// there, since what it may use is granted in the configuration; a later one as
// long as it asks for no more than the one before.
type Book struct {
	dir  string
	read bool // and never written
}

// OpenBook keeps the book in a folder, which is made when it is needed.
func OpenBook(dir string) *Book { return &Book{dir: dir} }

// ReadBook looks at the book in a folder and agrees to nothing.
func ReadBook(dir string) *Book { return &Book{dir: dir, read: true} }

// Choose returns the module to run in place of the one at path: path itself
// where the operator has agreed to what its manifest asks for, else the version
// before, and what the new one asks for beyond it.
func (b *Book) Choose(m *abi.Manifest, path string) (run string, more []string, err error) {
	agreed, kept, err := b.agreed(m.ID)
	if err != nil {
		return "", nil, err
	}
	if agreed != nil {
		if more := More(agreed, m); len(more) > 0 {
			return kept, more, nil
		}
	}
	if b.read {
		return path, nil, nil
	}
	return path, nil, b.Agree(m.ID, path)
}

// agreed is the manifest of the version that was agreed to, and its module; nil
// where there is none.
func (b *Book) agreed(id string) (*abi.Manifest, string, error) {
	kept := b.file(id)
	module, err := os.ReadFile(kept)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, kept, nil
	} else if err != nil {
		return nil, "", errs.Wrap("reading what was agreed to", err)
	}
	text, err := abi.ReadManifest(module)
	if err != nil {
		return nil, "", errs.Wrap("reading "+kept, err)
	}
	m, err := abi.ParseManifest(text)
	return m, kept, errs.Wrap("reading "+kept, err)
}

func (b *Book) file(id string) string { return filepath.Join(b.dir, id+".wasm") }

// Agree keeps the module at path as the one that the operator agrees to.
func (b *Book) Agree(id, path string) error {
	module, err := os.ReadFile(path)
	if err != nil {
		return errs.Wrap("reading the module", err)
	}
	if old, err := os.ReadFile(b.file(id)); err == nil && bytes.Equal(old, module) {
		return nil
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return errs.Wrap("making the folder of agreed plugins", err)
	}
	tmp, err := os.CreateTemp(b.dir, ".new-*")
	if err != nil {
		return errs.Wrap("keeping the plugin", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // it is there only after a failure
	_, err = tmp.Write(module)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return errs.Wrap("keeping the plugin", err)
	}
	return errs.Wrap("keeping the plugin", os.Rename(tmp.Name(), b.file(id)))
}

// More tells what a manifest asks for that another one doesn't, in words.
func More(before, now *abi.Manifest) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(now.Needs)) {
		need := now.Needs[name]
		old, had := before.Needs[name]
		if !had {
			all = append(all, Words(name, need))
			continue
		}
		if hosts := without(need.Hosts, old.Hosts); len(hosts) > 0 {
			all = append(all, fmt.Sprintf("%s to %s (%q)", name, strings.Join(hosts, ", "), need.Reason))
		}
		if methods := without(methods(need), methods(old)); name == "http" && len(methods) > 0 {
			all = append(all, fmt.Sprintf("%s with %s (%q)", name, strings.Join(methods, ", "), need.Reason))
		}
		if need.QuotaBytes > old.QuotaBytes && old.QuotaBytes > 0 {
			all = append(all, fmt.Sprintf("%s of %d bytes instead of %d (%q)", name, need.QuotaBytes, old.QuotaBytes, need.Reason))
		}
	}
	for _, kind := range without(now.Provides, before.Provides) {
		all = append(all, "to be used as "+kind)
	}
	return all
}

// Words is a need as a person can agree to it.
func Words(capability string, need abi.Need) string {
	what := map[string]string{
		"http": "fetch from the web", "html": "have pages parsed", "kv": "remember things between calls",
		"crypto": "hash, sign and draw random bytes", "secret": "use its secrets, without seeing them",
		"catalog": "read the workspace's products", "cart": "read and change the session's cart", "order": "place the session's order",
		"knowledge": "read the workspace's frequent questions and store context",
	}[capability]
	if what == "" {
		what = "use " + capability
	}
	if len(need.Hosts) > 0 {
		what += ", at " + strings.NewReplacer(abi.ShopHost, "the shop being imported", "*.", "any part of ").Replace(strings.Join(need.Hosts, ", "))
	}
	if len(need.Methods) > 0 {
		what += ", with " + strings.Join(need.Methods, ", ")
	}
	return fmt.Sprintf("%s (%q)", what, need.Reason)
}

func methods(n abi.Need) []string {
	if len(n.Methods) == 0 {
		return []string{"GET", "HEAD"}
	}
	return n.Methods
}

func without(all, known []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(known, s) })
}
