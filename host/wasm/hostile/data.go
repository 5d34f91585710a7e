package hostile

import (
	"strings"

	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
)

func pointers() []kind {
	const end = 2 << 16 // of memory
	answer := func(ptr, size int32) func(g *builder) {
		return func(g *builder) { g.answer = asm.Pair(asm.I32Const(ptr), asm.I32Const(size)) }
	}
	text := func(s string) func(g *builder) { return func(g *builder) { g.reply(s) } }
	// hostCode divides by zero when a host call answers code, and crashes in
	// another way when it doesn't.
	hostCode := func(code, fn, ptr, size int32) func(g *builder) {
		return func(g *builder) {
			g.onDetect(asm.I32Const(fn), asm.I32Const(ptr), asm.I32Const(size), asm.Call(g.call), asm.I32Const(code), []byte{0x46}, // i32.eq
				asm.If(asm.I32Const(1), asm.I32Const(0), []byte{0x6d}, asm.Drop),
				asm.Unreachable)
		}
	}
	return []kind{
		{"request across the end", "wants the request partly outside of memory", func(g *builder) { g.alloc = asm.I32Const(end - 1) }, badReply, "omakase_alloc"},
		{"request at -1", "an address that wraps around", func(g *builder) { g.alloc = asm.I32Const(-1) }, badReply, "0xffffffff"},
		{"reply across the end", "ends one byte outside of memory", answer(end-5, 6), badReply, "outside of memory"},
		{"reply of -1 bytes", "a length that is negative where it is signed", answer(0, -1), badReply, "4294967295 bytes"},
		{"reply that wraps around", "address and length add up to a small number", answer(-16, 32), badReply, "outside of memory"},
		{"giant reply", "longer than allowed, and than memory", answer(0, 17<<20), badReply, "bytes"},
		{"empty reply", "no bytes at address 0", answer(0, 0), badReply, "json"},
		{"reply of zeros", "memory that was never written", answer(64<<10, 100), badReply, "json"},
		{"reply over the request", "answers with what it was asked", answer(requestAt, 20), badReply, "json"},
		{"deep reply", "arrays 5,000 deep, for a parser that recurs", text(`{"ok":` + strings.Repeat("[", 5000)), badReply, "json"},
		{"deep unknown field", "a field to be skipped, 20,000 deep", text(`{"ok":{"x":` + strings.Repeat(`{"x":`, 4000)), badReply, "json"},
		{"reply that is not text", "bytes that are no UTF-8", text("\xff\xfe\x00"), badReply, "json"},
		{"half a reply", "ends too early", text(`{"ok":{}`), badReply, "json"},
		{"neither ok nor error", "an object without an answer", text(`{"yes":1}`), badReply, "want a reply with"},
		{"host call outside of memory", "a request of the host at -1", hostCode(-2, 3, -1, 2), trap, "divide by zero"},
		{"host call that wraps around", "a request of 32 bytes at -16", hostCode(-2, 3, -16, 32), trap, "divide by zero"},
		{"host call of -1 bytes", "a length that is negative where it is signed", hostCode(-3, 3, 0, -1), trap, "divide by zero"},
		{"unknown host function", "must be a code and not a trap", hostCode(-1, 12345, 0, 0), trap, "divide by zero"},
		{"host reply outside of memory", "wants it copied to -1", func(g *builder) {
			g.onDetect(asm.I32Const(3), asm.I32Const(0), asm.I32Const(0), asm.Call(g.call), asm.Drop, asm.I32Const(-1), asm.Call(g.read))
		}, badReply, "host_read(0xffffffff)"},
	}
}

