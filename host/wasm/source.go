package wasm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// maxModule is the size of the largest plugin, in bytes.
const maxModule = 32 << 20

// source is where a plugin's module comes from.
type source struct {
	fsys    fs.FS
	name    string // in fsys
	path    string // for people
	builtin bool
}

// read returns the whole module. The error's kind is Unavailable: trying again
// may help.
func (s source) read() ([]byte, error) {
	f, err := s.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxModule+1))
	if err != nil {
		return nil, errs.New(errs.Unavailable, "reading %s: %v", s.path, err)
	}
	if len(b) > maxModule {
		return nil, errs.New(errs.TooLarge, "%s is larger than %d MB", s.path, maxModule>>20)
	}
	return b, nil
}

func (s source) open() (fs.File, error) {
	f, err := s.fsys.Open(s.name)
	if err != nil {
		return nil, errs.New(errs.Unavailable, "opening %s: %v", s.path, err)
	}
	return f, nil
}

// digest is the SHA-256 of the module, in hexadecimal.
func (s source) digest() (string, error) {
	f, err := s.open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", errs.New(errs.Unavailable, "reading %s: %v", s.path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// manifest reads the manifest's text without reading the code: a host with
// large plugins that nobody calls stays small.
func (s source) manifest() ([]byte, error) {
	f, err := s.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, ok := f.(io.ReaderAt)
	if !ok {
		b, err := io.ReadAll(io.LimitReader(f, maxModule))
		if err != nil {
			return nil, errs.New(errs.Unavailable, "reading %s: %v", s.path, err)
		}
		r = bytes.NewReader(b)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errs.New(errs.Unavailable, "reading %s: %v", s.path, err)
	}
	// Sections may say that they end beyond the file, where some file systems
	// answer with errors of their own.
	outline, err := outline(io.NewSectionReader(r, 0, info.Size()))
	if err != nil {
		return nil, errs.New(errs.Invalid, "%s: %v", s.path, err)
	}
	text, err := abi.ReadManifest(outline)
	if err != nil {
		return nil, errs.New(errs.Invalid, "%s: %v", s.path, err)
	}
	return text, nil
}

// outline is a module that holds only the header and the sections that may be
// manifests.
func outline(r io.ReaderAt) ([]byte, error) {
	var preamble [8]byte
	out := preamble[:]
	if n, err := r.ReadAt(out, 0); err != nil {
		return out[:n], ignoreEOF(err)
	}
	name := append([]byte{byte(len(abi.ManifestSection))}, abi.ManifestSection...)
	head := make([]byte, 6+len(name))
	for at := int64(8); at < maxModule; {
		n, err := r.ReadAt(head, at)
		if n == 0 {
			return out, ignoreEOF(err)
		}
		size, used := uint32(0), 1
		for shift := 0; used < min(n, 6); shift += 7 {
			c := head[used]
			used++
			size |= uint32(c&0x7f) << shift
			if c < 0x80 {
				break
			}
		}
		whole := int64(used) + int64(size)
		if head[0] == 0 && bytes.HasPrefix(head[used:n], name) {
			if size > abi.MaxManifest+64 {
				return nil, fmt.Errorf("the manifest has %d bytes; %d are allowed", size, abi.MaxManifest)
			}
			section := make([]byte, whole)
			m, err := r.ReadAt(section, at)
			if err := ignoreEOF(err); err != nil {
				return nil, err
			}
			out = append(out, section[:m]...)
		}
		at += whole
	}
	return out, nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// builtins lists the modules at the root of fsys.
func builtins(fsys fs.FS) ([]source, error) {
	if fsys == nil {
		return nil, nil
	}
	names, err := fs.Glob(fsys, "*.wasm")
	if err != nil {
		return nil, err
	}
	var all []source
	for _, name := range names {
		all = append(all, source{fsys: fsys, name: name, path: "built-in " + name, builtin: true})
	}
	return all, nil
}

// files lists the modules of a folder, which need not exist, and single ones.
func files(dir string, single []string) ([]source, error) {
	var all []source
	if dir != "" {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, (&errs.Error{Kind: errs.Conflict, Err: err}).
				WithHint("name a folder that this user may read in plugins.dir or OMAKASE_PLUGINS_DIR")
		}
		for _, e := range entries {
			if name := e.Name(); filepath.Ext(name) == ".wasm" {
				all = append(all, source{fsys: os.DirFS(dir), name: name, path: filepath.Join(dir, name)})
			}
		}
	}
	for _, path := range single {
		all = append(all, fileSource(path))
	}
	return all, nil
}

func fileSource(path string) source {
	dir, name := filepath.Split(path)
	return source{fsys: os.DirFS(filepath.Clean(dir)), name: name, path: path}
}
