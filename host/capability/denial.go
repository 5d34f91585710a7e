package capability

import (
	"errors"

	"golang.org/x/time/rate"

	"github.com/omakase-ai/omakase/core/errs"
)

// Denial is why a plugin didn't get what it asked for. It is the cause of an
// *errs.Error of the kind Denied.
type Denial struct {
	Plugin     string
	Capability string
	Asked      string // "" for the capability as a whole
	Rule       string // the rule that said no, and whose it is
}

// Error names capability, what was asked, and the rule.
func (d *Denial) Error() string {
	if d.Asked == "" {
		return d.Capability + " is not granted: " + d.Rule
	}
	return d.Capability + " is not granted for " + d.Asked + ": " + d.Rule
}

// denied makes the error of a request without a grant, and its audit line.
func (c *Call) denied(capability, asked, rule string) *errs.Error {
	d := &Denial{Plugin: c.session.plugin.ID, Capability: capability, Asked: clip(asked, 300), Rule: clip(rule, 500)}
	c.audit(d)
	return (&errs.Error{Kind: errs.Denied, Err: d}).
		WithHint("omakase plugin inspect %s shows what it asks for, and what plugins.settings.%s.grants leaves of that", d.Plugin, d.Plugin)
}

// refused notes an error of the fetcher that is a denial of its own: an
// address or a redirect that nobody may have.
func (c *Call) refused(asked string, err error) {
	var known *Denial
	if errs.Is(err, errs.Denied) && !errors.As(err, &known) {
		c.audit(&Denial{Plugin: c.session.plugin.ID, Capability: "http", Asked: clip(asked, 300), Rule: clip(err.Error(), 500)})
	}
}

// auditBurst and auditRate bound the lines of a plugin that asks again and
// again; what is left out is counted in the next line.
const (
	auditBurst = 100
	auditRate  = rate.Limit(2)
)

func (c *Call) audit(d *Denial) {
	s := c.session
	s.plugin.tally.denials.Add(1)
	if !s.plugin.tally.audits.Allow() {
		s.plugin.tally.unlogged.Add(1)
		return
	}
	s.functions.log.Warn("plugin denied", "plugin", d.Plugin, "capability", d.Capability, "asked", s.plugin.hide(d.Asked),
		"rule", s.plugin.hide(d.Rule), "workspace", s.opts.Workspace, "job", s.opts.Job, "unlogged", s.plugin.tally.unlogged.Swap(0))
}