// forgeries are modules that are invalid, or would become valid or dangerous
// by a naive rewrite.
func forgeries() []kind {
	return []kind{
		{"refills the counter", "sets global 0 without having one: after a naive rewrite that is the fuel", func(g *builder) {
			g.onDetect(asm.I32Const(1<<30), asm.GlobalSet(0))
		}, refused, "global 0 is not defined"},
		{"reads the counter", "gets a global after its last", func(g *builder) {
			n := g.Global(asm.I32, asm.I32Const(0))
			g.onDetect(asm.GlobalGet(n+1), asm.Drop)
		}, refused, "global 1 is not defined"},
		{"exports the counter", "exports a global after its last", func(g *builder) { g.ExportKind("fuel", 3, 0) }, refused, "global 0 is not defined"},
		{"calls past its functions", "the last function moves by one when the check is imported", func(g *builder) {
			g.onDetect(asm.Call(5)) // two imports, three functions
		}, refused, "function 5 is not defined"},
		{"exports past its functions", "names a function that a rewrite would give it", func(g *builder) { g.Export("f", 5) }, refused, "function 5 is not defined"},
		{"uses the scratch local", "sets a local after its last", func(g *builder) { g.onDetect(asm.I32Const(0), asm.LocalSet(3)) }, refused, "local 3 is not defined"},
		{"uses the type of the check", "a block of a type after its last", func(g *builder) {
			g.onDetect(asm.I32Const(0), []byte{0x03, 5}, asm.End, asm.Drop)
		}, refused, "block type 5"},
		{"stack underflow", "drops what isn't there", func(g *builder) { g.onDetect(asm.Drop) }, refused, "the module is invalid"},
		{"branch into nowhere", "to a label that only a rewrite would add", func(g *builder) { g.onDetect(asm.Br(9)) }, refused, "the module is invalid"},
		{"atomics", "an instruction that can't be measured", func(g *builder) { g.onDetect([]byte{0xfe, 3, 0}) }, refused, "opcode 0xfe"},
		{"tail call", "a loop without a loop", func(g *builder) { g.onDetect([]byte{0x12, 4}) }, refused, "opcode 0x12"},
		{"big table", "begins with more entries than a host can hold", func(g *builder) { g.Table(1<<20 + 1) }, refused, "tables begin with more"},
		{"no omakase_call", "leaves out an export", func(g *builder) { g.skip = "omakase_call" }, refused, "doesn't export omakase_call"},
		{"no omakase_alloc", "leaves out an export", func(g *builder) { g.skip = "omakase_alloc" }, refused, "doesn't export omakase_alloc"},
		{"_initialize with a parameter", "another signature than the host calls", func(g *builder) {
			g.Export("_initialize", g.Func(asm.Types{asm.I64}, nil, nil, asm.Nop))
		}, refused, "it exports _initialize as (i64) -> ()"},
		{"another ABI", "says version 2.0", func(g *builder) { g.abi = asm.I32Const(2 << 16) }, refused, "ABI 2.0"},
		{"negative ABI", "says version -1", func(g *builder) { g.abi = asm.I32Const(-1) }, refused, "ABI 65535.65535"},
	}
}

// imports are guests that import what they may not.
func imports() []Guest {
	guest := func(name, what, module, function string, params asm.Types, text string) Guest {
		g := new(builder)
		g.link()
		g.Import(module, function, params, nil)
		g.setUp()
		return Guest{Name: name, What: what, Module: described(g.bare(), manifest), Reason: refused, Text: text}
	}
	return []Guest{
		guest("imports the meter", "to refill itself", "omakase_meter", "check", asm.Types{asm.I32}, "reserved for metering"),
		guest("imports beside the meter", "anything of its module", "omakase_meter", "x", nil, "reserved for metering"),
		guest("imports from elsewhere", "what no host has", "env", "abort", asm.Types{asm.I32}, "it imports env.abort"),
		guest("imports another signature", "64 bits where the host reads 32", "omakase", "host_read", asm.Types{asm.I64}, "it imports omakase.host_read as (i64) -> ()"),
		guest("imports an unknown host function", "a third import", "omakase", "host_exec", nil, "it imports omakase.host_exec"),
	}
}

