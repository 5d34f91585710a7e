package abi

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// ManifestSection is the name of the custom section that holds the manifest.
const ManifestSection = "omakase.manifest"

// MaxManifest is the size of the largest manifest, in bytes.
const MaxManifest = 256 << 10

// ErrNoManifest is the error of a module without a manifest.
var ErrNoManifest = errors.New("the module has no manifest (a custom section named " + ManifestSection + ")")

const (
	magic     = "\x00asm"
	coreV1    = "\x01\x00\x00\x00"
	component = "\x0d\x00\x01\x00"

	sectionCustom = 0
	sectionLast   = 13 // tag; the highest number that WebAssembly 3 has
)

// ReadManifest returns the manifest's text from a WASM module, a part of
// wasm's memory. It reads sections only as far as their sizes and names.
func ReadManifest(wasm []byte) ([]byte, error) {
	var manifest []byte
	found := false
	err := eachSection(wasm, func(s section) error {
		if !s.manifest() {
			return nil
		}
		if found {
			return fmt.Errorf("the module has two sections %s", ManifestSection)
		}
		if len(s.content) > MaxManifest {
			return fmt.Errorf("the manifest has %d bytes; %d are allowed", len(s.content), MaxManifest)
		}
		manifest, found = s.content, true
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, ErrNoManifest
	}
	return manifest, nil
}

// SetManifest returns a copy of a WASM module with the manifest's text in
// place of any that it had. It does not look into the text.
func SetManifest(wasm, manifest []byte) ([]byte, error) {
	if len(manifest) > MaxManifest {
		return nil, fmt.Errorf("the manifest has %d bytes; %d are allowed", len(manifest), MaxManifest)
	}
	out := make([]byte, 0, len(wasm)+len(manifest)+len(ManifestSection)+12)
	out = append(out, magic+coreV1...)
	err := eachSection(wasm, func(s section) error {
		if !s.manifest() {
			out = append(out, s.whole...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	name := appendUint32(nil, uint32(len(ManifestSection)))
	name = append(name, ManifestSection...)
	out = append(out, sectionCustom)
	out = appendUint32(out, uint32(len(name)+len(manifest)))
	out = append(out, name...)
	return append(out, manifest...), nil
}

// A section of a module. Its slices are parts of the module's memory.
type section struct {
	id      byte
	name    string // of a custom section
	content []byte // after the name
	whole   []byte // with id and size
}

func (s section) manifest() bool { return s.id == sectionCustom && s.name == ManifestSection }

// eachSection calls fn for each section of a module, in order.
func eachSection(wasm []byte, fn func(section) error) error {
	if err := checkHeader(wasm); err != nil {
		return err
	}
	for at := len(magic + coreV1); at < len(wasm); {
		s, size, err := readSection(wasm[at:])
		if err != nil {
			return fmt.Errorf("section at byte %d: %w", at, err)
		}
		if err := fn(s); err != nil {
			return err
		}
		at += size
	}
	return nil
}

func checkHeader(wasm []byte) error {
	n := len(magic)
	switch {
	case len(wasm) < n+len(coreV1) || string(wasm[:n]) != magic:
		return errors.New("not a WASM module: it does not begin with \\0asm and a version")
	case string(wasm[n:n+len(component)]) == component:
		return errors.New("a WASM component, not a module: build a core module, for example with GOOS=wasip1")
	case string(wasm[n:n+len(coreV1)]) != coreV1:
		return fmt.Errorf("a WASM module of an unknown version % x", wasm[n:n+len(coreV1)])
	}
	return nil
}

// readSection reads the section that b begins with, and returns its size with
// id and length.
func readSection(b []byte) (section, int, error) {
	s := section{id: b[0]}
	if s.id > sectionLast {
		return s, 0, fmt.Errorf("unknown section %d", s.id)
	}
	size, n, err := readUint32(b[1:])
	if err != nil {
		return s, 0, fmt.Errorf("size: %w", err)
	}
	body := b[1+n:]
	if uint64(size) > uint64(len(body)) {
		return s, 0, fmt.Errorf("it says %d bytes, and %d are left", size, len(body))
	}
	s.content = body[:size]
	end := 1 + n + int(size)
	s.whole = b[:end]
	if s.id != sectionCustom {
		return s, end, nil
	}
	length, n, err := readUint32(s.content)
	if err != nil {
		return s, 0, fmt.Errorf("length of its name: %w", err)
	}
	rest := s.content[n:]
	if uint64(length) > uint64(len(rest)) {
		return s, 0, fmt.Errorf("its name says %d bytes, and %d are left", length, len(rest))
	}
	if !utf8.Valid(rest[:length]) {
		return s, 0, errors.New("its name is not UTF-8")
	}
	s.name, s.content = string(rest[:length]), rest[length:]
	return s, end, nil
}

// readUint32 reads an unsigned LEB128 number of 32 bits and returns its size.
func readUint32(b []byte) (value uint32, size int, err error) {
	for i, c := range b {
		if i == 4 && c > 0x0f {
			return 0, 0, errors.New("a number of more than 32 bits")
		}
		value |= uint32(c&0x7f) << (7 * i)
		if c < 0x80 {
			return value, i + 1, nil
		}
	}
	return 0, 0, errors.New("a number without an end")
}

func appendUint32(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}
