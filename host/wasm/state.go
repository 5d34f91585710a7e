package wasm

import (
	"strconv"

	"github.com/tetratelabs/wazero/api"
)

// Isolation is what may share an instance, and so see what its guest left in
// variables.
type Isolation string

// The isolations.
const (
	ByWorkspace Isolation = "workspace" // calls for the same workspace: the default
	ByCall      Isolation = "call"      // nothing
)

// stateExports is how the names begin under which the rewriter exports globals.
const stateExports = meterModule + "."

// state is all that an instance remembers, as it was before it had served
// anybody.
type state struct {
	memory  *image
	globals []uint64
}

// resettable is memory that can become what an image holds. shrinkTo says what
// its next Reallocate makes of it in place of growing.
type resettable interface {
	reset(m *image) bool
	shrinkTo(size uint64)
}

// remember keeps the state of an instance that has served nobody, for all
// others of the module to go back to. Where that can't be done they are
// replaced, which takes longer.
func (m *module) remember(i *instance) {
	memory := i.guest.Memory()
	if _, ok := i.memory.(resettable); !ok || m.stats.Elsewhere || m.state != nil || i.spent {
		return
	}
	view, ok := memory.Read(0, memory.Size())
	if !ok {
		return
	}
	kept, err := newImage(view)
	if err != nil {
		return
	}
	m.state = &state{memory: kept}
	for n := range m.stats.Globals {
		m.state.globals = append(m.state.globals, i.global(n).Get())
	}
	i.spent = !i.reset() // from now on it shares with the others what it doesn't change
}

func (i *instance) global(n int) api.MutableGlobal {
	return i.guest.ExportedGlobal(stateExports + strconv.Itoa(n)).(api.MutableGlobal)
}

// belongs reports whether a call for a workspace may find what the instance
// remembers. Calls for no workspace are for anybody's, so they share nothing.
func (i *instance) belongs(workspace string) bool {
	return !i.served || workspace != "" && workspace == i.workspace && i.module.limits.isolation != ByCall
}

// reset makes the instance what it was before it had served anybody. What a
// guest draws from a random generator of its own repeats from then on, as the
// ABI tells its authors. When it is false the instance is in no known state.
func (i *instance) reset() bool {
	s := i.module.state
	if s == nil || !i.memory.(resettable).reset(s.memory) {
		return false
	}
	// The engine keeps a size of its own, which only growing changes.
	if memory := i.guest.Memory(); uint64(memory.Size()) != s.memory.size {
		i.memory.(resettable).shrinkTo(s.memory.size)
		if _, ok := memory.Grow(1); !ok || uint64(memory.Size()) != s.memory.size {
			return false
		}
	}
	for n, v := range s.globals {
		i.global(n).Set(v)
	}
	i.served, i.workspace = false, ""
	return true
}
