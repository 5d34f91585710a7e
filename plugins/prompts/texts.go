package main

import (
	_ "embed" // the texts
	"maps"
	"strconv"
	"sync"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

// The texts of prompts by their keys. The operator may replace any of them in
// the plugin's config.
var (
	//go:embed texts/en.json
	english string
	//go:embed texts/ja.json
	japanese string
	//go:embed texts/ko.json
	korean string
)

// texts are the texts of one language.
type texts map[string]string

// own are our texts by language. They are constants, which an instance reads
// once.
var own = map[string]func() (texts, error){"ja": reader(japanese), "en": reader(english), "ko": reader(korean)}

func reader(document string) func() (texts, error) {
	return sync.OnceValues(func() (texts, error) {
		t := make(texts, 100)
		r := json.NewReader(document)
		t.read(r)
		return t, r.End()
	})
}

// loadTexts returns the texts of a language, with those of the operator in
// place of ours.
func loadTexts(ctx *omakase.Context, language string) (texts, error) {
	read, ok := own[language]
	if !ok {
		return nil, omakase.Fail(omakase.CodeUnsupported, "there are no texts in the language "+language)
	}
	all, err := read()
	if err != nil {
		return nil, err
	}
	err = ctx.ReadConfig(func(r *json.Reader) {
		for key := range r.Fields {
			if key != "texts" {
				continue
			}
			for tag := range r.Fields {
				if tag == language {
					all = maps.Clone(all)
					all.read(r)
				}
			}
		}
	})
	return all, err
}

func (t texts) read(r *json.Reader) {
	for key := range r.Fields {
		t[key] = r.Str()
	}
}

// fill is a text with values for its placeholders, given as name, value, name,
// value. What stands in values is not looked at again.
func (t texts) fill(key string, pairs ...string) string {
	return string(t.appendFilled(make([]byte, 0, len(t[key])+32), key, pairs...))
}

// appendFilled appends what fill makes.
func (t texts) appendFilled(b []byte, key string, pairs ...string) []byte {
	text := t[key]
	for i := 0; i < len(text); {
		name, value, found := placeholder(text[i:], pairs)
		if found {
			b = append(b, value...)
			i += len(name) + 2
			continue
		}
		b = append(b, text[i])
		i++
	}
	return b
}

// placeholder looks for {name} at the beginning of text.
func placeholder(text string, pairs []string) (name, value string, found bool) {
	if text[0] != '{' {
		return "", "", false
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		end := len(pairs[i]) + 1
		if len(text) > end && text[end] == '}' && text[1:end] == pairs[i] {
			return pairs[i], pairs[i+1], true
		}
	}
	return "", "", false
}

// counts fills {count} and {total}.
func (t texts) counts(key string, count, total int) string {
	return t.fill(key, "count", strconv.Itoa(count), "total", strconv.Itoa(total))
}
