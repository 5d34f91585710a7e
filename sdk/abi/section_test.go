package abi_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/sdk/abi"
)

const header = "\x00asm\x01\x00\x00\x00"

// custom is a custom section; names and contents are short here.
func custom(name, content string) string {
	return string([]byte{0, byte(1 + len(name) + len(content)), byte(len(name))}) + name + content
}

func TestReadManifest(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 200)
	for _, tt := range []struct{ name, wasm, want, err string }{
		{"alone", header + custom("omakase.manifest", "{}"), "{}", ""},
		{"between others", header + "\x01\x01\x00" + custom("name", "abc") + custom("omakase.manifest", "{}") + custom("", ""), "{}", ""},
		{"empty", header + custom("omakase.manifest", ""), "", ""},
		{"two-byte size", header + "\x00\xd9\x01\x10omakase.manifest" + long, long, ""},
		{"none", header, "", abi.ErrNoManifest.Error()},
		{"two", header + custom("omakase.manifest", "1") + custom("omakase.manifest", "2"), "", "the module has two sections omakase.manifest"},
		{"empty file", "", "", "not a WASM module: it does not begin with \\0asm and a version"},
		{"text", "#!/bin/sh\n", "", "not a WASM module: it does not begin with \\0asm and a version"},
		{"component", "\x00asm\x0d\x00\x01\x00", "", "a WASM component, not a module: build a core module, for example with GOOS=wasip1"},
		{"future", "\x00asm\x02\x00\x00\x00", "", "a WASM module of an unknown version 02 00 00 00"},
		{"cut in a size", header + "\x00", "", "section at byte 8: size: a number without an end"},
		{"cut in a section", header + "\x01\x05\x00", "", "section at byte 8: it says 5 bytes, and 1 are left"},
		{"size beyond 32 bits", header + "\x01\xff\xff\xff\xff\x1f", "", "section at byte 8: size: a number of more than 32 bits"},
		{"size of six bytes", header + "\x01\x80\x80\x80\x80\x80\x00", "", "section at byte 8: size: a number of more than 32 bits"},
		{"largest size", header + "\x01\xff\xff\xff\xff\x0f", "", "section at byte 8: it says 4294967295 bytes, and 0 are left"},
		{"unknown section", header + "\x0e\x00", "", "section at byte 8: unknown section 14"},
		{"no name", header + "\x00\x00", "", "section at byte 8: length of its name: a number without an end"},
		{"name too long", header + "\x00\x02\x05a", "", "section at byte 8: its name says 5 bytes, and 1 are left"},
		{"name not UTF-8", header + custom("\xff", ""), "", "section at byte 8: its name is not UTF-8"},
		{"second section", header + "\x01\x01\x00" + "\x0f", "", "section at byte 11: unknown section 15"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := abi.ReadManifest([]byte(tt.wasm))
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || err.Error() != tt.err) {
				t.Fatalf("err = %v\nwant  %s", err, tt.err)
			}
			if string(got) != tt.want {
				t.Errorf("manifest = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSetManifestReplaces(t *testing.T) {
	t.Parallel()
	in := header + custom("omakase.manifest", "old") + "\x01\x01\x00" + custom("name", "n") + custom("omakase.manifest", "older")
	got, err := abi.SetManifest([]byte(in), []byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	if want := header + "\x01\x01\x00" + custom("name", "n") + custom("omakase.manifest", "new"); string(got) != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, err := abi.SetManifest([]byte("x"), nil); err == nil {
		t.Error("no error for a file that is no module")
	}
}

func TestLargeManifestsAreRefused(t *testing.T) {
	t.Parallel()
	const want = "the manifest has 262145 bytes; 262144 are allowed"
	large := bytes.Repeat([]byte("x"), abi.MaxManifest+1)
	if _, err := abi.SetManifest([]byte(header), large); err == nil || err.Error() != want {
		t.Errorf("SetManifest: %v", err)
	}
	if _, err := abi.ParseManifest(large); err == nil || err.Error() != want {
		t.Errorf("ParseManifest: %v", err)
	}
	// Such a module can be made by other tools: size and name by hand.
	wasm := append([]byte(header+"\x00\x92\x80\x10\x10omakase.manifest"), large...)
	if _, err := abi.ReadManifest(wasm); err == nil || err.Error() != want {
		t.Errorf("ReadManifest: %v", err)
	}
}

func TestWhatIsSetIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		wasm := []byte(header)
		for range rapid.IntRange(0, 4).Draw(t, "sections") {
			if rapid.Bool().Draw(t, "custom") {
				wasm = append(wasm, custom(rapid.StringN(0, 8, 30).Draw(t, "name"), rapid.StringN(0, 20, 60).Draw(t, "content"))...)
			} else {
				body := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "body")
				wasm = append(append(wasm, rapid.ByteRange(1, 13).Draw(t, "id"), byte(len(body))), body...)
			}
		}
		manifest := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "manifest")
		once, err := abi.SetManifest(wasm, manifest)
		if err != nil {
			t.Fatal(err)
		}
		got, err := abi.ReadManifest(once)
		if err != nil || !bytes.Equal(got, manifest) {
			t.Fatalf("read %q, %v", got, err)
		}
		twice, err := abi.SetManifest(once, manifest)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("setting it again changes the module: %v", err)
		}
	})
}

func FuzzReadManifest(f *testing.F) {
	f.Add([]byte(header + "\x01\x01\x00" + custom("omakase.manifest", "{}")))
	f.Add([]byte(header + "\x00\x80\x80\x80\x80\x00"))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		got, err := abi.ReadManifest(wasm)
		if err != nil && !errors.Is(err, abi.ErrNoManifest) {
			return
		}
		again, err := abi.SetManifest(wasm, got)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := abi.ReadManifest(again); err != nil || !bytes.Equal(back, got) {
			t.Fatalf("%q reads back as %q, %v", got, back, err)
		}
	})
}
