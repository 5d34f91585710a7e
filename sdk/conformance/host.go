package conformance

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/sdk/abi"
	"github.com/omakase-ai/omakase/sdk/go/wire"
	"github.com/omakase-ai/omakase/sdk/recording"
)

// Host is a host under test.
type Host interface {
	// Load makes a plugin of a module, which the host may do as late as at its
	// first call. It grants what the manifest asks for. The error of a module
	// that is refused is an *Ending, here or of the first call.
	Load(ctx context.Context, module []byte, limits Limits) (Plugin, error)
}

// Limits of a plugin; 0 leaves one to the host.
type Limits struct {
	Deadline time.Duration
	MemoryMB int
}

// Plugin is a module in a host under test.
type Plugin interface {
	// Call makes one call with the request as it is, and returns what is in "ok"
	// of the reply. body is held for the call under the handle "body:1"; nil is
	// none. The error of a guest that answered with one is a *wire.Error, and
	// that of a guest that gave no reply an *Ending.
	Call(ctx context.Context, op int32, request, body []byte) (ok []byte, err error)
	// Close frees the plugin.
	Close()
}

// Ending is why a guest gave no reply.
type Ending struct {
	Reason string // refused, deadline, memory, trap, exit or "bad reply"
	Text   string
}

// Error is reason and text.
func (e *Ending) Error() string { return e.Reason + ": " + e.Text }

// The guest that speaks ABI 1.0 as it was when it was new; testdata/abi1.c says
// what it does. The binary is never built again.
//
//go:embed testdata/abi1.wasm
var oldest []byte

// Oldest is the oldest guest that every host must run, without a manifest.
func Oldest() []byte { return slices.Clone(oldest) }

//go:embed hostile.json.gz
var hostile []byte

// Hostile is a module that means harm.
type Hostile struct {
	Name, What string
	Module     []byte
	// Reason is that of the Ending of a call of detect; "" for one that must be
	// answered.
	Reason string
	// Unlisted guests have no manifest that could be read.
	Unlisted bool
}

// Limits that the hostile guests are made for.
var hostileLimits = Limits{Deadline: 200 * time.Millisecond, MemoryMB: 8}

// patience is for how long a guest may run beyond its deadline before it counts
// as one that isn't stopped: how it ended tells what stopped it, and a machine
// may be busy.
const patience = time.Minute

// HostileGuests are modules that mean harm, each with how it must end.
func HostileGuests() ([]Hostile, error) {
	r, err := gzip.NewReader(bytes.NewReader(hostile))
	if err != nil {
		return nil, err
	}
	var all []Hostile
	err = json.NewDecoder(r).Decode(&all)
	return all, err
}

// CheckHost tests a host. seen is told of each result; it may be nil.
func CheckHost(ctx context.Context, h Host, seen func(Result)) []Result {
	results := run(ctx, h, []clause[Host]{
		{"a guest of ABI 1.0 runs, and knows selftest and detect", runsOldest},
		{"a function that the host doesn't have is -1", script(command("c", 9999, "{}")+command("c", -5, ""), "-1", "-1")},
		{"a request outside of memory is -2", script("b3 ", "-2")},
		{"more host calls than the limit are -4", script("l3:60 ", "-4")},
		{"the reply can be read not at all, once, or again", rereads},
		{"what outlasts a call is nothing: handles end with it", handlesEnd},
		{"a body is read whole, in parts, beyond its end, and with fields left out", bodies},
		{"a body that is not known or was released is -6", script(command("c", wire.FnBodyRead, `{"body":"body:7"}`)+
			command("c", wire.FnBodyRelease, `{"body":"body:1"}`)+command("c", wire.FnBodyRead, `{"body":"body:1"}`), "-6", `{"ok":{}}`, "-6")},
		{"log, config and clock need no grant", grantless},
		{"what the manifest doesn't ask for is denied", deniedCapability},
		{"the requests of the test vectors are read, and what is wrong is refused with invalid_request", functionVectors},
		{"the replies of the test vectors are understood, and what is none is a bad reply", replyVectors},
		{"a guest's error comes through, and one of a later version counts as internal", guestErrors},
		{"a guest that trapped is called again", trapsAndGoesOn},
		{"host_read to outside of memory ends the call", outsideRead},
	}, seen)
	guests, err := HostileGuests()
	if err != nil {
		return append(results, Result{"the hostile guests", err})
	}
	all := make([]clause[Host], len(guests))
	for i, g := range guests {
		all[i] = clause[Host]{"hostile: " + g.Name + ": " + g.What, func(ctx context.Context, h Host) error { return contains(ctx, h, &g) }}
	}
	return append(results, run(ctx, h, all, seen)...)
}

