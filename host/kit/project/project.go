// Package project is a plugin's folder on its author's machine: plugin.json,
// sources in one of the languages, recordings. It makes such folders from
// templates and builds modules from them.
//
// It runs compilers and no plugins.
package project

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// Files and folders of a project.
const (
	ManifestFile = "plugin.json"
	Recordings   = "recordings"
	distDir      = "dist"
	sdkDir       = ".omakase" // the SDK of the binary that made the project
)

// Languages that projects are written in.
const (
	Go             = "go"
	AssemblyScript = "as"
	C              = "c"
	Other          = "other" // built by other means
)

// Project is a plugin's folder.
type Project struct {
	Dir      string
	Language string
	Manifest *abi.Manifest
	text     []byte // of the manifest
}

// Open reads the manifest in dir and finds out the language.
func Open(dir string) (*Project, error) {
	name := filepath.Join(dir, ManifestFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errs.New(errs.NotFound, "there is no %s in %s", ManifestFile, dir).
			WithHint("name a plugin's folder, or make one with omakase plugin new")
	} else if errors.Is(err, syscall.ENOTDIR) {
		return nil, errs.New(errs.Invalid, "%s is a file, and a plugin's folder is needed", dir).
			WithHint("name the folder that holds its %s", ManifestFile)
	} else if err != nil {
		return nil, &errs.Error{Kind: errs.NotFound, Err: err}
	}
	m, err := abi.ParseManifest(text)
	if err != nil {
		return nil, errs.New(errs.BadData, "%s: %s", name, strings.ReplaceAll(err.Error(), "\n", "; ")).
			WithHint("see docs/plugins.md for what a manifest holds")
	}
	return &Project{Dir: dir, Language: language(dir), Manifest: m, text: text}, nil
}

// IsDir reports whether a path names a folder, which then should be a project.
func IsDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// language finds out what a folder's sources are written in.
func language(dir string) string {
	has := func(pattern string) bool {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		return err == nil && len(found) > 0
	}
	switch {
	case has("*.go"):
		return Go
	case has("assembly/*.ts"):
		return AssemblyScript
	case has("*.c"):
		return C
	}
	return Other
}

// Module is the file that Build writes.
func (p *Project) Module() string { return filepath.Join(p.Dir, distDir, p.Manifest.ID+".wasm") }

// RecordingsDir is where the project's recordings are: its own folder of them,
// or one beside it that projects of several languages share.
func (p *Project) RecordingsDir() string {
	own := filepath.Join(p.Dir, Recordings)
	if shared := filepath.Join(p.Dir, "..", Recordings); !IsDir(own) && IsDir(shared) {
		return shared
	}
	return own
}

// Needs reports whether the manifest asks for a capability.
func (p *Project) Needs(capability string) bool {
	_, ok := p.Manifest.Needs[capability]
	return ok
}
