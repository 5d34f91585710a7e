package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Guest is a plugin under test, in any host.
type Guest interface {
	// Call makes one call. answer answers its host calls, all of them. The reply
	// comes with its envelope; the error is for a guest that gave none, because
	// it trapped, for example.
	Call(ctx context.Context, op int32, request []byte, answer Answer) (reply []byte, err error)
	// Provides are the kinds that its manifest names, such as "scraper/1".
	Provides() []string
}

// Answer answers a host call: a reply, or a negative code of the ABI.
type Answer func(fn int32, request []byte) (reply []byte, code int32)

// operations by kind, in the order of their numbers.
var operations = map[string][]int32{
	"scraper/1": {wire.OpDetect, wire.OpScrape, wire.OpExtract, wire.OpCheckout},
	"prompt/1":  {wire.OpGenerate},
	"tool/1":    {wire.OpToolList, wire.OpToolCall},
}

// least is a small request for each operation, good enough to be read.
var least = map[int32]string{
	wire.OpDetect:   `{"url":"https://shop.example/"}`,
	wire.OpScrape:   `{"url":"https://shop.example/"}`,
	wire.OpExtract:  `{"url":"https://shop.example/","body":"body:1","content_type":"text/html"}`,
	wire.OpCheckout: `{"url":"https://shop.example/","lines":[{"product_id":"1","quantity":1}]}`,
	wire.OpGenerate: `{"mode":"static","language":"en","agent":{"id":"a","title":"t","purpose":"p"}}`,
	wire.OpToolList: `{"language":"en"}`,
	wire.OpToolCall: `{"name":"no_such_tool","arguments":"{}","language":"en"}`,
}

// ops are the operations that the guest says it has.
func ops(g Guest) []int32 {
	var all []int32
	for _, kind := range g.Provides() {
		all = append(all, operations[kind]...)
	}
	return all
}

// CheckGuest tests a guest. seen is told of each result; it may be nil.
func CheckGuest(ctx context.Context, g Guest, seen func(Result)) []Result {
	return run(ctx, g, []clause[Guest]{
		{"selftest takes no bytes and {} alike, and finds nothing wrong", selftests},
		{"an operation that the guest doesn't have is answered with the error unsupported", unknownOperation},
		{"operations of kinds that the manifest doesn't name are unsupported", otherKinds},
		{"the requests of the test vectors are read, and what is wrong is refused with invalid_request", requestVectors},
		{"strings are read and refused as the test vectors have it", stringVectors},
		{"fields that the guest doesn't know are ignored, 128 levels deep and no deeper", unknownFields},
		{"a field that stands twice counts with its last value", lastValue},
		{"a large request is read like a small one", largeRequest},
		{"the same request gets the same reply", sameReply},
		{"a host that stops the call is obeyed at once", stoppedCall},
		{"a function that the host doesn't have is an error, not the end", answers("-1", nil, wire.ErrNoFunction)},
		{"a capability that is denied is an error, not the end", answers("denied", wire.AppendError(nil, &wire.Error{Code: wire.CodeDenied, Message: "not granted"}), 0)},
		{"a code of a later version is an error like any other", answers("a new code", []byte(`{"error":{"code":"from_the_future"}}`), 0)},
		{"a reply of the host that can't be read is an error, not the end", answers("no JSON", []byte(`{"ok":`), 0)},
	}, seen)
}

// poor is a host that has nothing: all pages are empty, nothing is found.
func poor(fn int32, request []byte) ([]byte, int32) {
	switch fn {
	case wire.FnHTMLQuery:
		var q wire.HTMLRequest
		if err := wire.Decode(slices.Clone(request), &q); err != nil {
			return wire.AppendError(nil, &wire.Error{Code: wire.CodeInvalid, Message: err.Error()}), 0
		}
		return wire.AppendOK(nil, &wire.HTMLReply{Select: make([]wire.HTMLNodes, len(q.Select)), Scripts: make([]string, len(q.Scripts))}), 0
	case wire.FnClock:
		return []byte(`{"ok":{"unix_ms":1767268800000}}`), 0
	case wire.FnHTTPFetch:
		return []byte(`{"ok":{"status":404,"url":"https://shop.example/","content_type":"text/html","body":"body:9"}}`), 0
	case wire.FnBodyRead:
		return nil, 0
	case wire.FnCryptoHash, wire.FnCryptoHMAC, wire.FnCryptoRandom:
		return []byte(`{"ok":{"hex":"00"}}`), 0
	}
	return []byte(`{"ok":{}}`), 0
}

