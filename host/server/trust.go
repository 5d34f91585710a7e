package server

import (
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/trust"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// AgreedDir is where a server keeps plugins as the operator agreed to them.
func AgreedDir(c *config.Config) string { return filepath.Join(c.DataDir, "plugins-agreed") }

// policyOf is what the configuration asks of modules.
func policyOf(c *config.Config, log hclog.Logger) *trust.Policy {
	p := &trust.Policy{Signatures: c.Plugins.Signatures, Warn: func(id, what string) {
		log.Warn("plugin is taken in spite of its signature", "plugin", id, "reason", what)
	}}
	for _, text := range c.Plugins.Keys {
		if k, err := abi.ParsePublicKey(text); err == nil { // the configuration was checked
			p.Keys = append(p.Keys, k)
		}
	}
	return p
}

// chooser lets a plugin that asks for more than was agreed to stay on the
// version before; nil without a book that says what that was.
func chooser(book *trust.Book, log hclog.Logger) func(*abi.Manifest, string) (string, error) {
	if book == nil {
		return nil
	}
	return func(m *abi.Manifest, path string) (string, error) {
		run, more, err := book.Choose(m, path)
		if len(more) > 0 {
			log.Warn("plugin asks for more than was agreed to, so the version before serves on", "plugin", m.ID, "version", m.Version,
				"file", path, "more", strings.Join(more, "; "), "to agree", "omakase plugin agree "+m.ID)
		}
		return run, err
	}
}
