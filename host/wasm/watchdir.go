package wasm

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"time"
)

// WatchDir reloads when the files of Options.Dir have changed, until ctx ends. It
// looks every so often, which also works on folders of other machines, and
// waits until two looks see the same, so that no file is read while it is
// being written. Where Options.Dir is empty it returns at once.
func (h *Host) WatchDir(ctx context.Context, every time.Duration) {
	if h.o.Dir == "" {
		return
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	loaded := h.seen
	for before := loaded; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := look(h.o.Dir)
		settled := sameFiles(now, before)
		before = now
		if !settled || sameFiles(now, loaded) {
			continue
		}
		h.log.Info("plugin files have changed", "dir", h.o.Dir)
		if _, err := h.Reload(ctx, nil); err != nil {
			h.log.Error("reloading plugins", "error", err)
			continue // and try again
		}
		loaded = now
	}
}

// look is what the modules of a folder look like from outside.
func look(dir string) map[string]fs.FileInfo {
	files := map[string]fs.FileInfo{}
	if dir == "" {
		return files
	}
	names, _ := fs.Glob(os.DirFS(dir), "*.wasm") // the pattern is right
	for _, name := range names {
		if info, err := fs.Stat(os.DirFS(dir), name); err == nil {
			files[name] = info
		}
	}
	return files
}

func sameFiles(a, b map[string]fs.FileInfo) bool {
	return maps.EqualFunc(a, b, func(a, b fs.FileInfo) bool {
		return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
	})
}
