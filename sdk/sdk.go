// Package sdk holds the sources of the SDKs, so that the omakase command can
// write them into a new plugin's folder on a machine without a network.
package sdk

import (
	"embed"
	"io/fs"
)

//go:embed go/*.go go/json/*.go go/wire/*.go go/fakehost/*.go recording/*.go plugintest/*.go as/omakase.ts c/omakase.h
var files embed.FS

// Files are the sources by their paths below this folder. Those of Go hold its
// tests, too.
func Files() fs.FS { return files }
