// Package stock reads the words by which shops say whether something can be
// bought: on labels ("In stock", "在庫切れ", "nur noch 3 Stück") and on buttons
// ("Add to cart", "カートに入れる", "Notify me").
//
// It judges short texts. Whether a text is about the product of the page is
// for its caller to know.
package stock

import (
	"strings"
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
	s := normal(text)
	switch {
	case holds(s, notOut):
	case holds(s, out):
		return omakase.OutOfStock
	}
	switch {
	case holds(s, limited):
		return omakase.LimitedStock
	case holds(s, in):
		return omakase.InStock
	}
	return ""
}

// Buys reports whether a button of that text puts something into a cart or
// buys it.
func Buys(text string) bool {
	return len(text) <= MaxText && holds(normal(text), buy)
}

// Notifies reports whether a button of that text asks to be told when
// something can be bought again.
func Notifies(text string) bool {
	return len(text) <= MaxText && holds(normal(text), notify)
}

// normal is a text in lower case with single spaces, and spaces around it so
// that words can be found whole.
func normal(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, ' ')
	for _, r := range strings.ToLower(s) {
		switch {
		case r == '\u00a0' || r == '\u3000' || r == '-' || r == '_' || r == '\n' || r == '\t' || r == '.' || r == ',' || r == '!' || r == ':' || r == '(' || r == ')':
			r = ' '
		case r >= 'ａ' && r <= 'ｚ':
			r -= 'ａ' - 'a'
		}
		if r == ' ' && b[len(b)-1] == ' ' {
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	if b[len(b)-1] != ' ' {
		b = append(b, ' ')
	}
	return string(b)
}

// holds reports whether a normal text has one of the phrases of a list, which
// stand between bars. Phrases with a space at an end must end a word there.
func holds(s, list string) bool {
	for phrase := range strings.SplitSeq(list, "|") {
		if phrase != "" && strings.Contains(s, phrase) {
			return true
		}
	}
	return false
}