// code calls the guest and returns the code of its error, "" for none. What is
// no reply is an error of this test.
func code(ctx context.Context, g Guest, op int32, request string, answer Answer) (string, error) {
	reply, err := g.Call(ctx, op, []byte(request), answer)
	if err != nil {
		return "", fmt.Errorf("operation %d with %s: %w", op, short(request), err)
	}
	err = wire.DecodeReply(slices.Clone(reply), &wire.Raw{})
	var e *wire.Error
	switch {
	case err == nil:
		return "", nil
	case errors.As(err, &e):
		return e.Code, nil
	}
	return "", fmt.Errorf("operation %d with %s answers %s, which is no reply: %w", op, short(request), short(string(reply)), err)
}

func short(s string) string {
	if len(s) > 160 {
		return strings.ToValidUTF8(s[:160], "") + "…"
	}
	return s
}

func selftests(ctx context.Context, g Guest) error {
	for _, request := range []string{"", "{}"} {
		if c, err := code(ctx, g, wire.OpSelftest, request, poor); err != nil || c != "" && c != wire.CodeUnsupported {
			return errors.Join(err, fmt.Errorf("selftest of %q: error %q", request, c))
		}
	}
	return nil
}

func unknownOperation(ctx context.Context, g Guest) error {
	for _, op := range []int32{9999, 0, -1} {
		if err := unsupported(ctx, g, op); err != nil {
			return err
		}
	}
	return nil
}

func unsupported(ctx context.Context, g Guest, op int32) error {
	c, err := code(ctx, g, op, "{}", poor)
	if err == nil && c != wire.CodeUnsupported {
		err = fmt.Errorf("operation %d answers with the code %q; want unsupported", op, c)
	}
	return err
}

func otherKinds(ctx context.Context, g Guest) error {
	has := ops(g)
	for _, all := range operations {
		for _, op := range all {
			if slices.Contains(has, op) {
				continue
			}
			if err := unsupported(ctx, g, op); err != nil {
				return err
			}
		}
	}
	return nil
}

