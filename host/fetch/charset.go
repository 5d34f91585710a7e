package fetch

import (
	"bytes"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
)

// mediaType is a response's media type in lower case, "" when it has none that
// can be read.
func mediaType(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil && media == "" {
		return ""
	}
	return media
}

// textual reports whether a body is text, by its media type or, where that
// says nothing, by its content.
func textual(media string, body []byte) bool {
	switch {
	case strings.HasPrefix(media, "text/"), strings.HasSuffix(media, "+json"), strings.HasSuffix(media, "+xml"):
		return true
	case media == "" || media == "application/octet-stream":
		return strings.HasPrefix(http.DetectContentType(body), "text/")
	}
	switch media {
	case "application/json", "application/xml", "application/javascript", "application/x-javascript",
		"application/ecmascript", "application/ld+json", "application/x-ndjson", "application/x-www-form-urlencoded":
		return true
	}
	return false
}

const metaPrescan = 1024 // bytes, as the HTML standard has it

// The page's own word on its encoding: HTML's meta in both forms, and XML's
// declaration.
var declared = regexp.MustCompile(`(?i)<meta\s[^>]*?charset\s*=\s*["']?\s*([\w:.\-]+)|^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([\w:.\-]+)`)

// aliases of Japanese encodings that browsers don't know but servers send.
var aliases = map[string]string{
	"cp932": "shift_jis", "ms-kanji": "shift_jis", "sjis-win": "shift_jis", "x-ms-cp932": "shift_jis",
	"windows-932": "shift_jis", "shift_jisx0213": "shift_jis",
	"eucjp": "euc-jp", "eucjp-win": "euc-jp", "eucjp-ms": "euc-jp", "cp51932": "euc-jp", "euc_jp": "euc-jp",
	"jis": "iso-2022-jp", "iso-2022-jp-ms": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp",
	"utf8mb4": "utf-8",
}

// UTF8 converts a saved body to the text that a fetch of it would have given.
// contentType may be empty.
func UTF8(body []byte, contentType string) []byte {
	text, _ := toUTF8(body, contentType)
	return text
}

// toUTF8 converts text to valid UTF-8 and names the encoding that it was in.
// It believes, in this order, a byte order mark, the header, the page's own
// declaration and the bytes; the header and the declaration only where the
// bytes bear them out, since both lie often enough.
func toUTF8(body []byte, contentType string) (text []byte, name string) {
	for _, bom := range []struct{ mark, name string }{
		{"\xef\xbb\xbf", "utf-8"}, {"\xfe\xff", "utf-16be"}, {"\xff\xfe", "utf-16le"},
	} {
		if rest, ok := bytes.CutPrefix(body, []byte(bom.mark)); ok {
			return decode(rest, bom.name), bom.name
		}
	}
	if plainASCII(body) {
		return body, "utf-8" // whatever was said
	}
	for _, said := range []func() string{
		func() string { return headerLabel(contentType) },
		func() string { return declaredLabel(body) },
	} {
		if name := canonicalCharset(said()); name != "" {
			if text, ok := borneOut(body, name); ok {
				return text, name
			}
		}
	}
	name = sniff(body)
	return decode(body, name), name
}

func plainASCII(body []byte) bool {
	for _, b := range body {
		if b >= 0x80 || b == 0x1b || b == 0 { // escapes switch ISO-2022-JP, zeros are in UTF-16
			return false
		}
	}
	return true
}

func headerLabel(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return params["charset"]
}

func declaredLabel(body []byte) string {
	m := declared.FindSubmatch(body[:min(len(body), metaPrescan)])
	if m == nil {
		return ""
	}
	name := string(m[1]) + string(m[2])
	if strings.HasPrefix(strings.ToLower(name), "utf-16") {
		return "utf-8" // it could not have been read as ASCII if it were true
	}
	return name
}

// canonicalCharset returns the standard's name of a label, "" of an unknown.
func canonicalCharset(label string) string {
	label = strings.ToLower(strings.Trim(label, " \t\r\n\"'"))
	if alias, ok := aliases[label]; ok {
		return alias
	}
	_, name := charset.Lookup(label)
	if name == "replacement" {
		return "" // encodings that browsers refuse
	}
	return name
}

