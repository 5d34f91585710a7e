package knowledge

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/omakase-ai/omakase/core/catalog"
)

// Points of a search, as existing clients know them, and ours below: answers
// are searched, and a spoken sentence shares words with a question rather than
// being a part of it.
const (
	inQuestion   = 10.0 // the query stands in the question
	keywordIn    = 5.0  // the query holds a keyword
	inKeyword    = 3.0  // a keyword holds the query
	inCategory   = 2.0  // the query stands in the category
	inAnswer     = 4.0  // the query stands in the answer
	sharedAsked  = 6.0  // all words of the query are in the question or keywords
	sharedAnswer = 2.0  // all words of the query are in the answer
	leastShared  = 0.34 // of its words, below which sharing is chance
)

// Rank returns at most limit active questions that the query asks for, the best
// first and equals in the order of faqs. Text is compared after folding, so
// width, case and kana make no difference.
func Rank(faqs []FAQ, query string, limit int) []FAQ {
	q := ask(query)
	if len(q.runs) == 0 || limit <= 0 {
		return nil
	}
	type hit struct {
		faq   *FAQ
		score float64
	}
	var hits []hit
	for i := range faqs {
		if f := &faqs[i]; f.Active {
			if score := q.score(f); score > 0 {
				hits = append(hits, hit{f, score})
			}
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	best := make([]FAQ, min(len(hits), limit))
	for i := range best {
		best[i] = *hits[i].faq
	}
	return best
}

// asked is a query, ready to be compared.
type asked struct {
	folded string
	runs   []string // stretches without separators, all of which a text must hold
	parts  []string // words of letters, and pairs of kanji, katakana and hangul
}

func ask(query string) *asked {
	q := &asked{folded: catalog.Fold(query)}
	for _, p := range catalog.Query(query) {
		q.runs = append(q.runs, joinPairs(p))
	}
	for word := range words(query) {
		q.add(word)
	}
	slices.Sort(q.parts)
	q.parts = slices.Compact(q.parts)
	return q
}

// joinPairs is the run that a phrase of overlapping pairs was made of.
func joinPairs(p catalog.Phrase) string {
	run := p.Terms[0]
	for _, pair := range p.Terms[1:] {
		_, size := utf8.DecodeLastRuneInString(pair)
		run += pair[len(pair)-size:]
	}
	return run
}

// add takes the parts of a word by which a sentence can be compared. Hiragana
// is left out: in a sentence it is mostly grammar.
func (q *asked) add(w word) {
	folded := catalog.Fold(w.text)
	switch w.script {
	case latin:
		if len(folded) >= 3 && !common[folded] {
			q.parts = append(q.parts, folded)
		}
	case han, katakana, hangul:
		runes := []rune(folded)
		if len(runes) == 1 && w.script == han {
			q.parts = append(q.parts, folded)
		}
		for i := 0; i+2 <= len(runes); i++ {
			q.parts = append(q.parts, string(runes[i:i+2]))
		}
	}
}

func (q *asked) score(f *FAQ) float64 {
	question, answer := catalog.Fold(f.Question), catalog.Fold(f.Answer)
	score, words := 0.0, question
	if q.in(question) {
		score += inQuestion
	}
	for _, k := range f.Keywords {
		if k = catalog.Fold(k); k == "" {
			continue
		}
		words += " " + k
		if strings.Contains(q.folded, k) {
			score += keywordIn
		}
		if q.in(k) {
			score += inKeyword
		}
	}
	if q.in(catalog.Fold(f.Category)) {
		score += inCategory
	}
	if q.in(answer) {
		score += inAnswer
	}
	return score + sharedAsked*q.shared(words) + sharedAnswer*q.shared(answer)
}

// in reports whether a text holds the query: all of its stretches.
func (q *asked) in(text string) bool {
	for _, run := range q.runs {
		if !strings.Contains(text, run) {
			return false
		}
	}
	return true
}

// shared is the share of the query's parts that a text holds, 0 when it is no
// more than chance.
func (q *asked) shared(text string) float64 {
	if len(q.parts) == 0 {
		return 0
	}
	n := 0
	for _, p := range q.parts {
		if strings.Contains(text, p) {
			n++
		}
	}
	if share := float64(n) / float64(len(q.parts)); share >= leastShared {
		return share
	}
	return 0
}

// script is what a word is written in.
type script int

const (
	other script = iota
	latin        // letters and digits of all scripts that put spaces between words
	han
	katakana
	hiragana
	hangul
)

type word struct {
	text   string
	script script
}

// words yields the stretches of one script, as they were written but for
// compatibility forms. Kana must be told apart before folding, which makes them
// one.
func words(text string) func(yield func(word) bool) {
	return func(yield func(word) bool) {
		composed := norm.NFKC.String(text)
		start, in := 0, other
		for i, r := range composed {
			s := scriptOf(r)
			if s == in || r == 'ー' && (in == katakana || in == hiragana) {
				continue
			}
			if in != other && !yield(word{composed[start:i], in}) {
				return
			}
			start, in = i, s
		}
		if in != other {
			yield(word{composed[start:], in})
		}
	}
}

func scriptOf(r rune) script {
	switch {
	case r == 'ー' || unicode.Is(unicode.Katakana, r):
		return katakana
	case r == '々' || unicode.Is(unicode.Han, r):
		return han
	case unicode.Is(unicode.Hiragana, r):
		return hiragana
	case unicode.Is(unicode.Hangul, r):
		return hangul
	case unicode.In(r, unicode.L, unicode.M, unicode.N):
		return latin
	}
	return other
}

// common are words of English that say nothing of what is asked.
var common = func() map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(`a about an and any are be but can could did do does for from get give had has have
		he her hi how i if in into is it its just like long many may me much must my need no not of off on one only or our out please
		she should so some take tell that the their them then there these they this those to up us use want was we were what when
		where which who why will with would yes you your`) {
		all[w] = true
	}
	return all
}()
