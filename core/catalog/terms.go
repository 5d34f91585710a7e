package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Gap is the term that separates runs of text in Terms, so that no phrase
// matches across them. No text yields it.
const Gap = "·"

// MaxTerms bounds what is indexed of one text: PostgreSQL's tsvector knows no
// position beyond 16,383, and a match beyond it would not be exact.
const MaxTerms = 16_000

// Phrase is what an index must hold for a run of a query to be found: Terms
// side by side. Prefix means that the single term may be the beginning of an
// indexed one.
type Phrase struct {
	Terms  []string
	Prefix bool
}

// Fold brings text into the form in which it is compared: compatibility forms
// composed (full-width to half-width, ① to 1), lower case, katakana as
// hiragana.
func Fold(text string) string {
	return strings.Map(foldRune, norm.NFKC.String(text))
}

// Most of a Japanese text is between these two.
const (
	firstKana, lastKana = 'ぁ', 'ゖ' // hiragana
	firstHan, lastHan   = '一', '\u9fff'
)

func foldRune(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + ('a' - 'A')
	case r < utf8.RuneSelf:
		return r
	case r >= 'ァ' && r <= 'ヶ', r == 'ヽ', r == 'ヾ':
		return r - ('ァ' - 'ぁ')
	case r >= firstKana && r <= lastHan:
		return r // known to have no case, without a search
	}
	return unicode.ToLower(r)
}

// Terms are what an index keeps of a text, in order: each run of letters,
// digits and symbols as overlapping pairs of runes and its last rune alone
// ("abc" is ab bc c), runs separated by Gap. With them a phrase of pairs finds
// exactly the texts that hold a substring, in any language, and a single rune
// is the beginning of some term wherever it occurs.
func Terms(text string) []string {
	folded := Fold(text)
	terms := make([]string, 0, utf8.RuneCountInString(folded)) // a term for each rune, at most
	for run := range runs(folded) {
		if len(terms) > 0 {
			terms = append(terms, Gap)
		}
		terms = appendPairs(terms, run, true)
		if len(terms) >= MaxTerms {
			return terms[:MaxTerms]
		}
	}
	return terms
}

// Query is what must all be found for a text to match: a phrase for each run.
// It is empty when text has no run, and then nothing matches.
func Query(text string) []Phrase {
	var phrases []Phrase
	for run := range runs(Fold(text)) {
		pairs := appendPairs(nil, run, false)
		if len(pairs) == 0 {
			phrases = append(phrases, Phrase{Terms: []string{run}, Prefix: true})
			continue
		}
		phrases = append(phrases, Phrase{Terms: pairs})
	}
	return phrases
}

// appendPairs cuts a run into slices of itself, so that a term costs no copy.
func appendPairs(terms []string, run string, last bool) []string {
	for i := 0; i < len(run); {
		_, first := utf8.DecodeRuneInString(run[i:])
		if i+first == len(run) {
			if last {
				terms = append(terms, run[i:])
			}
			break
		}
		_, second := utf8.DecodeRuneInString(run[i+first:])
		terms = append(terms, run[i:i+first+second])
		i += first
	}
	return terms
}

// runs yields the stretches between separators.
func runs(folded string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := -1
		for i, r := range folded {
			switch inRun := isTerm(r); {
			case inRun && start < 0:
				start = i
			case !inRun && start >= 0:
				if !yield(folded[start:i]) {
					return
				}
				start = -1
			}
		}
		if start >= 0 {
			yield(folded[start:])
		}
	}
}

func isTerm(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
	}
	if r >= firstHan && r <= lastHan || r >= firstKana && r <= lastKana {
		return true // they are letters
	}
	return r != utf8.RuneError && unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.So)
}
