//go:build !linux

package server

import "runtime/debug"

// trim gives back memory that the work just done needed.
func trim() { debug.FreeOSMemory() }
