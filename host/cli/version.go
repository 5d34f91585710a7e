package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// buildVersion is set by the linker (see the Makefile).
var buildVersion = ""

type versionCommand struct{}

// Run prints the version on one line.
func (versionCommand) Run(p *Process) error {
	fmt.Fprintf(p.Stdout, "omakase %s (%s %s/%s)\n", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// Version is the version of this build: what the linker was told, else what
// the module was fetched as, else "dev".
func Version() string {
	if buildVersion != "" {
		return buildVersion
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
