package abi

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SignatureSection is the name of the custom section that holds a module's
// signature. It is the last one.
const SignatureSection = "omakase.signature"

// Signature is whose a module is.
type Signature struct {
	Key       PublicKey `json:"key"`
	Signature []byte    `json:"signature"` // of what signed returns
}

// PublicKey is an ed25519 key, written as "ed25519:" and base64.
type PublicKey []byte

const keyPrefix = "ed25519:"

// ParsePublicKey reads a key.
func ParsePublicKey(text string) (PublicKey, error) {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	key, err := base64.StdEncoding.DecodeString(rest)
	if !ok || err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%q is no key: write ed25519: and 32 bytes in base64, as omakase plugin sign prints it", text)
	}
	return key, nil
}

// String is the key as ParsePublicKey reads it.
func (k PublicKey) String() string { return keyPrefix + base64.StdEncoding.EncodeToString(k) }

// MarshalText implements encoding.TextMarshaler.
func (k PublicKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *PublicKey) UnmarshalText(text []byte) (err error) {
	*k, err = ParsePublicKey(string(text))
	return err
}

// ErrUnsigned is the error of a module without a signature.
var ErrUnsigned = errors.New("the module is not signed")

// Sign puts a signature at the end of a module, in place of any other.
func Sign(wasm []byte, key ed25519.PrivateKey) ([]byte, error) {
	bare, _, err := splitSignature(wasm)
	if err != nil {
		return nil, err
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("the key is no ed25519 key")
	}
	text, err := json.Marshal(Signature{PublicKey(public), ed25519.Sign(key, signed(bare))})
	if err != nil {
		return nil, err
	}
	content := append(appendUint32(nil, uint32(len(SignatureSection))), SignatureSection...)
	content = append(content, text...)
	out := append(slices.Clip(bare), sectionCustom)
	out = appendUint32(out, uint32(len(content)))
	return append(out, content...), nil
}

// Verify returns the key that a module was signed with. The error is
// ErrUnsigned where there is no signature, and another one where it doesn't
// belong to the module.
func Verify(wasm []byte) (PublicKey, error) {
	bare, text, err := splitSignature(wasm)
	if err != nil {
		return nil, err
	}
	if text == nil {
		return nil, ErrUnsigned
	}
	var s Signature
	if err := json.Unmarshal(text, &s); err != nil || len(s.Key) != ed25519.PublicKeySize {
		return nil, errors.New("the signature can't be read")
	}
	if !ed25519.Verify(ed25519.PublicKey(s.Key), signed(bare), s.Signature) {
		return nil, errors.New("the signature does not belong to the module, which was changed after it was signed")
	}
	return s.Key, nil
}

// Unsigned is a module without its signature, if it has one.
func Unsigned(wasm []byte) ([]byte, error) {
	bare, _, err := splitSignature(wasm)
	return bare, err
}

// signed is what a signature is made of: the digest of the module without it.
func signed(bare []byte) []byte {
	sum := sha256.Sum256(bare)
	return append([]byte("omakase plugin 1\n"), sum[:]...)
}

// splitSignature takes the signature off a module. There is one at most, and
// nothing comes after it.
func splitSignature(wasm []byte) (bare, text []byte, err error) {
	bare = wasm[:min(len(wasm), len(magic+coreV1))]
	err = eachSection(wasm, func(s section) error {
		switch {
		case text != nil:
			return errors.New("something comes behind the signature")
		case s.id == sectionCustom && s.name == SignatureSection:
			text = s.content
			if text == nil {
				text = []byte{}
			}
		default:
			bare = wasm[:len(bare)+len(s.whole)]
		}
		return nil
	})
	return bare, text, err
}