// manifest of the oldest guest: it asks for what needs no web.
const manifest = `{"id": "scraper.oldest", "version": "1.0.0", "provides": ["scraper/1"], "limits": {"host_calls": 50},
	"needs": {"html": {"reason": "reads pages"}, "kv": {"reason": "remembers", "quota_bytes": 10000}, "crypto": {"reason": "signs"}}}`

func load(ctx context.Context, h Host, manifest string) (Plugin, error) {
	module, err := abi.SetManifest(Oldest(), []byte(manifest))
	if err != nil {
		return nil, err
	}
	return h.Load(ctx, module, Limits{})
}

// command is one of the oldest guest's script.
func command(letter string, fn int32, request string) string {
	return letter + strconv.Itoa(int(fn)) + ":" + hex.EncodeToString([]byte(request)) + " "
}

// page is the body that comes with each script.
const page = `{"a":[{"b":1,"c":2}]}`

// play runs a script and returns what came of each command: a number, or the
// reply where one was read.
func play(ctx context.Context, p Plugin, script string) ([]string, error) {
	ok, err := p.Call(ctx, wire.OpDetect, []byte(`{"url":"`+script+`","body":"body:1"}`), []byte(page))
	if err != nil {
		return nil, err
	}
	var reply wire.DetectReply
	if err := wire.Decode(slices.Clone(ok), &reply); err != nil {
		return nil, err
	}
	var all []string
	for _, word := range strings.Fields(reply.Reason) {
		n, text, read := strings.Cut(word, ":")
		if b, err := hex.DecodeString(text); err == nil && read {
			n = string(b)
		}
		all = append(all, n)
	}
	return all, nil
}

// script checks what comes of a script's commands. What is wanted of JSON is
// that it means the same.
func script(text string, want ...string) func(context.Context, Host) error {
	return func(ctx context.Context, h Host) error {
		p, err := load(ctx, h, manifest)
		if err != nil {
			return err
		}
		defer p.Close()
		got, err := play(ctx, p, text)
		if err != nil {
			return err
		}
		for i, w := range want {
			if i >= len(got) || got[i] != w && (!strings.HasPrefix(w, "{") || len(recording.Diff([]byte(w), []byte(got[i]))) > 0) {
				return fmt.Errorf("the results are %q; want %q", got, want)
			}
		}
		return nil
	}
}

func runsOldest(ctx context.Context, h Host) error {
	p, err := load(ctx, h, manifest)
	if err != nil {
		return err
	}
	defer p.Close()
	if _, err := p.Call(ctx, wire.OpSelftest, nil, nil); err != nil {
		return fmt.Errorf("selftest: %w", err)
	}
	_, err = p.Call(ctx, wire.OpScrape, []byte(`{}`), nil)
	var e *wire.Error
	if !errors.As(err, &e) || e.Code != wire.CodeUnsupported {
		return fmt.Errorf("scrape, which it doesn't have: %w", err)
	}
	_, err = play(ctx, p, "")
	return err
}

func rereads(ctx context.Context, h Host) error {
	p, err := load(ctx, h, manifest)
	if err != nil {
		return err
	}
	defer p.Close()
	read := command("c", wire.FnBodyRead, `{"body":"body:1"}`)
	got, err := play(ctx, p, command("n", wire.FnClock, "{}")+read+"r r "+command("c", wire.FnBodyRead, `{"body":"body:1","length":2}`))
	if err != nil {
		return err
	}
	if want := []string{page, page, page, page[:2]}; len(got) != 5 || !slices.Equal(got[1:], want) {
		return fmt.Errorf("the results are %q; want a length and %q", got, want)
	}
	return nil
}

