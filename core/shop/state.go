package shop

import (
	"slices"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
)

// State is where an order stands. Its text is part of the public interface.
type State string

// The states, in the order in which an order goes through them.
const (
	Pending    State = "pending"
	Confirmed  State = "confirmed"
	Processing State = "processing"
	Shipped    State = "shipped"
	Delivered  State = "delivered"
	Cancelled  State = "cancelled"
)

// next are the moves that there are. What was shipped can't be cancelled any
// more, and a final state is final.
var next = map[State][]State{
	Pending:    {Confirmed, Cancelled},
	Confirmed:  {Processing, Cancelled},
	Processing: {Shipped, Cancelled},
	Shipped:    {Delivered},
	Delivered:  {},
	Cancelled:  {},
}

// States are all states.
func States() []State { return []State{Pending, Confirmed, Processing, Shipped, Delivered, Cancelled} }

// ParseState reads the name of a state.
func ParseState(name string) (State, error) {
	if s := State(name); slices.Contains(States(), s) {
		return s, nil
	}
	return "", errs.New(errs.Invalid, "%.60q is no state of an order", name).WithHint("use one of %s", list(States()))
}

// May reports whether an order may go from one state to another.
func (s State) May(to State) bool { return slices.Contains(next[s], to) }

func wrongState(o *Order, to State) error {
	hint := "this state is final"
	if options := next[o.State]; len(options) > 0 {
		hint = "from here it can become " + list(options)
	}
	r := refuse(WrongState, errs.Conflict, "order %s is %s and can't become %s", o.Number, o.State, to).hint("%s", hint)
	r.Name = o.Number
	return r
}

func list(states []State) string {
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}
