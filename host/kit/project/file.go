package project

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/omakase-ai/omakase/core/errs"
)

// WriteFile writes a file in one step: whoever reads it finds what was there
// before or all of the new, also when the writer is stopped midway. A file that
// is there keeps its mode; a device is written to as it is.
func WriteFile(name string, text []byte, mode fs.FileMode) error {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	if info, err := os.Stat(name); err == nil {
		if !info.Mode().IsRegular() {
			return os.WriteFile(name, text, mode) //nolint:gosec // the file that the author names
		}
		mode = info.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if wrong, ok := errors.AsType[*fs.PathError](err); ok {
		wrong.Path = name // the name that was asked for
	}
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // it is there only after a failure
	_, err = tmp.Write(text)
	if err := errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

// makeFolder makes a folder in one step: fill is given one beside it, which
// takes its name only when all is in there. An empty folder that is there is
// filled, and any other left alone.
func makeFolder(name string, fill func(dir string) error) error {
	into := filepath.Dir(name)
	_, err := os.Stat(name)
	there := err == nil
	if there {
		into = name
	}
	if err := os.MkdirAll(into, 0o755); err != nil { //nolint:gosec // sources, for all to read
		return err
	}
	tmp, err := os.MkdirTemp(into, ".new-*")
	if wrong, ok := errors.AsType[*fs.PathError](err); ok {
		wrong.Path = name
	}
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	if err := fill(tmp); err != nil {
		return err
	}
	if !there {
		if err := os.Chmod(tmp, 0o755); err != nil { //nolint:gosec // as above
			return err
		}
		err := os.Rename(tmp, name)
		if errors.Is(err, fs.ErrExist) {
			return errs.New(errs.Conflict, "%s was made meanwhile, by somebody else", name).WithHint("name another folder")
		}
		return err
	}
	entries, err := os.ReadDir(tmp)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Rename(filepath.Join(tmp, e.Name()), filepath.Join(name, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