func handlesEnd(ctx context.Context, h Host) error {
	p, err := load(ctx, h, manifest)
	if err != nil {
		return err
	}
	defer p.Close()
	if _, err := play(ctx, p, command("c", wire.FnBodyRead, `{"body":"body:1"}`)); err != nil {
		return err
	}
	ok, err := p.Call(ctx, wire.OpDetect, []byte(`{"url":"`+command("c", wire.FnBodyRead, `{"body":"body:1"}`)+`"}`), nil)
	if err != nil {
		return err
	}
	if !bytes.Contains(ok, []byte("-6")) {
		return fmt.Errorf("the body of the call before is there: %s", ok)
	}
	return nil
}

func bodies(ctx context.Context, h Host) error {
	var text string
	want := []string{page, page[2:], page[2:5], "", page, `{"a":[{"c":2}]}`}
	for _, q := range []string{
		`{"body":"body:1"}`, `{"body":"body:1","offset":2}`, `{"body":"body:1","offset":2,"length":3}`, `{"body":"body:1","offset":1000}`,
		`{"body":"body:1","offset":-5,"length":-1}`, `{"body":"body:1","keep":["a.c"]}`,
	} {
		text += command("c", wire.FnBodyRead, q)
	}
	return script(text, want...)(ctx, h)
}

func grantless(ctx context.Context, h Host) error {
	p, err := load(ctx, h, `{"id":"scraper.oldest","version":"1.0.0","provides":["scraper/1"]}`)
	if err != nil {
		return err
	}
	defer p.Close()
	got, err := play(ctx, p, command("c", wire.FnLog, `{"level":"info","message":"conformance","zz_later":[{}]}`)+
		command("c", wire.FnConfig, "")+command("c", wire.FnClock, ""))
	if err != nil {
		return err
	}
	if len(got) != 3 {
		return fmt.Errorf("results are %q", got)
	}
	var clock wire.ClockReply
	for i, v := range []wire.Value{&wire.Empty{}, &wire.Raw{}, &clock} {
		if err := wire.DecodeReply([]byte(got[i]), v); err != nil {
			return fmt.Errorf("%s: %w", got[i], err)
		}
	}
	if clock.UnixMS < 1_600_000_000_000 {
		return fmt.Errorf("the clock says %d", clock.UnixMS)
	}
	return nil
}

func deniedCapability(ctx context.Context, h Host) error {
	p, err := load(ctx, h, `{"id":"scraper.oldest","version":"1.0.0","provides":["scraper/1"]}`)
	if err != nil {
		return err
	}
	defer p.Close()
	got, err := play(ctx, p, command("c", wire.FnKVGet, `{"key":"a"}`)+command("c", wire.FnHTMLQuery, `{"body":"body:1"}`)+
		command("c", wire.FnCryptoHash, `{"data":"a"}`)+command("c", wire.FnSecretUse, `{"name":"a"}`))
	if err != nil {
		return err
	}
	for _, reply := range got {
		if c := codeOf([]byte(reply)); c != wire.CodeDenied {
			return fmt.Errorf("the reply is %s; want the error denied", reply)
		}
	}
	return nil
}

// codeOf is the code of the error that a reply is; "" for any other.
func codeOf(reply []byte) string {
	var e *wire.Error
	if errors.As(wire.DecodeReply(slices.Clone(reply), &wire.Raw{}), &e) {
		return e.Code
	}
	return ""
}

func functionVectors(ctx context.Context, h Host) error {
	all, err := vectors()
	if err != nil {
		return err
	}
	p, err := load(ctx, h, manifest)
	if err != nil {
		return err
	}
	defer p.Close()
	asked := func(v *vector, fn int32) error {
		got, err := play(ctx, p, command("c", fn, string(v.bytes())))
		if err != nil || len(got) != 1 {
			return fmt.Errorf("%s: %q, %w", v.Name, got, err)
		}
		if invalid := codeOf([]byte(got[0])) == wire.CodeInvalid; invalid != v.Refused {
			return fmt.Errorf("%s: the reply to %s is %s", v.Name, short(string(v.bytes())), short(got[0]))
		}
		return nil
	}
	for _, v := range inString(all, `{"level":"info","message":`, `}`) {
		if err := asked(&v, wire.FnLog); err != nil {
			return err
		}
	}
	for i := range all {
		v := &all[i]
		switch v.Fn {
		case wire.FnLog, wire.FnClock, wire.FnConfig, wire.FnCryptoHash:
		default:
			continue // what it answers is the world's business
		}
		if v.Part == "request" {
			if err := asked(v, v.Fn); err != nil {
				return err
			}
		}
	}
	return nil
}

