package fetch

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"pgregory.net/rapid"
)

// encode writes text in an encoding.
func encode(t testing.TB, name, text string) string {
	t.Helper()
	e, _ := charset.Lookup(name)
	out, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestToUTF8(t *testing.T) {
	t.Parallel()
	const tea = "静岡の新茶をお届けします。税込￥1,080"
	page := func(meta string) string { return "<html><head>" + meta + "<title>" + tea + "</title></head>" }
	french := "Crème brûlée à l'ancienne, déjà prête"
	sjis, eucjp, jis := encode(t, "shift_jis", page("")), encode(t, "euc-jp", page("")), encode(t, "iso-2022-jp", "<title>静岡の新茶</title>")
	tests := []struct {
		name, body, contentType string
		want, charset           string
	}{
		{"utf-8 by header", page(""), "text/html; charset=UTF-8", page(""), "utf-8"},
		{"utf-8 unlabelled", page(""), "text/html", page(""), "utf-8"},
		{"utf-8 with a mark", "\xef\xbb\xbf" + `{"a":"茶"}`, "application/json", `{"a":"茶"}`, "utf-8"},
		{"the mark beats the header", "\xef\xbb\xbf茶", "text/html; charset=Shift_JIS", "茶", "utf-8"},
		{"utf-16 with a mark", "\xff\xfe\x36\x83a\x00", "text/plain", "茶a", "utf-16le"},
		{"utf-16 by header", "\x83\x36\x00a", "text/plain; charset=utf-16be", "茶a", "utf-16be"},
		{"shift_jis by header", sjis, "text/html; charset=Shift_JIS", page(""), "shift_jis"},
		{"shift_jis by another name", sjis, `text/html; charset="Windows-31J"`, page(""), "shift_jis"},
		{"shift_jis by its code page", sjis, "text/html; charset=CP932", page(""), "shift_jis"},
		{"shift_jis by meta", encode(t, "shift_jis", page(`<meta charset="Shift_JIS">`)), "text/html", page(`<meta charset="Shift_JIS">`), "shift_jis"},
		{
			"shift_jis by old meta", encode(t, "shift_jis", page(`<META http-equiv=Content-Type content="text/html; charset=x-sjis">`)), "",
			page(`<META http-equiv=Content-Type content="text/html; charset=x-sjis">`), "shift_jis",
		},
		{"shift_jis unlabelled", sjis, "text/html", page(""), "shift_jis"},
		{"euc-jp by header", eucjp, "text/html; charset=EUC-JP", page(""), "euc-jp"},
		{"euc-jp by another name", eucjp, "text/html; charset=eucJP-win", page(""), "euc-jp"},
		{"euc-jp unlabelled", eucjp, "", page(""), "euc-jp"},
		{"iso-2022-jp by header", jis, "text/html; charset=ISO-2022-JP", "<title>静岡の新茶</title>", "iso-2022-jp"},
		{"iso-2022-jp unlabelled", jis, "text/html", "<title>静岡の新茶</title>", "iso-2022-jp"},
		{
			"xml declaration", encode(t, "euc-jp", `<?xml version="1.0" encoding="EUC-JP"?><t>新茶のお知らせ</t>`), "application/xml",
			`<?xml version="1.0" encoding="EUC-JP"?><t>新茶のお知らせ</t>`, "euc-jp",
		},
		{"NEC and IBM rows of cp932", "\x87\x40\xfb\xfc\xed\x40\x81\x60 \x82\xa0", "text/html; charset=shift_jis", "①髙纊～ あ", "shift_jis"},
		{"NEC rows of cp51932", "\xad\xa1\xad\xea\xfc\xe2 \xa4\xa2", "text/html; charset=euc-jp", "①㈱髙 あ", "euc-jp"},
		{"backslash stays", encode(t, "shift_jis", `価格は\1,980です`), "text/html; charset=shift_jis", `価格は\1,980です`, "shift_jis"},
		{"header lies: utf-8 as shift_jis", page(""), "text/html; charset=Shift_JIS", page(""), "utf-8"},
		{"header lies: utf-8 as euc-jp", page(""), "text/html; charset=euc-jp", page(""), "utf-8"},
		{"header lies: utf-8 as latin", page(""), "text/html; charset=ISO-8859-1", page(""), "utf-8"},
		{"header lies: shift_jis as utf-8", sjis, "text/html; charset=utf-8", page(""), "shift_jis"},
		{"header lies: euc-jp as utf-8", eucjp, "text/html; charset=utf-8", page(""), "euc-jp"},
		{"header lies: euc-jp as latin", eucjp, "text/html; charset=ISO-8859-1", page(""), "euc-jp"},
		{"header lies: euc-jp as shift_jis", eucjp, "text/html; charset=Shift_JIS", page(""), "euc-jp"},
		{"header lies: shift_jis as euc-jp", sjis, "text/html; charset=EUC-JP", page(""), "shift_jis"},
		{"header lies, meta does not", encode(t, "euc-jp", page(`<meta charset=euc-jp>`)), "text/html; charset=utf-8", page(`<meta charset=euc-jp>`), "euc-jp"},
		{"meta lies", page(`<meta charset="euc-jp">`), "text/html", page(`<meta charset="euc-jp">`), "utf-8"},
		{"meta of utf-16 can't be", page(`<meta charset="utf-16">`), "text/html", page(`<meta charset="utf-16">`), "utf-8"},
		{"an unknown label", page(""), "text/html; charset=x-unknown", page(""), "utf-8"},
		{"a refused label", page(""), "text/html; charset=iso-2022-kr", page(""), "utf-8"},
		{"a cut character", page("") + "\xe8\x8c", "text/html; charset=utf-8", page("") + "\uFFFD", "utf-8"},
		{"latin by header", encode(t, "windows-1252", french), "text/html; charset=ISO-8859-1", french, "windows-1252"},
		{"latin unlabelled", encode(t, "windows-1252", french), "text/html", french, "windows-1252"},
		{"cyrillic by header", encode(t, "windows-1251", "Зелёный чай из Японии"), "text/html; charset=windows-1251", "Зелёный чай из Японии", "windows-1251"},
		{"chinese by header", encode(t, "gbk", "绿茶是中国的主要茶类"), "text/html; charset=gb2312", "绿茶是中国的主要茶类", "gbk"},
		{"korean by header", encode(t, "euc-kr", "녹차 세트 할인"), "text/html; charset=euc-kr", "녹차 세트 할인", "euc-kr"},
		{"ASCII is ASCII", "<title>tea</title>", "text/html; charset=utf-16", "<title>tea</title>", "utf-8"},
		{"empty", "", "text/html", "", "utf-8"},
	}
	for _, tt := range tests {
		text, name := toUTF8([]byte(tt.body), tt.contentType)
		if string(text) != tt.want || name != tt.charset {
			t.Errorf("%s: %q in %s; want %q in %s", tt.name, text, name, tt.want, tt.charset)
		}
	}
}

func TestTextual(t *testing.T) {
	t.Parallel()
	for media, want := range map[string]bool{
		"text/html": true, "application/json": true, "application/ld+json": true, "application/rss+xml": true,
		"image/png": false, "application/pdf": false, "font/woff2": false,
	} {
		if got := textual(media, nil); got != want {
			t.Errorf("textual(%q) = %v", media, got)
		}
	}
	if !textual("", []byte("<html>茶")) || textual("", []byte("\x89PNG\r\n\x1a\n")) || !textual("application/octet-stream", []byte(`{"a":1}`)) {
		t.Error("content without a type is not told apart")
	}
}

// Japanese text with kana survives any of its encodings without a label.
func TestSniffFindsJapanese(t *testing.T) {
	t.Parallel()
	words := []string{"静岡の", "お茶", "セット", "です。", "マグカップ", "送料無料", "入り", " ", "100g", "ふきん", "手ぬぐい", "、", "新作"}
	rapid.Check(t, func(t *rapid.T) {
		text := "これは" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 3, 30).Draw(t, "words"), "")
		name := rapid.SampledFrom([]string{"utf-8", "shift_jis", "euc-jp", "iso-2022-jp"}).Draw(t, "encoding")
		e, _ := charset.Lookup(name)
		body, err := e.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		got, found := toUTF8([]byte(body), "text/html")
		if string(got) != text || found != name {
			t.Fatalf("%q in %s was read as %q in %s", text, name, got, found)
		}
	})
}

func FuzzToUTF8(f *testing.F) {
	f.Add([]byte("\x83\x65\x83\x58\x83\x67"), "text/html; charset=Shift_JIS")
	f.Add([]byte("\x1b$B4A;z\x1b(B"), "text/html; charset=iso-2022-jp")
	f.Add([]byte("\xff\xfe\x00\xd8"), "text/html")
	f.Add([]byte(`<meta charset="euc-jp">`+"\xa4\xa2\x8f"), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		text, name := toUTF8(body, contentType)
		if !utf8.Valid(text) {
			t.Errorf("%q is not UTF-8", text)
		}
		if name == "" {
			t.Error("no name")
		}
		if len(text) > 4*len(body)+3 {
			t.Errorf("%d bytes became %d", len(body), len(text))
		}
	})
}
