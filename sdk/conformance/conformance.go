// Package conformance tests whether a guest and a host keep to sdk/abi, clause
// by clause. Whoever runs modules implements [Guest] or [Host] in some lines
// and gets a list of results; package sdk/plugintest/hosttest makes Go tests of
// them, and omakase plugin check --conformance a table.
//
// The guests that a host is tested with are binaries: one that speaks ABI 1.0
// as it was when it was new, and a collection of hostile ones. A host in any
// language can use the files.
package conformance

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/omakase-ai/omakase/sdk/abi"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Result is how one clause was kept.
type Result struct {
	Clause string // what the ABI says, shortly
	Err    error  // nil: it is kept
}

// clause is a promise of the ABI and its test.
type clause[T any] struct {
	says  string
	check func(ctx context.Context, t T) error
}

func run[T any](ctx context.Context, t T, all []clause[T], seen func(Result)) []Result {
	results := make([]Result, 0, len(all))
	for _, c := range all {
		if ctx.Err() != nil {
			break
		}
		r := Result{c.says, c.check(ctx, t)}
		results = append(results, r)
		if seen != nil {
			seen(r)
		}
	}
	return results
}

// Failed are the results of clauses that were not kept.
func Failed(all []Result) []Result {
	return slices.DeleteFunc(slices.Clone(all), func(r Result) bool { return r.Err == nil })
}

// vector is one message, as "Test vectors" in spec.md describes them.
type vector struct {
	Op, Fn     int32
	Part, Name string
	Schema     string
	Text, Hex  string
	Value      json.RawMessage
	Error      *wire.Error
	Written    *string
	Lenient    bool
	Refused    bool
}

func (v *vector) bytes() []byte {
	if b, err := hex.DecodeString(v.Hex); err == nil && v.Hex != "" {
		return b
	}
	return []byte(v.Text)
}

// vectors are those of the ABI.
func vectors() ([]vector, error) {
	names, err := fs.Glob(abi.Vectors(), "*.json")
	if err != nil {
		return nil, err
	}
	var all []vector
	for _, name := range names {
		text, err := fs.ReadFile(abi.Vectors(), name)
		if err != nil {
			return nil, err
		}
		var file struct{ Vectors []vector }
		if err := json.Unmarshal(text, &file); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, file.Vectors...)
	}
	return all, nil
}

// inString are the vectors about JSON as values of one field of an object: what
// they hold goes between before and after.
func inString(all []vector, before, after string) []vector {
	var out []vector
	for _, v := range all {
		b := v.bytes()
		const head, tail = `{"ok":{"value":`, `}}`
		if v.Schema != "kv-reply.json" || v.Part != "reply" || !bytes.HasPrefix(b, []byte(head)) || !bytes.HasSuffix(b, []byte(tail)) {
			continue
		}
		value := string(b[len(head) : len(b)-len(tail)])
		out = append(out, vector{Name: v.Name, Refused: v.Refused, Text: before + value + after})
	}
	return out
}

// nested is a JSON document that is so many arrays deep.
func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
