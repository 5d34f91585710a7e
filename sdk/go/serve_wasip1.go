//go:build wasip1

package omakase

import (
	"runtime"
	"unsafe"

	"github.com/omakase-ai/omakase/sdk/go/wire"
)

//go:wasmimport omakase host_call
//go:noescape
func hostCall(fn int32, ptr unsafe.Pointer, n int32) int32

//go:wasmimport omakase host_read
//go:noescape
func hostRead(ptr unsafe.Pointer)

// request and reply keep the buffers of the present call reachable. The
// request's is new for each call, since strings that handlers read from it
// share its memory.
var request, reply []byte

// passed is how many bytes the guest has read and written since it last
// collected its garbage.
var passed int

// collectAfter is how many bytes pass before a call ends with a collection. At
// that moment next to nothing is alive, so one takes some tenths of a
// millisecond. One that Go begins by itself, at four megabytes, goes on for many
// calls, as a guest has no second thread for it, and slows down every write of a
// pointer until it is done.
const collectAfter = 512 << 10

//go:wasmexport omakase_abi
func abi() int32 { return wire.Version }

//go:wasmexport omakase_alloc
func alloc(n int32) unsafe.Pointer {
	request = make([]byte, max(n, 1))
	return unsafe.Pointer(unsafe.SliceData(request))
}

//go:wasmexport omakase_call
func call(op, n int32) int64 {
	plugin := served
	if plugin == nil {
		plugin = &Plugin{}
	}
	reply = plugin.Dispatch(NewContext(imports{}), op, request[:n], reply[:0])
	if passed += len(request) + len(reply); passed >= collectAfter {
		passed = 0
		runtime.GC()
	}
	return int64(uintptr(unsafe.Pointer(unsafe.SliceData(reply))))<<32 | int64(len(reply))
}

// imports is the host behind the two imports.
type imports struct{}

func (imports) Call(fn int32, req []byte) ([]byte, int32) {
	n := hostCall(fn, unsafe.Pointer(unsafe.SliceData(req)), int32(len(req)))
	if n <= 0 {
		return nil, n
	}
	b := make([]byte, n)
	hostRead(unsafe.Pointer(unsafe.SliceData(b)))
	passed += len(b)
	return b, 0
}
