package abi

import "errors"

// Outline is what a module shows without being compiled.
type Outline struct {
	Imports  []string // "module.name", in order
	HasNames bool     // functions have names, for the traces of crashes
	Code     int      // bytes
	Data     int      // bytes
}

const (
	sectionImport = 2
	sectionCode   = 10
	sectionData   = 11
)

// ReadOutline reads the outline of a module. It checks no more than it has to:
// that a module is valid is for a host to say.
func ReadOutline(wasm []byte) (Outline, error) {
	var o Outline
	err := eachSection(wasm, func(s section) (err error) {
		switch {
		case s.id == sectionImport:
			o.Imports, err = readImports(s.content)
		case s.id == sectionCode:
			o.Code = len(s.content)
		case s.id == sectionData:
			o.Data = len(s.content)
		case s.id == sectionCustom && s.name == "name":
			o.HasNames = true
		}
		return err
	})
	return o, err
}

var errImports = errors.New("the section of imports can't be read")

func readImports(b []byte) ([]string, error) {
	count, b, ok := take(b)
	var all []string
	for ; ok && count > 0; count-- {
		var module, name string
		if module, b, ok = takeName(b); !ok {
			break
		}
		if name, b, ok = takeName(b); !ok || len(b) == 0 {
			return nil, errImports
		}
		all = append(all, module+"."+name)
		kind := b[0]
		b = b[1:]
		switch kind {
		case 0: // a function: its type
			_, b, ok = take(b)
		case 1: // a table: its type and limits
			if ok = len(b) > 0; ok {
				b, ok = takeLimits(b[1:])
			}
		case 2:
			b, ok = takeLimits(b)
		case 3: // a global: type and mutability
			if ok = len(b) >= 2; ok {
				b = b[2:]
			}
		default:
			ok = false
		}
	}
	if !ok {
		return nil, errImports
	}
	return all, nil
}

func take(b []byte) (uint32, []byte, bool) {
	v, n, err := readUint32(b)
	return v, b[n:], err == nil
}

func takeName(b []byte) (string, []byte, bool) {
	n, b, ok := take(b)
	if !ok || uint64(n) > uint64(len(b)) {
		return "", nil, false
	}
	return string(b[:n]), b[n:], true
}

func takeLimits(b []byte) ([]byte, bool) {
	flags, b, ok := take(b)
	if !ok {
		return nil, false
	}
	_, b, ok = take(b)
	if ok && flags&1 != 0 {
		_, b, ok = take(b)
	}
	return b, ok
}
