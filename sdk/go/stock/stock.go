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

// Words are what the phrases in a text say.
type Words uint8

// Of looks for all phrases of a short text at once; longer ones say nothing.
func Of(text string) Words {
	if len(text) > MaxText || text == "" {
		return 0
	}
	return find(text)
}

// Stock is what they say of the stock: InStock, OutOfStock, LimitedStock, or ""
// when they say nothing of it.
func (w Words) Stock() string {
	switch {
	case w&(saysNotOut|saysOut) == saysOut:
		return omakase.OutOfStock
	case w&saysLimited != 0:
		return omakase.LimitedStock
	case w&saysIn != 0:
		return omakase.InStock
	}
	return ""
}

// Buys reports whether a button with them puts something into a cart or buys
// it.
func (w Words) Buys() bool { return w&saysBuy != 0 }

// Notifies reports whether a button with them asks to be told when something
// can be bought again.
func (w Words) Notifies() bool { return w&saysNotify != 0 }

// Read is what a short text says of the stock.
func Read(text string) string { return Of(text).Stock() }

// Buys reports whether a button of that text buys something.
func Buys(text string) bool { return Of(text).Buys() }

// Notifies reports whether a button of that text asks to be told.
func Notifies(text string) bool { return Of(text).Notifies() }

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
	saysNotOut Words = 1 << iota
	saysOut
	saysLimited
	saysIn
	saysBuy
	saysNotify
)

// phrase is a phrase of the lists.
type phrase struct {
	text string
	says Words
}

// phrases are those of all lists, so that a text is gone through once. They
// stand together by their first three bytes, and begins has where for these,
// plus 1: of most places of a text it tells that none begins there.
var phrases, begins = func() ([][]phrase, *[beginSize]uint16) {
	var all [][]phrase
	var begins [beginSize]uint16
	for i, list := range [...]string{notOut, out, limited, in, buy, notify} {
		for text := range strings.SplitSeq(list, "|") {
			if len(text) < 3 {
				continue
			}
			at := &begins[begin(text[0], text[1], text[2])]
			if *at == 0 {
				all = append(all, nil)
				*at = uint16(len(all))
			}
			all[*at-1] = append(all[*at-1], phrase{text, 1 << i})
		}
	}
	return all, &begins
}()

const beginSize = 1 << 13

func begin(a, b, c byte) uint32 {
	return (uint32(a) | uint32(b)<<8 | uint32(c)<<16) * 0x9e3779b1 >> (32 - 13)
}

// find is all that the phrases in a text say.
func find(text string) (says Words) {
	var room [MaxText + 64]byte
	s := normal(room[:0], text)
	for i := 0; i+3 <= len(s); i++ {
		at := begins[begin(s[i], s[i+1], s[i+2])]
		if at == 0 {
			continue
		}
		for _, p := range phrases[at-1] {
			if rest := s[i:]; len(rest) >= len(p.text) && string(rest[:len(p.text)]) == p.text {
				says |= p.says
			}
		}
	}
	return says
}
