package abi_test

import (
	"bytes"
	"encoding/hex"
	stdjson "encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/sdk/abi"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// vector is one message, as spec.md describes them.
type vector struct {
	Op, Fn   int32
	Part     string
	Name     string
	Schema   string
	Text     string
	Hex      string
	Value    stdjson.RawMessage
	Error    *wire.Error
	Written  *string
	Lenient  bool
	Refused  bool
	fromFile string
}

func (v vector) bytes(t *testing.T) []byte {
	t.Helper()
	if v.Hex == "" {
		return []byte(v.Text)
	}
	b, err := hex.DecodeString(v.Hex)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func vectors(t *testing.T) []vector {
	t.Helper()
	names, err := fs.Glob(abi.Vectors(), "*.json")
	if err != nil || len(names) != 3 {
		t.Fatalf("files of vectors: %v, %v", names, err)
	}
	var all []vector
	for _, name := range names {
		text, err := fs.ReadFile(abi.Vectors(), name)
		if err != nil {
			t.Fatal(err)
		}
		dec := stdjson.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		var file struct {
			About   string
			Vectors []vector
		}
		if err := dec.Decode(&file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, v := range file.Vectors {
			v.fromFile = name
			all = append(all, v)
		}
	}
	return all
}

// messages are the types of the wire by the name of their schema.
func message(schema string) wire.Value {
	switch schema {
	case "raw":
		return &wire.Raw{}
	case "empty.json":
		return &wire.Empty{}
	}
	for _, v := range wireTypes() {
		if schemaName(v) == schema {
			return v
		}
	}
	return nil
}

func TestCodecReadsTheVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		t.Run(v.fromFile+"/"+v.Name, func(t *testing.T) {
			t.Parallel()
			got := message(v.Schema)
			if got == nil {
				t.Fatalf("no message has the schema %s", v.Schema)
			}
			read, write := wire.Decode, func(v wire.Value) []byte { return v.AppendJSON(nil) }
			if v.Part == "reply" {
				read, write = wire.DecodeReply, func(v wire.Value) []byte { return wire.AppendOK(nil, v) }
			}
			err := read(v.bytes(t), got)
			switch {
			case v.Refused:
				if _, told := errors.AsType[*wire.Error](err); err == nil || told {
					t.Fatalf("err = %v, want the bytes refused", err)
				}
				return
			case v.Error != nil:
				if diff := cmp.Diff(error(v.Error), err); diff != "" {
					t.Fatal(diff)
				}
				if text := wire.AppendError(nil, v.Error); string(text) != v.Text {
					t.Errorf("written as %s", text)
				}
				return
			case err != nil:
				t.Fatal(err)
			}
			if diff := cmp.Diff(decode(t, v.Value), decode(t, got.AppendJSON(nil))); diff != "" {
				t.Error("value:" + diff)
			}
			written := v.Text
			if v.Written != nil {
				written = *v.Written
			}
			if diff := cmp.Diff(written, string(write(got))); diff != "" {
				t.Error("written: " + diff)
			}
		})
	}
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	dec := stdjson.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// constants returns the constants of numbers.go whose names begin with prefix,
// by their value.
func constants(t *testing.T, prefix string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../go/wire/numbers.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			return true
		}
		value := ""
		switch x := spec.Values[0].(type) {
		case *ast.BasicLit:
			value = strings.Trim(x.Value, `"`)
		case *ast.UnaryExpr:
			value = x.Op.String() + x.X.(*ast.BasicLit).Value
		}
		found[value] = spec.Names[0].Name
		return true
	})
	return found
}

func TestEveryMessageHasVectors(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	for _, v := range vectors(t) {
		have["Op"+strconv.Itoa(int(v.Op))+v.Part] = true
		have["Fn"+strconv.Itoa(int(v.Fn))+v.Part] = true
	}
	for _, prefix := range []string{"Op", "Fn"} {
		for number, name := range constants(t, prefix) {
			for _, part := range []string{"request", "reply"} {
				if name == "FnBodyRead" && part == "reply" {
					continue
				}
				if !have[prefix+number+part] {
					t.Errorf("no vector for the %s of %s (%s)", part, name, number)
				}
			}
		}
	}
}
