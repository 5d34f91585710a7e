// Package auth decides who may do what: API keys, and whether a server may
// listen where it was told to. It knows of no HTTP framework and no database.
package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
)

// MinKeyLength is the number of bytes below which a key can be guessed.
const MinKeyLength = 16

// Keys are the API keys of an operator. They are kept as SHA-256 only. The
// zero value and nil hold no key. Keys are immutable and may be used from any
// goroutine.
type Keys struct {
	sums [][sha256.Size]byte
	weak int
}

// New takes keys as an operator configured them; blank ones are ignored.
func New(keys []string) *Keys {
	k := &Keys{}
	for _, key := range keys {
		key = strings.TrimSpace(key)
		if key == "" {
			continue
		}
		if len(key) < MinKeyLength {
			k.weak++
		}
		k.sums = append(k.sums, sha256.Sum256([]byte(key)))
	}
	return k
}

// Required reports whether there is any key, so that callers need one.
func (k *Keys) Required() bool { return k != nil && len(k.sums) > 0 }

// Hint is advice about the keys for the operator's log, or "".
func (k *Keys) Hint() string {
	if k == nil || k.weak == 0 {
		return ""
	}
	return "an API key is shorter than 16 characters and can be guessed; make one with: openssl rand -hex 24"
}

// Allows reports whether key is one of the keys. How long that takes tells
// nothing about them.
func (k *Keys) Allows(key []byte) bool {
	if k == nil {
		return false
	}
	sum := sha256.Sum256(key)
	found := 0
	for i := range k.sums {
		found |= subtle.ConstantTimeCompare(sum[:], k.sums[i][:])
	}
	return found == 1
}

// Bearer is the key in an Authorization header; ok is false when the header
// is of another scheme or empty. The key is a part of header.
func Bearer(header []byte) (key []byte, ok bool) {
	const scheme = "bearer "
	if len(header) <= len(scheme) || !strings.EqualFold(string(header[:len(scheme)]), scheme) {
		return nil, false
	}
	key = header[len(scheme):]
	for len(key) > 0 && key[0] == ' ' {
		key = key[1:]
	}
	return key, len(key) > 0
}

// CheckListen refuses addr (host:port) when it can be reached from other
// machines although no key is set, unless allowOpen says that this is meant.
func CheckListen(addr string, keys *Keys, allowOpen bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return errs.New(errs.Invalid, "listen address %q: %v", addr, err).
			WithHint("write host:port, such as 127.0.0.1:3000")
	}
	if keys.Required() || allowOpen || loopback(host) {
		return nil
	}
	return errs.New(errs.Denied, "listening on %s without API keys would let anyone change the catalogue", addr).
		WithHint("set OMAKASE_API_KEYS, listen on 127.0.0.1, or say that an open server is meant")
}

// loopback does not resolve names: what a name means can change after the
// check.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
