package abi_test

import (
	"slices"
	"testing"

	"github.com/omakase-ai/omakase/sdk/abi"
)

func TestReadOutline(t *testing.T) {
	t.Parallel()
	const head = "\x00asm\x01\x00\x00\x00"
	imports := "\x02\x27\x03" + "\x07omakase\x09host_call\x00\x01" + "\x01e\x01m\x02\x01\x01\x02" + "\x01e\x01g\x03\x7f\x00"
	imports = imports[:1] + string(rune(len(imports)-2)) + imports[2:]
	code, data, names := "\x0a\x04\x01\x02\x00\x0b", "\x0b\x01\x00", "\x00\x05\x04name"
	for _, tt := range []struct {
		name, module string
		want         abi.Outline
		fails        bool
	}{
		{"nothing", head, abi.Outline{}, false},
		{"all of it", head + imports + code + data + names, abi.Outline{
			Imports: []string{"omakase.host_call", "e.m", "e.g"}, HasNames: true, Code: 4, Data: 1,
		}, false},
		{"no module", "PK\x03\x04", abi.Outline{}, true},
		{"imports without end", head + "\x02\x03\x02\x01e", abi.Outline{}, true},
		{"an import of no kind", head + "\x02\x06\x01\x01e\x01m\x09", abi.Outline{}, true},
		{"an import cut off", head + "\x02\x05\x01\x01e\x01m", abi.Outline{}, true},
	} {
		got, err := abi.ReadOutline([]byte(tt.module))
		if (err != nil) != tt.fails || !tt.fails && (!slices.Equal(got.Imports, tt.want.Imports) || got.HasNames != tt.want.HasNames || got.Code != tt.want.Code || got.Data != tt.want.Data) {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
}

func FuzzReadOutline(f *testing.F) {
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x02\x06\x01\x01e\x01m\x00"))
	f.Fuzz(func(t *testing.T, module []byte) { _, _ = abi.ReadOutline(module) })
}
