package knowledge

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// DefaultCategory is that of a question that came without one.
const DefaultCategory = "一般"

// Bounds of a frequent question. An answer is spoken, and all questions of a
// workspace are looked at for each search.
const (
	MaxFAQs     = 2_000 // of a workspace
	MaxQuestion = 500   // runes
	MaxAnswer   = 5_000 // runes
	MaxCategory = 100   // runes
	MaxKeywords = 50
	MaxKeyword  = 100 // runes
)

// FAQ is a frequent question with the shop's answer. Values are plain data;
// copies share the keywords, so treat those as read-only.
type FAQ struct {
	ID       string // unique in the workspace
	Seq      int64  // insertion order within the store; set by the store
	Question string
	Answer   string
	Category string
	Keywords []string // further words that ask for it; never nil after Normalize
	Active   bool     // found by searches

	CreatedAt, UpdatedAt time.Time // UTC, set by the store
}

// Normalize trims the texts and fills in what may be left out.
func (f *FAQ) Normalize() {
	f.Question, f.Answer = strings.TrimSpace(f.Question), strings.TrimSpace(f.Answer)
	if f.Category = strings.TrimSpace(f.Category); f.Category == "" {
		f.Category = DefaultCategory
	}
	keywords := make([]string, 0, len(f.Keywords))
	for _, k := range f.Keywords {
		if k = strings.TrimSpace(k); k != "" {
			keywords = append(keywords, k)
		}
	}
	f.Keywords = keywords
}

// Validate checks the bounds. Its error is Invalid and names the field as
// clients know it.
func (f *FAQ) Validate() error {
	if f.Question == "" || f.Answer == "" {
		return errs.New(errs.Invalid, "question and answer are required")
	}
	size := 0
	for _, t := range []bounded{
		{"question", f.Question, MaxQuestion}, {"answer", f.Answer, MaxAnswer}, {"category", f.Category, MaxCategory},
	} {
		if err := t.check(&size); err != nil {
			return err
		}
	}
	if len(f.Keywords) > MaxKeywords {
		return errs.New(errs.Invalid, "keywords has more than %d entries", MaxKeywords)
	}
	for _, k := range f.Keywords {
		if err := (bounded{"keywords", k, MaxKeyword}).check(&size); err != nil {
			return err
		}
	}
	return nil
}

// SameQuestion is equal for questions that differ in nothing that a reader
// would hear: width, case, kana, white space and punctuation at the end.
func SameQuestion(question string) string {
	folded := strings.Join(strings.Fields(catalog.Fold(question)), " ")
	return strings.TrimRight(folded, "?!.。、 ")
}

// maxDerived is how many keywords are made of a question.
const maxDerived = 10

// DeriveKeywords are the words of a question that came without any: runs of
// kanji, katakana, hangul, letters or digits, without what only joins them.
func DeriveKeywords(question string) []string {
	found := []string{}
	seen := map[string]bool{}
	for word := range words(question) {
		folded := catalog.Fold(word.text)
		if n := utf8.RuneCountInString(word.text); n < 2 || n > 20 || word.script == hiragana || common[folded] || seen[folded] {
			continue
		}
		seen[folded] = true
		if found = append(found, word.text); len(found) == maxDerived {
			break
		}
	}
	return found
}
