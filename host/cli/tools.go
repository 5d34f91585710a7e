package cli

import (
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/observe"
	"github.com/omakase-ai/omakase/host/server"
	"github.com/omakase-ai/omakase/host/trust"
)

// tools opens plugins and fetcher for a command that needs no server. Only
// warnings are logged: a command says itself what it does.
func (s *settings) tools(p *Process) (*server.Tools, error) {
	l, err := s.load(p)
	if err != nil {
		return nil, err
	}
	return openTools(p, l)
}

func openTools(p *Process, l *config.Loaded) (*server.Tools, error) {
	level := "warn"
	if l.Origin("log.level").Name != "" {
		level = l.Log.Level
	}
	log, err := observe.NewLogger(observe.LogOptions{Level: level, Format: l.Log.Format, Output: p.Stderr})
	if err != nil {
		return nil, err
	}
	return server.OpenTools(server.ToolOptions{
		Config: l, Builtins: p.Builtins, Version: Version(), Log: log,
		Agreed: trust.ReadBook(server.AgreedDir(&l.Config)),
	})
}
