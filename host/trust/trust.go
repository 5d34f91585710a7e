// Package trust decides which modules a host takes: whose signature they need,
// which digest is pinned, and what the operator has agreed to that a plugin may
// ask for. It knows modules as bytes and manifests, and runs nothing.
package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// What a host does about signatures.
const (
	Off     = "off"     // it doesn't look at them
	Warn    = "warn"    // it says so where a module isn't signed by a known key
	Require = "require" // it takes no such module
)

// Policy is what a host asks of modules that aren't built in.
type Policy struct {
	Signatures string          // Off, Warn or Require
	Keys       []abi.PublicKey // whose signatures count
	// Warn is told of modules that are taken nevertheless.
	Warn func(id, what string)
}

// Examine says why a module is not taken. want is the digest that is pinned for
// it; "" is none.
func (p *Policy) Examine(id, want string, module []byte) error {
	if want != "" {
		sum := sha256.Sum256(module)
		if got := hex.EncodeToString(sum[:]); got != want {
			return errs.New(errs.Denied, "its SHA-256 is %s, and %s is pinned", got, want).
				WithHint("if this is the version that you want, set plugins.settings.%s.digest to it", id)
		}
		return nil // nothing says more than the very bytes
	}
	if p.Signatures == Off || p.Signatures == "" {
		return nil
	}
	err := p.signed(module)
	if err == nil || p.Signatures == Require {
		return err
	}
	p.Warn(id, err.Error())
	return nil
}

func (p *Policy) signed(module []byte) error {
	key, err := abi.Verify(module)
	switch {
	case errors.Is(err, abi.ErrUnsigned):
		return errs.New(errs.Denied, "it is not signed").WithHint("sign it with omakase plugin sign, or pin its digest in plugins.settings")
	case err != nil:
		return errs.New(errs.Denied, "%v", err).WithHint("get the module anew from whoever made it")
	case !slices.ContainsFunc(p.Keys, func(k abi.PublicKey) bool { return bytes.Equal(k, key) }):
		return errs.New(errs.Denied, "it is signed with the key %s, which plugins.keys doesn't list", key).WithHint("add the key if you trust whoever has it")
	}
	return nil
}
