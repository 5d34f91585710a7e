package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/kit/trial"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/sdk/go/wire"
	"github.com/omakase-ai/omakase/sdk/recording"
)

// asked are the arguments of commands that make one call.
type asked struct {
	settings
	Target    string `arg:"" help:"A plugin's folder (built first), a .wasm file, or the id of a plugin that is installed."`
	Operation string `arg:"" help:"selftest, detect, scrape, extract, checkout, generate, tool_list or tool_call."`
	URL       string `placeholder:"URL" help:"Sets url in the request."`
	Body      string `placeholder:"FILE" help:"Hand this page to the plugin as body; plain or .gz, - reads stdin."`
	Request   string `placeholder:"JSON" help:"The request, an object as sdk/abi describes it."`
}

type runCommand struct{ asked }

// Run makes one call and prints the reply; what it took goes to stderr.
func (c *runCommand) Run(ctx context.Context, p *Process) error {
	_, out, err := c.call(ctx, p)
	if err != nil {
		return err
	}
	return printReply(p, out)
}

// call makes the call, telling of each host call as it ends.
func (c *asked) call(ctx context.Context, p *Process) (*stage, *trial.Outcome, error) {
	request, err := c.request(p)
	if err != nil {
		return nil, nil, err
	}
	s, err := c.open(ctx, p, c.Target, true)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	out, err := s.Run(ctx, request, func(h wasm.HostCall) { p.say("  %s", hostCallLine(h)) })
	if err != nil {
		return nil, nil, err
	}
	if out.Output != "" {
		p.say("  the plugin wrote: %s", strings.TrimSpace(out.Output))
	}
	if f, ok := errors.AsType[*wasm.Fault](out.Err); ok && f.Trace != "" {
		p.say("  where it ended:\n    %s", strings.ReplaceAll(strings.TrimSpace(f.Trace), "\n", "\n    "))
	}
	p.say("%s: %s", recording.OperationName(out.Operation), cost(out))
	return s, out, out.Err
}

// request joins --request, --url and --body.
func (c *asked) request(p *Process) (q trial.Request, err error) {
	op, ok := recording.Operation(c.Operation)
	if !ok {
		return q, errs.New(errs.Invalid, "there is no operation %q", c.Operation).
			WithHint("operations are %s", strings.Join(recording.Operations(), ", "))
	}
	q = trial.Request{Operation: op, Fields: map[string]json.RawMessage{}}
	if c.Request != "" {
		if err := json.Unmarshal([]byte(c.Request), &q.Fields); err != nil {
			return q, errs.New(errs.Invalid, "--request is not a JSON object: %v", err)
		}
	}
	if c.URL != "" {
		q.Fields["url"], _ = json.Marshal(c.URL) // text never fails
	}
	if c.Body != "" {
		if q.Body, err = readBody(c.Body, p.Stdin); err != nil {
			return q, err
		}
		q.ContentType = contentType(q.Body)
		if op == wire.OpExtract {
			q.Fields["content_type"], _ = json.Marshal(q.ContentType) // text never fails
		}
	}
	return q, nil
}

// printReply prints the answer, or fails with the error that it is.
func printReply(p *Process, out *trial.Outcome) error {
	var ok wire.Raw
	if err := wire.DecodeReply(out.Reply, &ok); err != nil {
		return errs.New(errs.BadData, "the plugin answered with an error: %v", err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(ok.JSON), "", "  "); err != nil {
		return errs.Wrap("reading the reply", err)
	}
	_, err := fmt.Fprintln(p.Stdout, pretty.String())
	return errs.Wrap("writing the reply", err)
}

// cost is what a call took, in words.
func cost(o *trial.Outcome) string {
	return fmt.Sprintf("%d host calls, %d units of fuel, %.1f MB of memory, %s of work and %s of waiting",
		len(o.Calls), o.Fuel, float64(o.Memory)/(1<<20), rounded(o.Took-o.Waited), rounded(o.Waited))
}

func rounded(d time.Duration) time.Duration {
	if d < time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(100 * time.Microsecond)
}

// hostCallLine tells of one host call in a line.
func hostCallLine(h wasm.HostCall) string {
	return fmt.Sprintf("%-12s %s -> %s  (%s)", recording.FunctionName(h.Function), short(h.Request), hostReply(h), rounded(h.Took))
}

// hostReply is what the host said, as shortly as it can be told.
func hostReply(h wasm.HostCall) string {
	if h.Code < 0 {
		return fmt.Sprintf("code %d", h.Code)
	}
	if h.Function == wire.FnBodyRead {
		return fmt.Sprintf("%d bytes", len(h.Reply))
	}
	var reply struct {
		OK    json.RawMessage `json:"ok"`
		Error *wire.Error     `json:"error"`
	}
	switch err := json.Unmarshal(h.Reply, &reply); {
	case err != nil:
		return fmt.Sprintf("%d bytes", len(h.Reply))
	case reply.Error != nil:
		return reply.Error.Error()
	case h.Function == wire.FnHTTPFetch:
		var r struct {
			Status int    `json:"status"`
			Size   int    `json:"size"`
			Type   string `json:"content_type"`
		}
		_ = json.Unmarshal(reply.OK, &r) // the host's own reply
		return fmt.Sprintf("%d %s, %d bytes", r.Status, r.Type, r.Size)
	}
	return short(reply.OK)
}

// short is the beginning of a text, on one line.
func short(text []byte) string {
	const most = 100
	if len(text) > most {
		text = append(bytes.ToValidUTF8(text[:most:most], nil), "…"...)
	}
	return string(bytes.ReplaceAll(text, []byte("\n"), []byte(" ")))
}