func replyVectors(ctx context.Context, h Host) error {
	all, err := vectors()
	if err != nil {
		return err
	}
	p, err := load(ctx, h, manifest)
	if err != nil {
		return err
	}
	defer p.Close()
	for i := range all {
		v := &all[i]
		if v.Part != "reply" || v.Op != wire.OpDetect && v.Op != wire.OpSelftest {
			continue
		}
		ok, err := p.Call(ctx, wire.OpDetect, []byte(`{"url":"e`+hex.EncodeToString(v.bytes())+` "}`), nil)
		var e *wire.Error
		var ended *Ending
		switch {
		case v.Refused:
			// The kind of a field may be looked at later than the reply.
			if wire.Decode(slices.Clone(ok), &wire.DetectReply{}) == nil && (!errors.As(err, &ended) || ended.Reason != "bad reply") {
				return fmt.Errorf("%s: %s, %w; want a bad reply", v.Name, ok, err)
			}
		case v.Error != nil:
			if !errors.As(err, &e) || e.Code != v.Error.Code || e.Message != v.Error.Message {
				return fmt.Errorf("%s: %w; want %w", v.Name, err, v.Error)
			}
		case err != nil || len(recording.Diff(v.Value, ok)) > 0:
			return fmt.Errorf("%s: %s, %w; want %s", v.Name, ok, err, v.Value)
		}
	}
	return nil
}

func guestErrors(ctx context.Context, h Host) error {
	p, err := load(ctx, h, manifest)
	if err != nil {
		return err
	}
	defer p.Close()
	for sent, want := range map[string]string{wire.CodeBlocked: wire.CodeBlocked, "from_the_future": wire.CodeInternal} {
		reply := hex.EncodeToString(wire.AppendError(nil, &wire.Error{Code: sent, Message: "m"}))
		_, err := p.Call(ctx, wire.OpDetect, []byte(`{"url":"e`+reply+` "}`), nil)
		var e *wire.Error
		if !errors.As(err, &e) || e.Code != want && e.Code != sent {
			return fmt.Errorf("the error %s comes as %w", sent, err)
		}
	}
	return nil
}

func trapsAndGoesOn(ctx context.Context, h Host) error { return endsAndGoesOn(ctx, h, "t ", "trap") }

func outsideRead(ctx context.Context, h Host) error {
	return endsAndGoesOn(ctx, h, command("n", wire.FnClock, "{}")+"w ", "bad reply")
}

func endsAndGoesOn(ctx context.Context, h Host, text, reason string) error {
	p, err := load(ctx, h, manifest)
	if err != nil {
		return err
	}
	defer p.Close()
	_, err = play(ctx, p, text)
	var ended *Ending
	if !errors.As(err, &ended) || ended.Reason != reason {
		return fmt.Errorf("it ends with %w; want %s", err, reason)
	}
	if _, err := play(ctx, p, ""); err != nil {
		return fmt.Errorf("the call after it: %w", err)
	}
	return nil
}

// contains calls a hostile guest and looks at how it ends, and whether others
// still work.
func contains(ctx context.Context, h Host, g *Hostile) error {
	p, err := h.Load(ctx, g.Module, hostileLimits)
	if err == nil {
		defer p.Close()
		begun := time.Now()
		_, err = p.Call(ctx, wire.OpDetect, []byte(`{"url":"https://shop.example/"}`), nil)
		if took := time.Since(begun); took > patience {
			return fmt.Errorf("it took %v; its deadline is %v", took, hostileLimits.Deadline)
		}
	}
	var ended *Ending
	switch {
	case g.Reason == "" && err != nil:
		return fmt.Errorf("it ends with %w and should be answered", err)
	case g.Reason != "" && (!errors.As(err, &ended) || ended.Reason != g.Reason):
		return fmt.Errorf("it ends with %w; want %s", err, g.Reason)
	}
	return nil
}
