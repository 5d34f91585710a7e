package abi_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/sdk/abi"
)

func signer(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	module, err := abi.SetManifest([]byte("\x00asm\x01\x00\x00\x00"), []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := abi.Verify(module); !errors.Is(err, abi.ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
	signed, err := abi.Sign(module, signer(1))
	if err != nil {
		t.Fatal(err)
	}
	key, err := abi.Verify(signed)
	if err != nil || !bytes.Equal(key, signer(1).Public().(ed25519.PublicKey)) {
		t.Errorf("key is %v, %v", key, err)
	}
	if read, err := abi.ParsePublicKey(key.String()); err != nil || !bytes.Equal(read, key) {
		t.Errorf("%s reads as %v, %v", key, read, err)
	}
	if text, err := abi.ReadManifest(signed); err != nil || string(text) != "{}" {
		t.Errorf("the manifest is %q, %v", text, err)
	}
	again, err := abi.Sign(signed, signer(2))
	if key, verr := abi.Verify(again); err != nil || verr != nil || len(again) != len(signed) || !bytes.Equal(key, signer(2).Public().(ed25519.PublicKey)) {
		t.Errorf("signed again: %v, %v, %v", key, err, verr)
	}
	// Whatever byte of it changes, it is no longer signed.
	for i := range signed {
		broken := bytes.Clone(signed)
		broken[i] ^= 1
		if _, err := abi.Verify(broken); err == nil {
			t.Errorf("byte %d may change", i)
		}
	}
	for name, wrong := range map[string][]byte{
		"a section behind it": append(bytes.Clone(signed), 0, 2, 1, 'x'), "no module": []byte("PK"), "two": append(bytes.Clone(signed), signed[len(module):]...),
	} {
		if _, err := abi.Verify(wrong); err == nil || errors.Is(err, abi.ErrUnsigned) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParsePublicKeySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "ed25519:", "ed25519:AAAA", "rsa:" + strings.Repeat("A", 44), "ed25519:???"} {
		if _, err := abi.ParsePublicKey(text); err == nil || !strings.Contains(err.Error(), "is no key") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
