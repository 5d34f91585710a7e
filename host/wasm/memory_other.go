//go:build !unix

package wasm

import "github.com/tetratelabs/wazero/experimental"

// allocate is an experimental.MemoryAllocator.
func allocate(_, most uint64) experimental.LinearMemory { return &heapMemory{max: most} }