// borneOut decodes a body by the encoding that somebody named, and reports
// whether the bytes agree.
func borneOut(body []byte, name string) (text []byte, ok bool) {
	if name == "utf-8" {
		if utf8.Valid(body) {
			return body, true
		}
		// A cut character or two don't make it another encoding.
		return decode(body, name), likeliest(body) == name
	}
	if evidentUTF8(body, name) {
		return nil, false
	}
	text = decode(body, name)
	switch {
	case strings.HasPrefix(name, "utf-16"):
		return text, bytes.IndexByte(body, 0) >= 0 // or it has no ASCII at all
	case singleByte(name):
		// Any bytes decode by such a table; only a Japanese text tells it wrong.
		return text, sniff(body) == fallback
	}
	return text, bytes.Count(text, replacement) <= utf8.RuneCount(text)/1000
}

var replacement = []byte("\uFFFD")

const fallback = "windows-1252"

func singleByte(name string) bool {
	for _, family := range []string{"windows-", "iso-8859-", "koi8-", "macintosh", "x-mac-", "ibm866", "x-user-defined"} {
		if strings.HasPrefix(name, family) {
			return true
		}
	}
	return false
}

// evidentUTF8 reports whether the bytes are UTF-8 although somebody named
// another encoding. Text in Shift_JIS is practically never valid UTF-8. Text in
// EUC-JP may be, for a word or two of kanji, but then it has no character of
// three bytes; and ISO-2022-JP and UTF-16 may be, being seven bits.
func evidentUTF8(body []byte, named string) bool {
	from := rune(0x80)
	if named == "euc-jp" {
		from = 0x800
	}
	return bytes.ContainsFunc(body, func(r rune) bool { return r >= from }) &&
		!bytes.ContainsAny(body, "\x00\x1b") && utf8.Valid(body)
}

// sniff names the encoding of text of which nothing is known.
func sniff(body []byte) string {
	switch {
	case bytes.Contains(body, []byte("\x1b$B")), bytes.Contains(body, []byte("\x1b$@")), bytes.Contains(body, []byte("\x1b(J")):
		return "iso-2022-jp"
	case utf8.Valid(body):
		return "utf-8"
	}
	return likeliest(body)
}

const scoreBytes = 64 << 10 // of a body; more tells no more

func likeliest(body []byte) string {
	body = body[:min(len(body), scoreBytes)]
	best, most := fallback, 0
	for _, name := range []string{"utf-8", "shift_jis", "euc-jp"} {
		if s := score(decode(body, name)); s > most {
			best, most = name, s
		}
	}
	return best
}

// score tells how much a decoded text looks like Japanese written by people:
// the wrong encoding yields characters that don't exist, half-width kana and
// lone ideographs among ASCII, but hardly a hiragana.
func score(text []byte) int {
	n, run := 0, 0 // run: ideographs in a row, counted once another follows
	for _, r := range string(text) {
		if unicode.Is(unicode.Han, r) {
			if run++; run > 1 {
				n++
			}
			continue
		}
		if run == 1 && r < 0x80 {
			n--
		}
		run = 0
		switch {
		case r < 0x80:
		case r == utf8.RuneError:
			n -= 20
		case r >= 0x3041 && r <= 0x3093, r >= 0x30a1 && r <= 0x30fc:
			n, run = n+3, 1 // an ideograph beside kana is not alone
		case r >= 0x3000 && r <= 0x303f, r >= 0xff01 && r <= 0xff5e:
			n += 2
		case r >= 0xff61 && r <= 0xff9f, unicode.Is(unicode.Co, r):
			n -= 2
		}
	}
	return n
}

// decode converts by an encoding that the tables know; bytes that it does not
// have become U+FFFD, and a byte order mark is dropped.
func decode(body []byte, name string) []byte {
	if name != "utf-8" {
		e, _ := charset.Lookup(name)
		if e == nil {
			e = encoding.Nop
		}
		if text, err := e.NewDecoder().Bytes(body); err == nil {
			body = text
		}
	}
	return bytes.TrimPrefix(bytes.ToValidUTF8(body, replacement), []byte("\ufeff"))
}
