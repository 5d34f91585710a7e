package fakehost

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	stdhash "hash"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

func algorithm(name string) (func() stdhash.Hash, error) {
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
	return nil, omakase.Fail(wire.CodeInvalid, "unknown algorithm "+name)
}

func hash(req wire.CryptoRequest) (wire.Value, error) {
	create, err := algorithm(req.Algorithm)
	if err != nil {
		return nil, err
	}
	return sum(create(), req.Data), nil
}

func (h *Host) hmac(req wire.CryptoRequest) (wire.Value, error) {
	create, err := algorithm(req.Algorithm)
	if err != nil {
		return nil, err
	}
	key := req.Key
	if req.Secret != "" {
		if key != "" {
			return nil, omakase.Fail(wire.CodeInvalid, "an hmac has a key or a secret, not both")
		}
		if key, err = h.secret(req.Secret); err != nil {
			return nil, err
		}
	}
	return sum(hmac.New(create, []byte(key)), req.Data), nil
}

func sum(h stdhash.Hash, data string) *wire.CryptoReply {
	h.Write([]byte(data))
	return &wire.CryptoReply{Hex: hex.EncodeToString(h.Sum(nil))}
}

// randomBytes gives every new Host the same bytes, so that tests repeat.
func (h *Host) randomBytes(req wire.CryptoRequest) (wire.Value, error) {
	if req.Length < 1 || req.Length > 4096 {
		return nil, omakase.Fail(wire.CodeInvalid, "random bytes come by 1 to 4096")
	}
	var b []byte
	for len(b) < req.Length {
		h.random++
		block := sha256.Sum256(binary.LittleEndian.AppendUint64(nil, h.random))
		b = append(b, block[:]...)
	}
	return &wire.CryptoReply{Hex: hex.EncodeToString(b[:req.Length])}, nil
}
