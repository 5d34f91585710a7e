//go:build !linux

package wasm

import "github.com/tetratelabs/wazero"

// shelveCode does nothing: there is no way to move code that works elsewhere.
func shelveCode(wazero.CompiledModule, string) error { return nil }

func forgetCode(wazero.CompiledModule) {}