// files are malformed modules, and manifests that lie.
func files() []Guest {
	plain := newBuilder().bare()
	whole := described(plain, manifest)
	section := func(text string) []byte {
		return asm.Section(asm.SecCustom, asm.Cat(asm.Name("omakase.manifest"), []byte(text)))
	}
	unlisted := func(name, what string, module []byte, text string) Guest {
		return Guest{Name: name, What: what, Module: module, Reason: refused, Text: text, Unlisted: true}
	}
	lie := func(name, what, from, to, text string) Guest {
		return unlisted(name, what, described(plain, strings.Replace(manifest, from, to, 1)), text)
	}
	damaged := func(name, what string, sections []byte, text string) Guest {
		// The manifest comes first, so that it is found before the damage.
		return Guest{Name: name, What: what, Module: asm.Cat(asm.Header, section(manifest), sections), Reason: refused, Text: text}
	}
	return []Guest{
		unlisted("empty file", "no bytes", nil, "not a WASM module"),
		unlisted("no module", "another kind of file", []byte("GIF89a and so on"), "not a WASM module"),
		unlisted("component", "a component, not a module", []byte("\x00asm\x0d\x00\x01\x00"), "component"),
		unlisted("no manifest", "says nothing of itself", plain, "no manifest"),
		unlisted("two manifests", "which of them counts?", asm.Cat(whole, section(manifest)), "two sections"),
		unlisted("manifest that is not JSON", "zeros", described(plain, "\x00\x00"), "manifest"),
		unlisted("huge manifest", "300 KB", asm.Cat(plain, section(strings.Repeat(" ", 300<<10))), "are allowed"),
		lie("id that is a path", "leads out of a folder", ID, "scraper.../../x", "id"),
		lie("id that is empty", "nobody can name it", ID, "", "id"),
		lie("kind that isn't there", "provides scraper/9", "scraper/1", "scraper/9", "provides[0]"),
		lie("version that is none", "not as semver.org has it", `"1.0.0"`, `"newest"`, "version"),
		lie("host that is a URL", "user information in a host pattern", "{shop}", "user@{shop}", "hosts"),
		lie("need without a reason", "doesn't say why", "reads pages", "", "reason"),
		damaged("truncated", "a section that ends with the file", []byte{asm.SecType, 100, 1}, "are left"),
		damaged("section of 4 GB", "says more bytes than there are", asm.Cat([]byte{asm.SecType}, asm.U32(1<<32-1)), "are left"),
		damaged("two billion types", "says more elements than there are", asm.Section(asm.SecType, asm.U32(1<<31)), "can't fit"),
		damaged("count cut off", "the end of the section cuts off a number, which is large so far",
			asm.Section(asm.SecFunction, []byte{0xff, 0xff, 0xff, 0xff}), "unexpected end"),
		damaged("section twice", "which of them counts?", asm.Cat(asm.Section(asm.SecType, []byte{0}), asm.Section(asm.SecType, []byte{0})), "there twice"),
		damaged("sections out of order", "functions before their types", asm.Cat(asm.Section(asm.SecFunction, []byte{0}), asm.Section(asm.SecType, []byte{0})), "out of order"),
		damaged("overlong integer", "an index that only a lenient reader takes", asm.Section(asm.SecType, []byte{0x80, 0x80, 0x80, 0x80, 0x10}), "longer than 32 bits"),
		damaged("functions without code", "declares more than it has", asm.Cat(asm.Section(asm.SecType, []byte{1, 0x60, 0, 0}), asm.Section(asm.SecFunction, []byte{1, 0})), "have code"),
		damaged("a thousand tables and one", "each costs the host", asm.Section(asm.SecTable, asm.Cat(asm.U32(1001), make([]byte, 3003))), "1001 tables"),
		damaged("shared memory", "memory that others may change", asm.Section(asm.SecMemory, []byte{1, 3, 1, 2}), "limits 0x3"),
		damaged("4 GB of memory", "needs more from the beginning than it may have", asm.Section(asm.SecMemory, asm.Cat([]byte{1, 0}, asm.U32(1<<16))), "the module is invalid"),
	}
}