func requestVectors(ctx context.Context, g Guest) error {
	all, err := vectors()
	if err != nil {
		return err
	}
	has := ops(g)
	for i := range all {
		v := &all[i]
		if v.Part == "request" && slices.Contains(has, v.Op) {
			if err := reads(ctx, g, v.Op, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// reads checks that a request is read, or refused.
func reads(ctx context.Context, g Guest, op int32, v *vector) error {
	c, err := code(ctx, g, op, string(v.bytes()), poor)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", v.Name, err)
	case v.Refused && c != wire.CodeInvalid && c != wire.CodeUnsupported:
		return fmt.Errorf("%s: the code is %q; want invalid_request for %s", v.Name, c, short(string(v.bytes())))
	case !v.Refused && c == wire.CodeInvalid:
		return fmt.Errorf("%s: it is refused: %s", v.Name, short(string(v.bytes())))
	}
	return nil
}

func stringVectors(ctx context.Context, g Guest) error {
	all, err := vectors()
	if err != nil {
		return err
	}
	for _, op := range ops(g) {
		if op == wire.OpCheckout {
			continue // it may refuse what names no products
		}
		before, after := `{"url":`, `}`
		if op == wire.OpGenerate {
			before, after = `{"mode":"static","agent":{"id":"a","title":"t","purpose":"p"},"language":"en","name":`, `}`
		}
		if op == wire.OpToolList {
			before = `{"language":`
		}
		if op == wire.OpToolCall {
			before, after = `{"arguments":"{}","language":"en","name":`, `}`
		}
		for _, v := range inString(all, before, after) {
			if err := reads(ctx, g, op, &v); err != nil {
				return err
			}
		}
	}
	return nil
}

// with is a request with one more field in front.
func with(op int32, field string) string {
	if rest := strings.TrimPrefix(least[op], "{"); rest != "}" {
		return "{" + field + "," + rest
	}
	return "{" + field + "}"
}

func unknownFields(ctx context.Context, g Guest) error {
	for _, op := range ops(g) {
		for _, v := range []vector{
			{Name: "an object", Text: with(op, `"zz_later":{"a":[1,2.5e3,true,null,"\u2028"]}`)},
			{Name: "127 levels inside of the request", Text: with(op, `"zz_later":`+nested(127))},
			{Name: "128 levels inside of the request", Text: with(op, `"zz_later":`+nested(128)), Refused: true},
			{Name: "a field that is no JSON", Text: with(op, `"zz_later":nil`), Refused: true},
		} {
			if err := reads(ctx, g, op, &v); err != nil {
				return err
			}
		}
	}
	return nil
}

func lastValue(ctx context.Context, g Guest) error {
	for _, op := range ops(g) {
		if !strings.Contains(least[op], `"url"`) {
			continue
		}
		once, err := g.Call(ctx, op, []byte(least[op]), poor)
		if err != nil {
			return err
		}
		twice, err := g.Call(ctx, op, []byte(with(op, `"url":"https://another.example/"`)), poor)
		if err != nil {
			return err
		}
		if string(once) != string(twice) {
			return fmt.Errorf("operation %d answers %s, and with another url in front %s", op, short(string(once)), short(string(twice)))
		}
	}
	return nil
}

func largeRequest(ctx context.Context, g Guest) error {
	for _, op := range ops(g) {
		small, err := g.Call(ctx, op, []byte(least[op]), poor)
		if err != nil {
			return err
		}
		large, err := g.Call(ctx, op, []byte(with(op, `"zz_later":"`+strings.Repeat("large ", 150_000)+`"`)), poor)
		if err != nil {
			return fmt.Errorf("operation %d with 900 KB: %w", op, err)
		}
		if string(small) != string(large) {
			return fmt.Errorf("operation %d answers %s, and with 900 KB more %s", op, short(string(small)), short(string(large)))
		}
	}
	return nil
}

func sameReply(ctx context.Context, g Guest) error {
	for _, op := range ops(g) {
		first, err := g.Call(ctx, op, []byte(least[op]), poor)
		if err != nil {
			return err
		}
		if _, err := g.Call(ctx, op, []byte(`{"url":`), poor); err != nil { // a mistake in between
			return err
		}
		again, err := g.Call(ctx, op, []byte(least[op]), poor)
		if err != nil {
			return err
		}
		if string(first) != string(again) {
			return fmt.Errorf("operation %d answers %s and then %s", op, short(string(first)), short(string(again)))
		}
	}
	return nil
}

// stoppedCall stops each operation at its first host call. A guest may log
// before it looks at results, so one more call is let pass.
func stoppedCall(ctx context.Context, g Guest) error {
	for _, op := range ops(g) {
		asked := 0
		_, err := g.Call(ctx, op, []byte(least[op]), func(int32, []byte) ([]byte, int32) {
			asked++
			return nil, wire.ErrStopped
		})
		if err != nil {
			return fmt.Errorf("operation %d: %w", op, err)
		}
		if asked > 2 {
			return fmt.Errorf("operation %d makes %d host calls after it was told to stop", op, asked-1)
		}
	}
	return nil
}

// answers checks that each operation ends with a reply whatever the host says.
func answers(what string, reply []byte, result int32) func(context.Context, Guest) error {
	return func(ctx context.Context, g Guest) error {
		for _, op := range ops(g) {
			_, err := code(ctx, g, op, least[op], func(int32, []byte) ([]byte, int32) { return slices.Clone(reply), result })
			if err != nil {
				return fmt.Errorf("the host answers with %s: %w", what, err)
			}
		}
		return nil
	}
}
