package abi

import (
	"embed"
	"io/fs"
)

//go:embed schemas/*.json
var schemas embed.FS

//go:embed vectors/*.json
var vectors embed.FS

// Schemas holds the JSON Schemas (2020-12) of all requests, replies and the
// manifest, as files such as "detect-request.json". References between them
// are relative.
func Schemas() fs.FS { return sub(schemas, "schemas") }

// Vectors holds the test vectors, as files such as "operations.json" in the
// form that spec.md describes.
func Vectors() fs.FS { return sub(vectors, "vectors") }

func sub(files embed.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // only for a name that is no valid path
	}
	return f
}
