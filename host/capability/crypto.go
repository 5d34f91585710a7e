package capability

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"io"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const maxRandom = 4 << 10

// algorithm finds a hash. The weak ones are there because shops' interfaces
// ask for them.
func algorithm(name string) (func() hash.Hash, error) {
	switch name {
	case "sha256", "":
		return sha256.New, nil
	case "sha512":
		return sha512.New, nil
	case "sha1":
		return sha1.New, nil
	case "md5":
		return md5.New, nil
	}
	return nil, errs.New(errs.Invalid, "%q is no algorithm: use sha256, sha512, sha1 or md5", clip(name, 20))
}

func (c *Call) hash(_ context.Context, q *wire.CryptoRequest) (wire.Value, error) {
	hashOf, err := algorithm(q.Algorithm)
	if err != nil {
		return nil, err
	}
	return sum(hashOf(), q.Data), nil
}

func (c *Call) hmac(_ context.Context, q *wire.CryptoRequest) (wire.Value, error) {
	hashOf, err := algorithm(q.Algorithm)
	if err != nil {
		return nil, err
	}
	key := q.Key
	if q.Secret != "" {
		if key, err = c.signingKey(q); err != nil {
			return nil, err
		}
	}
	return sum(hmac.New(hashOf, []byte(key)), q.Data), nil
}

func sum(h hash.Hash, data string) wire.Value {
	_, _ = io.WriteString(h, data) // a hash never fails
	return &wire.CryptoReply{Hex: hex.EncodeToString(h.Sum(nil))}
}

// signingKey is a secret as the key of an HMAC.
func (c *Call) signingKey(q *wire.CryptoRequest) (string, error) {
	if q.Key != "" {
		return "", errs.New(errs.Invalid, "an hmac has a key or a secret, not both")
	}
	if ok, rule := c.session.plugin.Grants.has("secret"); !ok {
		return "", c.denied("secret", clip(q.Secret, 100), rule)
	}
	return c.secret(q.Secret)
}

func (c *Call) random(_ context.Context, q *wire.CryptoRequest) (wire.Value, error) {
	if q.Length < 1 || q.Length > maxRandom {
		return nil, errs.New(errs.Invalid, "length is %d: ask for 1 to %d bytes", q.Length, maxRandom)
	}
	b := make([]byte, q.Length)
	if _, err := io.ReadFull(c.session.functions.Random, b); err != nil {
		return nil, errs.Wrap("reading random bytes", err)
	}
	return &wire.CryptoReply{Hex: hex.EncodeToString(b)}, nil
}
