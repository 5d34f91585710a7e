//go:build wasip1

// Command guest does in Extism what the echo of bench/guest does in omakase:
// with encoding/json, as Extism's own kit for guests reads and writes JSON, and
// with the codec of omakase's.
package main

import (
	"encoding/json"
	"unsafe"

	"github.com/omakase-ai/omakase/sdk/go/wire"
)

//go:wasmimport extism:host/env input_length
func inputLength() uint64

//go:wasmimport extism:host/env input_load_u64
func inputLoad8(offset uint64) uint64

//go:wasmimport extism:host/env input_load_u8
func inputLoad1(offset uint64) uint32

//go:wasmimport extism:host/env alloc
func alloc(n uint64) uint64

//go:wasmimport extism:host/env store_u64
func store8(offset, v uint64)

//go:wasmimport extism:host/env store_u8
func store1(offset uint64, v uint32)

//go:wasmimport extism:host/env output_set
func outputSet(offset, n uint64)

func main() {}

type request struct {
	URL     string            `json:"url"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

type reply struct {
	OK struct {
		Score  int    `json:"score"`
		Reason string `json:"reason"`
	} `json:"ok"`
}

//go:wasmexport detect
func detect() int32 {
	var q request
	if err := json.Unmarshal(input(), &q); err != nil {
		return 1
	}
	var a reply
	a.OK.Score, a.OK.Reason = 50, q.URL[len(q.URL)/2:]
	b, err := json.Marshal(&a)
	if err != nil {
		return 1
	}
	output(b)
	return 0
}

//go:wasmexport detect_wire
func detectWire() int32 {
	var req wire.DetectRequest
	if err := wire.Decode(input(), &req); err != nil {
		return 1
	}
	output(wire.AppendOK(nil, &wire.DetectReply{Score: 50, Reason: req.URL[len(req.URL)/2:]}))
	return 0
}

func input() []byte {
	n := inputLength()
	b := make([]byte, (n+7)&^7)
	i := uint64(0)
	for ; i+8 <= n; i += 8 {
		*(*uint64)(unsafe.Pointer(&b[i])) = inputLoad8(i)
	}
	for ; i < n; i++ {
		b[i] = byte(inputLoad1(i))
	}
	return b[:n]
}

func output(b []byte) {
	n := uint64(len(b))
	at := alloc(n)
	i := uint64(0)
	for ; i+8 <= n; i += 8 {
		store8(at+i, *(*uint64)(unsafe.Pointer(&b[i])))
	}
	for ; i < n; i++ {
		store1(at+i, uint32(b[i]))
	}
	outputSet(at, n)
}
