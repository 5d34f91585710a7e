// Package plugins carries the built-in plugins as the WASM modules that the
// host loads. It knows their files and nothing of what is in them; they are
// guests like any other.
//
// The modules are built from the folders beside this file by
//
//	go generate ./plugins
//
// and are not kept in version control, so a fresh checkout compiles with none.
package plugins

import (
	"embed"
	"io/fs"
)

//go:generate go run ./internal/build

// dist holds the modules; all: takes the file that keeps the folder, too, so
// that the pattern matches before anything is built.
//
//go:embed all:dist
var dist embed.FS

// Builtin returns the built-in plugins: a file ID.wasm in the root for each,
// and none when they were not built before the binary was. Files of other
// names are not plugins. The file system may be read from any goroutine.
func Builtin() fs.FS {
	modules, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the directive above says that the folder is there
	}
	return modules
}
