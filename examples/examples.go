// Package examples holds the example plugins as sources: omakase plugin new
// begins a plugin with one of them.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed gift/go/*.go gift/go/plugin.json gift/as/assembly/index.ts gift/as/*.json gift/c/plugin.c gift/c/plugin.json gift/recordings
//go:embed manner/go/*.go manner/go/plugin.json manner/as/assembly/index.ts manner/as/*.json manner/c/plugin.c manner/c/plugin.json manner/recordings
//go:embed hinoki/go/*.go hinoki/go/plugin.json hinoki/as/assembly/index.ts hinoki/as/*.json hinoki/c/plugin.c hinoki/c/plugin.json hinoki/recordings
var files embed.FS

// Of is the example of a kind, such as "scraper": a folder for each language,
// and one with the recordings that all of them pass.
func Of(kind string) (fs.FS, bool) {
	name, ok := map[string]string{"scraper": "hinoki", "prompt": "manner", "tool": "gift"}[kind]
	if !ok {
		return nil, false
	}
	sub, err := fs.Sub(files, name)
	return sub, err == nil
}
