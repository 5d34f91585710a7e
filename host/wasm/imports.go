package wasm

import (
	"context"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const (
	hostModule  = "omakase"
	meterModule = "omakase_meter" // reserved: no guest may import from it
)

const (
	i32 = api.ValueTypeI32
	i64 = api.ValueTypeI64
)

// link gives a runtime the modules that guests may import from.
func link(ctx context.Context, r wazero.Runtime) error {
	check := api.GoFunc(func(ctx context.Context, stack []uint64) {
		stack[0] = api.EncodeI32(instanceOf(ctx).check(api.DecodeI32(stack[0])))
	})
	_, err := r.NewHostModuleBuilder(meterModule).
		NewFunctionBuilder().WithGoFunction(check, []api.ValueType{i32}, []api.ValueType{i32}).Export("check").
		Instantiate(ctx)
	if err != nil {
		return err
	}
	_, err = r.NewHostModuleBuilder(hostModule).
		NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(hostCall), []api.ValueType{i32, i32, i32}, []api.ValueType{i32}).Export("host_call").
		NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(hostRead), []api.ValueType{i32}, nil).Export("host_read").
		Instantiate(ctx)
	if err != nil {
		return err
	}
	return linkWASI(ctx, r)
}

// hostCall is omakase.host_call(fn, ptr, len) -> length or code.
func hostCall(ctx context.Context, guest api.Module, stack []uint64) {
	i := instanceOf(ctx)
	fn, ptr, size := api.DecodeI32(stack[0]), uint32(stack[1]), uint32(stack[2])
	stack[0] = api.EncodeI32(i.hostCall(guest, fn, ptr, size))
}

func (i *instance) hostCall(guest api.Module, fn int32, ptr, size uint32) int32 {
	r := i.run
	i.enter()
	i.reply = nil
	if r.call == nil || r.over(time.Now()) != nil {
		return wire.ErrStopped
	}
	r.hostCalls++
	if r.hostCalls > r.limits.HostCalls {
		return wire.ErrLimit
	}
	if uint64(size) > uint64(r.limits.RequestBytes) {
		return wire.ErrTooLarge
	}
	view, ok := guest.Memory().Read(ptr, size)
	if !ok {
		return wire.ErrBadPointer
	}
	if capability.Copies(fn) {
		r.pay(len(view))
	}
	reply, code := r.answer(fn, view)
	if code < 0 {
		return code
	}
	i.reply = reply
	return int32(len(reply))
}

// What a call may send to functions that copy it, before each further byte
// takes its time: copies are garbage, and a guest that makes nothing but
// garbage keeps the collector from all others.
const (
	sentFreely = 16 << 20
	sentPerMS  = 64 << 10
)

// pay waits for what the guest has sent beyond what is free.
func (r *run) pay(size int) {
	r.sent += size
	if r.sent > sentFreely {
		r.sleep(time.Duration(size) * time.Millisecond / sentPerMS)
	}
}

// answer asks the capability, with a context that ends when the run must.
func (r *run) answer(fn int32, request []byte) ([]byte, int32) {
	ctx := r.ctx
	if fn >= wire.FnHTTPFetch { // the functions before it take no time
		at := r.stopAt()
		if capability.Waits(fn) {
			at = r.begun.Add(r.limits.Total)
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, at)
		defer cancel()
		defer context.AfterFunc(r.stop, cancel)()
	}
	ctx, span := r.startHostCall(ctx, fn)
	begun, failures := time.Now(), r.call.Failures()
	reply, code := r.watch.answer(ctx, r.call, fn, request)
	if r.call.Failures() > failures {
		span.endHostCall(code, r.call.Failure())
	} else {
		span.endHostCall(code, nil)
	}
	if capability.Waits(fn) {
		r.waited += time.Since(begun)
	}
	r.checked = time.Time{}
	return reply, code
}

// hostRead is omakase.host_read(ptr).
func hostRead(ctx context.Context, guest api.Module, stack []uint64) {
	i := instanceOf(ctx)
	i.enter()
	if len(i.reply) > 0 && !guest.Memory().Write(uint32(stack[0]), i.reply) {
		panic(&halt{*i.badReply("host_read(%#x) of %d bytes, which is outside of memory", uint32(stack[0]), len(i.reply))})
	}
}
