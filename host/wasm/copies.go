package wasm

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// copies keeps the modules that came from files for as long as a generation
// needs them. A generation that is let go while nobody calls it must come back
// as it was, also when its file is another by then, or gone. It is safe for
// concurrent use.
type copies struct {
	dir string // "" keeps none

	mu    sync.Mutex
	users map[string]int // by digest
}

func newCopies(cacheDir string) *copies {
	c := &copies{users: map[string]int{}}
	if cacheDir != "" {
		c.dir = filepath.Join(cacheDir, "modules")
	}
	return c
}

// path of a module. Other processes have files of their own in the folder.
func (c *copies) path(digest string) string {
	return filepath.Join(c.dir, digest+"-"+strconv.Itoa(os.Getpid())+".wasm")
}

// keep keeps a module until drop. It is false when that can't be done.
func (c *copies) keep(digest string, module []byte) bool {
	if c.dir == "" {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.users[digest] == 0 {
		if os.MkdirAll(c.dir, 0o700) != nil || os.WriteFile(c.path(digest), module, 0o600) != nil {
			return false
		}
	}
	c.users[digest]++
	return true
}

// read returns a module that is kept; nil when it isn't, or isn't what it was.
func (c *copies) read(digest string) []byte {
	if c.dir == "" {
		return nil
	}
	module, err := os.ReadFile(c.path(digest))
	if err != nil || digestOf(module) != digest {
		return nil
	}
	return module
}

// drop gives up a module that keep kept.
func (c *copies) drop(digest string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.users[digest]--; c.users[digest] <= 0 {
		delete(c.users, digest)
		_ = os.Remove(c.path(digest)) // who clears the cache may have done so
	}
}

// digestOf is the SHA-256 of a module, in hexadecimal.
func digestOf(module []byte) string {
	sum := sha256.Sum256(module)
	return hex.EncodeToString(sum[:])
}
