package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCodecIsCurrent(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"wire", "selling"} {
		src, err := os.ReadFile("../../wire/" + name + ".go")
		if err != nil {
			t.Fatal(err)
		}
		want, err := Generate(name+".go", src)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile("../../wire/" + name + "_gen.go")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s_gen.go is not what go generate ./sdk/go/wire writes:\n%s", name, diff)
		}
	}
}

func TestWhatTheWireCannotCarryIsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, field, want string }{
		{"no tag", "A string", "want one name and a json tag for each field"},
		{"two names", "A, B string `json:\"a\"`", "want one name and a json tag for each field"},
		{"other tag", "A string `xml:\"a\"`", `field A: want a tag json:"name" or json:"name,omitempty"`},
		{"other option", "A int `json:\"a,string\"`", `field A: want a tag json:"name" or json:"name,omitempty"`},
		{"map", "A map[string]int `json:\"a\"`", "field A: want T, *T or []T of string, bool, int, int64 or a struct of this file"},
		{"array", "A [2]int `json:\"a\"`", "field A: want T, *T or []T of string, bool, int, int64 or a struct of this file"},
		{"other struct", "A Other `json:\"a\"`", "field A: want T, *T or []T of string, bool, int, int64 or a struct of this file"},
		{"required pointer", "A *int `json:\"a\"`", "field A: a pointer needs omitempty"},
		{"plain struct", "A V `json:\"a,omitempty\"`", "field A: a struct needs a pointer, so that it can be left out"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			src := "package p\n\ntype V struct {\n" + tt.field + "\n}\n"
			_, err := Generate("p.go", []byte(src))
			if err == nil || !strings.HasPrefix(err.Error(), "p.go:4:1: V: ") || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("err = %v, want p.go:4:1: V: %s", err, tt.want)
			}
		})
	}
}
