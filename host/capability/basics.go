package capability

import (
	"context"
	"strings"
	"unicode"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// maxLine is the longest line of a plugin's log, in bytes.
const maxLine = 4 << 10

// log writes a line under the plugin's name. Lines over the call's number or
// the plugin's rate are dropped; the first dropped one is told.
func (c *Call) log(_ context.Context, q *wire.LogRequest) (wire.Value, error) {
	level := hclog.LevelFromString(q.Level)
	if level < hclog.Debug || level > hclog.Error {
		return nil, errs.New(errs.Invalid, "%q is no level: use debug, info, warn or error", clip(q.Level, 20))
	}
	s := c.session
	c.lines++
	var line string
	switch most := s.plugin.Limits.LogLines; {
	case c.lines == most+1:
		level, line = hclog.Warn, "further lines of this call are dropped"
	case c.lines > most || !s.plugin.logs.Allow():
		return &wire.Empty{}, nil
	default: // whoever writes lines may keep them, and the message is the guest's memory
		line = strings.Clone(clip(s.plugin.hide(strings.Map(printable, q.Message)), maxLine))
	}
	s.functions.log.Log(level, line, "plugin", s.plugin.ID, "workspace", s.opts.Workspace, "job", s.opts.Job)
	return &wire.Empty{}, nil
}

// printable keeps a guest from writing lines that look like the host's.
func printable(r rune) rune {
	if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
		return ' '
	}
	return r
}

func (c *Call) config(context.Context, *wire.Empty) (wire.Value, error) {
	return &wire.Raw{JSON: c.session.plugin.Config}, nil
}

func (c *Call) clock(context.Context, *wire.Empty) (wire.Value, error) {
	reply := &wire.ClockReply{UnixMS: c.session.functions.Now().UnixMilli()}
	if c.left != nil {
		reply.LeftMS = max(c.left().Milliseconds(), 1)
	}
	return reply, nil
}
