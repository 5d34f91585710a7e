package fakehost

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const placeholderHead = "{secret:"

// secret finds a secret of the plugin; "" is one that isn't set.
func (h *Host) secret(name string) (string, error) {
	value, declared := h.Secrets[name]
	switch {
	case !declared:
		return "", omakase.Fail(wire.CodeDenied, "secret is not granted for "+name+": fakehost: Host.Secrets doesn't have it")
	case value == "":
		return "", omakase.Fail(wire.CodeNotFound, "the operator has not set the secret "+name)
	}
	return value, nil
}

// useSecret answers a placeholder that a test can foretell: {secret:token},
// and {secret:base64(me:token)} of a user's name and a secret in base64.
func (h *Host) useSecret(req wire.SecretRequest) (wire.Value, error) {
	if _, err := h.secret(req.Name); err != nil {
		return nil, err
	}
	text := req.Prefix + req.Name
	switch req.Encoding {
	case "":
	case "base64":
		text = "base64(" + text + ")"
	default:
		return nil, omakase.Fail(wire.CodeInvalid, "unknown encoding "+req.Encoding)
	}
	return &wire.SecretReply{Placeholder: placeholderHead + text + "}"}, nil
}

// misplaced reports whether a request has a placeholder where none may be.
func misplaced(req wire.FetchRequest) bool {
	return strings.Contains(req.URL, placeholderHead) || strings.Contains(req.Body, placeholderHead)
}
