package wasm

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// WASI preview 1, as much as a language's runtime needs: clocks, random bytes,
// sleeping, output and exit. There are no files, no environment, no arguments
// and no sockets. It is our own because each function must be bounded and stop
// when its guest must: the counter doesn't run inside of them.
const wasiModule = "wasi_snapshot_preview1"

// Error numbers of WASI.
const (
	wasiOK      = 0
	wasiBadf    = 8
	wasiFault   = 21
	wasiInval   = 28
	wasiIO      = 29
	wasiNosys   = 52
	wasiNotsup  = 58
	wasiVectors = 1024 // most vectors of one write, subscriptions of one poll
)

// wasiFunc is a function of WASI: its parameters, and what it does. Without do
// it answers errno.
type wasiFunc struct {
	params string // one letter each: i is 32 bits, l 64
	errno  uint32
	do     func(i *instance, m api.Memory, p []uint64) (errno uint32)
}

var wasiFuncs = map[string]wasiFunc{
	"args_get":          {params: "ii"},
	"args_sizes_get":    {params: "ii", do: wasiNothing},
	"environ_get":       {params: "ii"},
	"environ_sizes_get": {params: "ii", do: wasiNothing},
	"clock_res_get":     {params: "ii", do: wasiClockRes},
	"clock_time_get":    {params: "ili", do: wasiClock},
	"fd_fdstat_get":     {params: "ii", do: wasiFdstat},
	"fd_write":          {params: "iiii", do: wasiWrite},
	"poll_oneoff":       {params: "iiii", do: wasiPoll},
	"random_get":        {params: "ii", do: wasiRandom},
	"sched_yield":       {params: ""},

	"fd_advise":             {params: "illi", errno: wasiBadf},
	"fd_allocate":           {params: "ill", errno: wasiBadf},
	"fd_close":              {params: "i", errno: wasiBadf},
	"fd_datasync":           {params: "i", errno: wasiBadf},
	"fd_fdstat_set_flags":   {params: "ii", errno: wasiBadf},
	"fd_fdstat_set_rights":  {params: "ill", errno: wasiBadf},
	"fd_filestat_get":       {params: "ii", errno: wasiBadf},
	"fd_filestat_set_size":  {params: "il", errno: wasiBadf},
	"fd_filestat_set_times": {params: "illi", errno: wasiBadf},
	"fd_pread":              {params: "iiili", errno: wasiBadf},
	"fd_prestat_get":        {params: "ii", errno: wasiBadf},
	"fd_prestat_dir_name":   {params: "iii", errno: wasiBadf},
	"fd_pwrite":             {params: "iiili", errno: wasiBadf},
	"fd_read":               {params: "iiii", errno: wasiBadf},
	"fd_readdir":            {params: "iiili", errno: wasiBadf},
	"fd_renumber":           {params: "ii", errno: wasiBadf},
	"fd_seek":               {params: "ilii", errno: wasiBadf},
	"fd_sync":               {params: "i", errno: wasiBadf},
	"fd_tell":               {params: "ii", errno: wasiBadf},

	"path_create_directory":   {params: "iii", errno: wasiBadf},
	"path_filestat_get":       {params: "iiiii", errno: wasiBadf},
	"path_filestat_set_times": {params: "iiiilli", errno: wasiBadf},
	"path_link":               {params: "iiiiiii", errno: wasiBadf},
	"path_open":               {params: "iiiiillii", errno: wasiBadf},
	"path_readlink":           {params: "iiiiii", errno: wasiBadf},
	"path_remove_directory":   {params: "iii", errno: wasiBadf},
	"path_rename":             {params: "iiiiii", errno: wasiBadf},
	"path_symlink":            {params: "iiiii", errno: wasiBadf},
	"path_unlink_file":        {params: "iii", errno: wasiBadf},

	"proc_raise":    {params: "i", errno: wasiNosys},
	"sock_accept":   {params: "iii", errno: wasiBadf},
	"sock_recv":     {params: "iiiiii", errno: wasiBadf},
	"sock_send":     {params: "iiiii", errno: wasiBadf},
	"sock_shutdown": {params: "ii", errno: wasiBadf},
}

