// Package stock reads the words by which shops say whether something can be
// bought: on labels ("In stock", "在庫切れ", "nur noch 3 Stück") and on buttons
// ("Add to cart", "カートに入れる", "Notify me").
//
// It judges short texts. Whether a text is about the product of the page is
// for its caller to know.
package stock

import (
	"strings"
	"unicode"
	"unicode/utf8"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// MaxText is the length in bytes up to which a text is read; longer ones are
// sentences about other things.
const MaxText = 120

// Read is what a short text says: InStock, OutOfStock, LimitedStock, or ""
// when it says nothing of it.
func Read(text string) string {
	if len(text) > MaxText || text == "" {
		return ""
	}
	switch found := find(text); {
	case found&(saysNotOut|saysOut) == saysOut:
		return omakase.OutOfStock
	case found&saysLimited != 0:
		return omakase.LimitedStock
	case found&saysIn != 0:
		return omakase.InStock
	}
	return ""
}

// Buys reports whether a button of that text puts something into a cart or
// buys it.
func Buys(text string) bool {
	return len(text) <= MaxText && find(text)&saysBuy != 0
}

// Notifies reports whether a button of that text asks to be told when
// something can be bought again.
func Notifies(text string) bool {
	return len(text) <= MaxText && find(text)&saysNotify != 0
}

// normal appends a text in lower case to b, with single spaces, and spaces
// around it so that words can be found whole.
func normal(b []byte, s string) []byte {
	b = append(b, ' ')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			} else if between(c) {
				if b[len(b)-1] == ' ' {
					continue
				}
				c = ' '
			}
			b = append(b, c)
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch r = unicode.ToLower(r); {
		case r == '\u00a0' || r == '\u3000':
			if b[len(b)-1] != ' ' {
				b = append(b, ' ')
			}
			continue
		case r >= 'ａ' && r <= 'ｚ':
			r -= 'ａ' - 'a'
		}
		b = utf8.AppendRune(b, r)
	}
	if b[len(b)-1] != ' ' {
		b = append(b, ' ')
	}
	return b
}

// between reports whether c stands between words.
func between(c byte) bool {
	switch c {
	case ' ', '-', '_', '\n', '\t', '.', ',', '!', ':', '(', ')':
		return true
	}
	return false
}

// What a phrase says.
const (
	saysNotOut = 1 << iota
	saysOut
	saysLimited
	saysIn
	saysBuy
	saysNotify
)

// phrase is a phrase of the lists.
type phrase struct {
	text string
	says uint8
}

// phrases are those of all lists by their first three bytes, so that a text is
// gone through once, and begins tells of most places of a text that none begins
// there.
var phrases, begins = func() (map[[3]byte][]phrase, *[beginSize]bool) {
	all := map[[3]byte][]phrase{}
	var begins [beginSize]bool
	for i, list := range [...]string{notOut, out, limited, in, buy, notify} {
		for text := range strings.SplitSeq(list, "|") {
			if len(text) >= 3 {
				key := [3]byte{text[0], text[1], text[2]}
				all[key] = append(all[key], phrase{text, 1 << i})
				begins[begin(key[0], key[1], key[2])] = true
			}
		}
	}
	return all, &begins
}()

const beginSize = 1 << 13

func begin(a, b, c byte) uint32 {
	return (uint32(a) | uint32(b)<<8 | uint32(c)<<16) * 0x9e3779b1 >> (32 - 13)
}

// find is all that the phrases in a text say.
func find(text string) (says uint8) {
	var room [MaxText + 64]byte
	s := normal(room[:0], text)
	for i := 0; i+3 <= len(s); i++ {
		if !begins[begin(s[i], s[i+1], s[i+2])] {
			continue
		}
		for _, p := range phrases[[3]byte{s[i], s[i+1], s[i+2]}] {
			if rest := s[i:]; len(rest) >= len(p.text) && string(rest[:len(p.text)]) == p.text {
				says |= p.says
			}
		}
	}
	return says
}
