package realtime

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

// call is one call of a host's tool. It runs beside the audio.
type call struct {
	id, name  string
	arguments string
	turn      *turn
	began     time.Time
	event     []byte // the upstream's, for clients that see calls
	stop      context.CancelFunc

	finished bool // the tool is done
	told     bool // and the model has an output
	slow     bool // it has taken longer than a customer likes to wait in silence
	deferred bool // the model was told to go on without it
	after    bool // the conversation went on before the result came
}

// maxCalls is how many calls of one session may run at once, and maxKnown how
// many are remembered.
const (
	maxCalls = 32
	maxKnown = 4096
)

// launch runs a host's tool that the model calls. A call that is known is not
// run again.
func (s *Session) launch(c *call) {
	if s.calls[c.id] != nil {
		return
	}
	running := s.pendingCalls()
	if len(s.calls) >= maxKnown {
		s.forgetCalls()
	}
	ctx, stop := context.WithTimeout(s.ctx, s.m.o.Times.ToolLimit)
	c.began, c.stop = time.Now(), stop
	s.calls[c.id] = c
	s.ran++
	if c.turn != nil {
		c.turn.calls = append(c.turn.calls, c)
	}
	if running >= maxCalls {
		stop()
		s.legs.Go(func() { s.finish(c, nil, errs.New(errs.Busy, "too many tools run at once")) })
		return
	}
	s.legs.Go(func() {
		defer stop()
		result, err := s.call(ctx, c)
		s.finish(c, result, err)
	})
	time.AfterFunc(s.m.o.Times.Filler, func() { s.slow(c) })
	time.AfterFunc(s.m.o.Times.ToolDeadline, func() { s.deadline(c) })
}

func (s *Session) forgetCalls() {
	for id, c := range s.calls {
		if c.told {
			delete(s.calls, id)
		}
	}
}

func (s *Session) call(ctx context.Context, c *call) (result json.RawMessage, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errs.New(errs.Internal, "the tool %s panicked: %v", c.name, p)
		}
	}()
	arguments := c.arguments
	if arguments == "" {
		arguments = "{}"
	}
	result, err = s.m.o.Toolbox.Call(ctx, Call{
		Workspace: s.c.Workspace, Session: s.id, Cart: s.c.Cart, Language: s.c.Language,
		ID: c.id, Name: c.name, Arguments: json.RawMessage(arguments),
	})
	if err == nil && !json.Valid(result) {
		err = errs.New(errs.BadData, "the tool %s answered no JSON", c.name)
	}
	return result, err
}

// finish takes a tool's result to the model and to the client.
func (s *Session) finish(c *call, result json.RawMessage, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.finished {
		return
	}
	c.finished = true
	took := time.Since(c.began)
	s.m.observe("tool", took)
	problem := ""
	if err != nil {
		problem = err.Error()
		s.log("a tool failed", "tool", c.name, "call", c.id, "err", err)
		result = toolError(err)
	}
	s.ledger.tool(c, result, problem, took)
	if s.ended {
		return
	}
	c.after = c.turn != nil && c.turn.followed
	s.output(c, result)
	c.told = true
	if s.c.ShowTools {
		s.tell(encode(map[string]any{
			"type": "function_call_result", "name": c.name, "call_id": c.id, "result": result,
		}), control)
		if c.event != nil {
			s.tell(c.event, control)
			c.event = nil
		}
	}
	if c.deferred {
		s.answer()
	}
	s.turns.settle(s)
}

// toolError is what the model is told of an error.
func toolError(err error) json.RawMessage {
	text := map[errs.Kind]string{
		errs.Timeout: "the tool took too long", errs.Busy: "the shop is busy", errs.Unavailable: "the shop does not answer",
		errs.NotFound: "there is no such thing", errs.Invalid: "the arguments are wrong",
	}[errs.KindOf(err)]
	if text == "" {
		text = "the tool failed"
	}
	told := map[string]any{"error": text, "code": string(errs.KindOf(err))}
	if hint := errs.HintOf(err); hint != "" {
		told["hint"] = hint
	}
	return encode(told)
}

// output gives the model a result, as the call's output or, where it has been
// told to go on without one, as a message.
func (s *Session) output(c *call, result json.RawMessage) {
	it := &item{id: s.itemID(), kind: kindOutput, callID: c.id, text: string(result), hidden: !s.c.ShowTools}
	if c.deferred {
		*it = item{
			id: it.id, kind: kindMessage, role: "system", hidden: true,
			text: fmt.Sprintf("The call %s of %s, which was still running, has finished. Its result: %s", c.id, c.name, result),
		}
	}
	s.say(it)
}

// say adds an item of ours to the conversation.
func (s *Session) say(it *item) {
	it.unsaid = true
	s.conv.place(it, "")
	if event := it.again(s.eventID()); event != nil && s.link != nil {
		s.awaits(it.id, event)
		s.send(event)
	}
}

// slow is a call that takes long: the customer is told so, unless somebody
// speaks anyhow.
func (s *Session) slow(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.finished || s.ended {
		return
	}
	c.slow = true
	if s.m.o.Times.Filler > 0 && !s.speaking && !s.turns.busy() && !s.play.end.After(time.Now()) {
		s.turns.want(s, &create{byHost: true, filler: true, eventID: s.eventID(), body: map[string]any{
			"instructions": "In one short sentence, in the language of this conversation, tell the customer that you are still looking this up. " +
				"Do not guess at the result, and call no function.",
			"tool_choice": "none",
		}})
	}
	s.turns.pump(s)
}

// deadline lets the conversation go on without a call's result. The tool goes
// on; its result is told later.
func (s *Session) deadline(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.finished || c.deferred || s.ended {
		return
	}
	s.output(c, encode(map[string]any{
		"status": "pending", "message": "This takes longer than usual. Go on with the conversation; the result follows as soon as it is there.",
	}))
	c.deferred, c.told = true, true
	s.turns.settle(s)
}

// pendingCalls is how many calls run.
func (s *Session) pendingCalls() (n int) {
	for _, c := range s.calls {
		if !c.finished {
			n++
		}
	}
	return n
}

// shortCalls reports whether a call runs that may still finish soon.
func (s *Session) shortCalls() bool {
	for _, c := range s.calls {
		if !c.finished && !c.slow && !c.deferred {
			return true
		}
	}
	return false
}
