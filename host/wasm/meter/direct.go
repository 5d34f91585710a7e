package meter

// Go's compiler, which can't make WebAssembly's structured control flow of
// every branch, makes a dispatcher of each function: a loop that begins by
// jumping to one of the blocks around its beginning, by the number in a local.
// A branch sets the local and goes to the head of the loop, which an engine
// compiles to an indirect jump, and where a metered module takes its fuel.
//
//	loop
//	  block block block
//	    local.get $n
//	    br_table 0 1 2
//	  end … code of 0 …   i32.const 1  local.set $n  br $loop
//	  end … code of 1 …
//
// A branch forward can go where the table would send it: the end of that block
// lies ahead. That makes Go guests a quarter to a half faster, more than
// metering costs. Branches backward still pass the head, so that every cycle
// is metered.

// dispatcher is what the head of a loop says, if it is one.
type dispatcher struct {
	local   uint32
	targets []int // frames in control, by the number in local; the last one is for all others
}

// dispatches recognizes a dispatcher: s is after the operands of a br_table,
// whose own labels are given, and before is where the instruction before it
// begins.
func (w *rewriter) dispatches(s *reader, before int, labels []uint32) {
	// Only blocks that begin one right after the other count. That also bounds
	// the search: no block is passed twice.
	blocks := 0
	for i, begins := len(w.control)-1, before; i > 0 && w.control[i].void && w.control[i].start == begins; i-- {
		blocks++
		begins -= 2
	}
	at := len(w.control) - 1 - blocks
	head := &w.control[at]
	if !head.loop || s.b[head.start-2] != 0x03 || s.b[head.start-1] != 0x40 || before != head.start+2*blocks || s.b[before] != 0x20 {
		return
	}
	d := &dispatcher{local: (&reader{b: s.b, pos: before + 1}).u32()}
	for _, label := range labels {
		if label > uint32(blocks) {
			label = uint32(blocks) // leaves the loop or begins it anew; neither is ahead
		}
		d.targets = append(d.targets, len(w.control)-1-int(label))
	}
	for i := at + 1; i < len(w.control); i++ {
		w.control[i].of = d
	}
	head.dispatcher = d
}

// direct is the label to which a br may go at once instead of to label. before
// are the places of the two instructions before it.
func (w *rewriter) direct(s *reader, before [2]int, label uint32) (uint32, bool) {
	top := len(w.control) - 1
	if uint64(label) > uint64(top) {
		return 0, false
	}
	d := w.control[top-int(label)].dispatcher
	if d == nil || before[0] < 0 || s.b[before[0]] != 0x41 || s.b[before[1]] != 0x21 {
		return 0, false
	}
	number := (&reader{b: s.b, pos: before[0] + 1}).signed(32)
	if (&reader{b: s.b, pos: before[1] + 1}).u32() != d.local {
		return 0, false
	}
	target := d.targets[min(uint64(uint32(number)), uint64(len(d.targets)-1))]
	if target > top || w.control[target].of != d {
		return 0, false // behind
	}
	w.stats.Direct++
	return uint32(top - target), true
}
