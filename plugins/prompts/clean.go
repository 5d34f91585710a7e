package main

import (
	"strings"
	"unicode/utf8"
)

// clean makes of any text one line that can't be taken for a part of the
// prompt: no line breaks, no tags or entities, no marks of headings, lists or
// code at its beginning, and nothing that people would not see. Wide
// characters count two towards width; what is longer ends with an ellipsis.
func clean(text string, width int) (line string, cut bool) {
	if plain(text, width) {
		return text, false
	}
	b := make([]byte, 0, min(len(text), 2*width)+4)
	used, space := 0, false
	for i, r := range text {
		if invisible(r) {
			continue
		}
		if blank(r) {
			space = len(b) > 0
			continue
		}
		if len(b) == 0 && strings.ContainsRune(marks, r) {
			continue
		}
		w := widthOf(r)
		if space {
			w++
		}
		if used += w; used > width {
			return string(append(b, "…"...)), true
		}
		if space {
			b, space = append(b, ' '), false
		}
		b = appendSafe(b, r, text[i:])
	}
	return string(b), false
}

// marks begin headings, lists and code.
const marks = "#>*-=~_+`|"

// plain reports whether a text is clean as it is, which most are: clean takes
// five times as long. It may say no of one that is.
func plain(text string, width int) bool {
	if text == "" {
		return true
	}
	if strings.IndexByte(marks+" ", text[0]) >= 0 || text[len(text)-1] == ' ' {
		return false
	}
	used, last := 0, byte(0)
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c < 0x80:
			if special[c] || c == ' ' && last == ' ' {
				return false
			}
			last = c
			used++
			i++
		case c >= 0xe3 && c <= 0xe9 && i+2 < len(text): // kana and Han, in three bytes
			if c == 0xe3 && (text[i+1] == 0x80 && text[i+2] == 0x80 || text[i+1] == 0x85) || !follows(text[i+1]) || !follows(text[i+2]) {
				return false // a wide blank, or a filler of Hangul
			}
			last = 0
			used += 2
			i += 3
		default:
			return false
		}
		if used > width {
			return false
		}
	}
	return true
}

// follows reports whether b continues a character in UTF-8.
func follows(b byte) bool { return b&0xc0 == 0x80 }

// special are the characters of ASCII that plain leaves to clean.
var special = func() (set [0x80]bool) {
	for c := range byte(0x20) {
		set[c] = true
	}
	for _, c := range []byte("<>|`&\x7f") {
		set[c] = true
	}
	return set
}()

// appendSafe appends a character, or one that looks like it where it could
// begin or end something.
func appendSafe(b []byte, r rune, rest string) []byte {
	switch r {
	case '<', '＜', '﹤':
		return append(b, "‹"...)
	case '>', '＞', '﹥':
		return append(b, "›"...)
	case '|', '｜':
		return append(b, '/')
	case '`':
		return append(b, '\'')
	case '&':
		if len(rest) > 1 && (rest[1] == '#' || rest[1]|0x20 >= 'a' && rest[1]|0x20 <= 'z') { // as in &lt;
			return append(b, "＆"...)
		}
	case utf8.RuneError:
		return append(b, '?')
	}
	return utf8.AppendRune(b, r)
}

// blank reports whether r separates words or lines.
func blank(r rune) bool {
	return r <= ' ' || r == 0x7f || r >= 0x80 && r <= 0xa0 || r == '\u2028' || r == '\u2029' || r == '\u3000' || r >= '\u2000' && r <= '\u200a'
}

// invisible reports whether r shows nothing: marks of direction, joiners, and
// the tag characters in which text can be hidden.
func invisible(r rune) bool {
	switch {
	case r == '\u00ad', r == '\u061c', r == '\ufeff', r == '\u3164', r == '\uffa0', r == '\u115f', r == '\u1160', r == '\u180e':
		return true
	case r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f', r >= '\ufff9' && r <= '\ufffb':
		return true
	case r >= '\ue000' && r <= '\uf8ff': // of private meaning
		return true
	}
	return r >= 0xe0000
}

// wide reports whether r is as wide as two Latin letters.
func wide(r rune) bool {
	return r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
		r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000
}

func widthOf(r rune) int {
	if wide(r) {
		return 2
	}
	return 1
}