func linkWASI(ctx context.Context, r wazero.Runtime) error {
	b := r.NewHostModuleBuilder(wasiModule)
	for name, f := range wasiFuncs {
		params := make([]api.ValueType, len(f.params))
		for n, letter := range f.params {
			params[n] = i32
			if letter == 'l' {
				params[n] = i64
			}
		}
		b.NewFunctionBuilder().WithGoModuleFunction(f.function(), params, []api.ValueType{i32}).Export(name)
	}
	exit := func(_ context.Context, _ api.Module, p []uint64) { panic(sys.NewExitError(uint32(p[0]))) }
	b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(exit), []api.ValueType{i32}, nil).Export("proc_exit")
	_, err := b.Instantiate(ctx)
	return err
}

func (f wasiFunc) function() api.GoModuleFunc {
	if f.do == nil {
		return func(ctx context.Context, _ api.Module, p []uint64) {
			instanceOf(ctx).enter()
			p[0] = uint64(f.errno)
		}
	}
	return func(ctx context.Context, guest api.Module, p []uint64) {
		i := instanceOf(ctx)
		i.enter()
		p[0] = uint64(f.do(i, guest.Memory(), p))
	}
}

// wasiNothing answers two sizes: nothing, of no bytes.
func wasiNothing(_ *instance, m api.Memory, p []uint64) uint32 {
	if !m.WriteUint32Le(uint32(p[0]), 0) || !m.WriteUint32Le(uint32(p[1]), 0) {
		return wasiFault
	}
	return wasiOK
}

func wasiClockRes(_ *instance, m api.Memory, p []uint64) uint32 {
	if uint32(p[0]) > 1 {
		return wasiInval
	}
	if !m.WriteUint64Le(uint32(p[1]), 1) {
		return wasiFault
	}
	return wasiOK
}

// epoch is where the monotonic clock begins.
var epoch = time.Now()

// now reads the real (0) or the monotonic (1) clock, in nanoseconds.
func now(clock uint32) uint64 {
	if clock == 0 {
		return uint64(time.Now().UnixNano())
	}
	return uint64(time.Since(epoch)) + 1
}

func wasiClock(_ *instance, m api.Memory, p []uint64) uint32 {
	if uint32(p[0]) > 1 {
		return wasiInval
	}
	if !m.WriteUint64Le(uint32(p[2]), now(uint32(p[0]))) {
		return wasiFault
	}
	return wasiOK
}

// wasiFdstat describes the three standard streams, which are no files.
func wasiFdstat(_ *instance, m api.Memory, p []uint64) uint32 {
	if uint32(p[0]) > 2 {
		return wasiBadf
	}
	stat, ok := m.Read(uint32(p[1]), 24)
	if !ok {
		return wasiFault
	}
	clear(stat)
	stat[0] = 2 // a character device
	if uint32(p[0]) > 0 {
		stat[8] = 1 << 6 // the right to write
	}
	return wasiOK
}

// wasiWrite keeps the beginning of what goes to the standard streams.
func wasiWrite(i *instance, m api.Memory, p []uint64) uint32 {
	if fd := uint32(p[0]); fd != 1 && fd != 2 {
		return wasiBadf
	}
	count := uint32(p[2])
	if count > wasiVectors {
		return wasiInval
	}
	vectors, ok := m.Read(uint32(p[1]), count*8)
	if !ok {
		return wasiFault
	}
	var written uint32
	for ; len(vectors) > 0; vectors = vectors[8:] {
		size := binary.LittleEndian.Uint32(vectors[4:])
		text, ok := m.Read(binary.LittleEndian.Uint32(vectors), size)
		if !ok {
			return wasiFault
		}
		i.write(text)
		written += size
	}
	if !m.WriteUint32Le(uint32(p[3]), written) {
		return wasiFault
	}
	return wasiOK
}

// wasiRandom fills memory, as long as the guest may run.
func wasiRandom(i *instance, m api.Memory, p []uint64) uint32 {
	b, ok := m.Read(uint32(p[0]), uint32(p[1]))
	if !ok {
		return wasiFault
	}
	for len(b) > 0 {
		if i.run.over(time.Now()) != nil {
			return wasiIO
		}
		n, _ := rand.Read(b[:min(len(b), 64<<10)]) // it never fails
		b = b[n:]
	}
	return wasiOK
}
