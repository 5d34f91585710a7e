package wasm

import (
	"context"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const (
	maxSaid  = 8 << 10  // bytes of a guest's output that are kept for a call
	maxTrace = 16 << 10 // bytes of a fault's trace
)

// instance is one guest in the engine. It is used by one goroutine at a time.
type instance struct {
	module *module
	guest  api.Module
	memory experimental.LinearMemory
	alloc  api.Function
	call   api.Function
	ctx    *instanceContext // carries the instance to the host functions

	run     *run
	quantum int32 // what the last check granted
	pace    int32 // what the next one will
	reply   []byte
	request []byte // scratch
	output  []byte // what the guest wrote since the call began

	calls     int
	used      time.Time // end of the last call
	spent     bool      // after a fault: never to be used again
	served    bool      // it remembers calls
	workspace string    // that they were for
}

// instanceKey is the context key of the instance.
type instanceKey struct{}

type instanceContext struct {
	context.Context
	i *instance
}

// Value finds the instance without a walk.
func (c *instanceContext) Value(key any) any {
	if _, ok := key.(instanceKey); ok {
		return c.i
	}
	return c.Context.Value(key)
}

func instanceOf(ctx context.Context) *instance { return ctx.Value(instanceKey{}).(*instance) }

// start makes an instance and asks for its ABI.
func (m *module) start(ctx context.Context) (*instance, *Fault) {
	i := &instance{module: m, pace: 1 << 12, run: newRun(ctx, m)}
	i.ctx = &instanceContext{experimental.WithMemoryAllocator(ctx, i), i}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize")
	guest, err := m.runtime.InstantiateModule(i.ctx, m.compiled, config)
	if err != nil {
		return nil, i.fault(err)
	}
	i.guest = guest
	i.alloc = guest.ExportedFunction("omakase_alloc")
	i.call = guest.ExportedFunction("omakase_call")
	version, err := guest.ExportedFunction("omakase_abi").Call(i.ctx)
	if err != nil {
		f := i.fault(err)
		i.close()
		return nil, f
	}
	if got := uint32(version[0]); got>>16 != wire.Version>>16 {
		i.close()
		return nil, refused("it speaks ABI %d.%d and this host %d.%d: build it with an SDK of that version",
			got>>16, got&0xffff, wire.Version>>16, wire.Version&0xffff)
	}
	i.used = time.Now()
	return i, nil
}

// Allocate implements experimental.MemoryAllocator: a guest has one memory.
func (i *instance) Allocate(least, most uint64) experimental.LinearMemory {
	i.memory = allocate(least, most)
	return i.memory
}

// close frees the instance and its memory.
func (i *instance) close() {
	if i.guest != nil {
		_ = i.guest.Close(context.Background()) // nothing of the guest runs any more
	}
}

// do calls the guest. The reply is the caller's. After a fault the instance is
// spent.
func (i *instance) do(ctx context.Context, op int, request []byte, c *capability.Call, r *run) ([]byte, *Fault) {
	i.run = r
	r.call = c
	i.output, i.reply = i.output[:0], nil
	i.calls++
	i.ctx.Context = ctx
	reply, f := i.exchange(op, request)
	i.reply, i.used, i.ctx.Context = nil, time.Now(), context.Background()
	i.spent = f != nil || i.calls >= i.module.limits.Calls || i.overHighWater()
	return reply, f
}

func (i *instance) exchange(op int, request []byte) ([]byte, *Fault) {
	stack := []uint64{uint64(len(request)), 0}
	if err := i.alloc.CallWithStack(i.ctx, stack); err != nil {
		return nil, i.fault(err)
	}
	ptr := uint32(stack[0])
	if !i.guest.Memory().Write(ptr, request) {
		return nil, i.badReply("omakase_alloc(%d) answered %#x, which is outside of memory", len(request), ptr)
	}
	stack[0], stack[1] = api.EncodeI32(int32(op)), uint64(len(request))
	if err := i.call.CallWithStack(i.ctx, stack); err != nil {
		return nil, i.fault(err)
	}
	at, size := uint32(stack[0]>>32), uint32(stack[0])
	if uint64(size) > uint64(i.module.limits.ReplyBytes) {
		return nil, i.badReply("the reply has %d bytes; %d are allowed", size, i.module.limits.ReplyBytes)
	}
	view, ok := i.guest.Memory().Read(at, size)
	if !ok {
		return nil, i.badReply("the reply is %d bytes at %#x, which is outside of memory", size, at)
	}
	reply := make([]byte, size)
	copy(reply, view)
	return reply, nil
}

func (i *instance) badReply(format string, args ...any) *Fault {
	return &Fault{Reason: BadReply, Text: fmt.Sprintf(format, args...), Trace: i.said()}
}

// said is what the guest wrote to its output.
func (i *instance) said() string { return string(i.output) }

// write keeps the beginning of what a guest writes.
func (i *instance) write(b []byte) {
	i.output = append(i.output, b[:min(len(b), maxSaid-len(i.output))]...)
}

func (i *instance) memoryBytes() uint32 {
	if i.guest == nil {
		return 0
	}
	return i.guest.Memory().Size()
}

// overHighWater reports whether the guest has taken so much memory, which it
// never gives back, that a fresh one is better.
func (i *instance) overHighWater() bool {
	return uint64(i.memoryBytes()) > uint64(i.module.limits.MemoryMB)<<20/2
}

// memoryFull reports whether the guest stands at its limit.
func (i *instance) memoryFull() bool {
	return uint64(i.memoryBytes())+1<<20 > uint64(i.module.limits.MemoryMB)<<20
}
