package project

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/omakase-ai/omakase/core/errs"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestWriteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, link := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := errors.Join(WriteFile(file, []byte("1"), 0o600), os.Symlink("a", link), WriteFile(link, []byte("2"), 0o644)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	info, err2 := os.Lstat(link)
	if err := errors.Join(err, err2); err != nil || string(text) != "2" || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("behind the link is %q, and the link is %v: %v", text, info.Mode(), err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("the folder has %v", got)
	}
	if err := WriteFile(dir, []byte("3"), 0o644); err == nil {
		t.Error("a folder is written over")
	}
}

// Of two that make a folder at once one succeeds, and one that fails leaves
// nothing.
func TestMakeFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := errors.New("no ink")
	if err := makeFolder(filepath.Join(dir, "a"), func(to string) error {
		return errors.Join(write(filepath.Join(to, "x"), nil), broken)
	}); !errors.Is(err, broken) || len(names(t, dir)) > 0 {
		t.Errorf("%v, and there is %v", err, names(t, dir))
	}
	var ready, all sync.WaitGroup
	ready.Add(2)
	got := make([]error, 2)
	for i := range got {
		all.Go(func() {
			got[i] = makeFolder(filepath.Join(dir, "a"), func(to string) error {
				ready.Done()
				ready.Wait()
				return write(filepath.Join(to, "x"), nil)
			})
		})
	}
	all.Wait()
	if (got[0] == nil) == (got[1] == nil) || !errs.Is(errors.Join(got...), errs.Conflict) {
		t.Errorf("two at once: %v", got)
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("they left %v", left)
	}
}
