package hostile

import (
	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const (
	denied   = "denied"
	answered = "answered"
)

// ask makes a guest ask the host for something and answer with what the host
// answered.
func ask(fn int32, request string) func(g *builder) {
	return func(g *builder) {
		const at, answerAt = 16 << 10, 64 << 10
		g.Data(at, []byte(request))
		g.onDetect(
			asm.I32Const(fn), asm.I32Const(at), asm.I32Const(int32(len(request))), asm.Call(g.call), asm.LocalSet(own),
			asm.I32Const(answerAt), asm.Call(g.read),
			asm.Pair(asm.I32Const(answerAt), asm.LocalGet(own)), asm.Return)
	}
}

// tricks ask for what isn't theirs, in requests that look as if it were. The
// session's shop is https://shop.example/, and the manifest asks for {shop}.
func tricks() []kind {
	fetch := func(name, what, url, reason, text string) kind {
		return kind{name, what, ask(wire.FnHTTPFetch, string((&wire.FetchRequest{URL: url}).AppendJSON(nil))), reason, text}
	}
	header := func(name, what string, h wire.Header, text string) kind {
		q := wire.FetchRequest{URL: "https://shop.example/", Headers: []wire.Header{h}}
		return kind{name, what, ask(wire.FnHTTPFetch, string(q.AppendJSON(nil))), answered, text}
	}
	early := func(name, what string, build func(g *builder, call []byte)) kind {
		return kind{name, what, func(g *builder) {
			equal, divide := []byte{0x46}, []byte{0x6d}
			build(g, asm.Cat(
				asm.I32Const(wire.FnClock), asm.I32Const(0), asm.I32Const(0), asm.Call(g.call), asm.I32Const(wire.ErrStopped), equal,
				asm.If(asm.I32Const(1), asm.I32Const(0), divide, asm.Drop), asm.Unreachable))
		}, trap, "divide by zero"}
	}
	return []kind{
		fetch("another host", "fetches from where nobody sent it", "https://evil.example/", denied, "GET https://evil.example/"),
		fetch("the shop as user", "a host before which the shop's name stands", "https://shop.example@evil.example/", answered, "user"),
		fetch("the shop as a subdomain", "a host that begins as the shop", "https://shop.example.evil.example/", denied, "GET https://shop.example.evil.example/"),
		fetch("the shop with a backslash", "some parsers take what is before it for the host", `https://evil.example\@shop.example/`, answered, "fetching"),
		fetch("a file", "reads the host's disk", "file:///etc/passwd", answered, "fetching"),
		fetch("metadata of the cloud", "an address that hands out keys", "http://169.254.169.254/latest/meta-data/", denied, "GET http://169.254.169.254/latest/meta-data/"),
		fetch("loopback in disguise", "127.0.0.1 as one number", "http://2130706433/", answered, "in a form that is not allowed"),
		fetch("no host", "a path alone", "/admin", answered, "not an absolute URL"),
		header("header injection", "a line end in a header's value", wire.Header{Name: "X", Value: "a\r\nHost: evil.example"}, "header"),
		header("header name injection", "a line end in a header's name", wire.Header{Name: "X: a\r\nY", Value: "b"}, "header"),
		header("another Host", "a header that belongs to the host", wire.Header{Name: "Host", Value: "evil.example"}, "set by the host alone"),
		header("made-up placeholder", "as if it stood for a secret", wire.Header{Name: "Authorization", Value: "{secret:token:00}"}, "no placeholder"),
		{
			"secret of another plugin", "uses a secret that its manifest doesn't ask for",
			ask(wire.FnSecretUse, string((&wire.SecretRequest{Name: "token"}).AppendJSON(nil))), denied, "the manifest doesn't ask for it",
		},
		early("host call in _initialize", "asks before anybody called it", func(g *builder, call []byte) { g.Export("_initialize", g.Func(nil, nil, nil, call)) }),
		early("host call in omakase_abi", "asks before anybody called it", func(g *builder, call []byte) { g.abi = asm.Cat(call, g.abi) }),
	}
}
