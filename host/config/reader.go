package config

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// reader gathers values into a Config, where each came from, and what was
// wrong with them. It goes on after a mistake, so that all of them are told.
type reader struct {
	config   Config
	origins  map[string]Origin
	mistakes Mistakes
	warnings []string
	unread   int // mistakes noted before check
}

func (r *reader) mistake(from Origin, key, hint, problem string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{
		Origin: from, Key: key, Problem: fmt.Sprintf(problem, args...), Hint: hint,
	})
}

// word sets a value that is written as one word.
func (r *reader) word(v reflect.Value, key string, from Origin, text string) {
	problem, hint := parseWord(settle(v), text)
	if problem != "" {
		r.mistake(from, key, hint, "%s", problem)
		return
	}
	r.origins[key] = from
}

// parseWord sets v, or says what is wrong with the text. It quotes no secrets:
// those take any text.
func parseWord(v reflect.Value, text string) (problem, hint string) {
	switch v.Type() {
	case durationType:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Sprintf("%q is not a duration", text), "use numbers with units, such as 500ms, 90s or 6h"
		}
		v.SetInt(int64(d))
		return "", ""
	case bytesType:
		b, err := ParseBytes(text)
		if err != nil {
			return err.Error(), "use a number of bytes or a unit, such as 512KiB or 32MiB"
		}
		v.SetInt(int64(b))
		return "", ""
	}
	switch v.Kind() {
	case reflect.Bool:
		b, ok := map[string]bool{"true": true, "false": false, "1": true, "0": false}[strings.ToLower(text)]
		if !ok {
			return fmt.Sprintf("%q is neither true nor false", text), "use true or false"
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Sprintf("%q is not a whole number", text), "use digits, such as 20"
		}
		v.SetInt(n)
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return fmt.Sprintf("%q is not a number", text), "use digits, such as 0.5"
		}
		v.SetFloat(n)
	default:
		v.SetString(text)
	}
	return "", ""
}

// words sets a list that is written with commas between its values.
func (r *reader) words(v reflect.Value, key string, from Origin, text string) {
	list := reflect.MakeSlice(v.Type(), 0, 4)
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ',' || c == '\n' }) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		r.word(item, fmt.Sprintf("%s[%d]", key, list.Len()), from, part)
		list = reflect.Append(list, item)
	}
	v.Set(list)
	r.origins[key] = from
}

// text sets any value from one string, as variables and flags hold it: lists
// with commas, everything deeper as YAML.
func (r *reader) text(v reflect.Value, key string, from Origin, text string) {
	switch {
	case isText(v.Type()):
		r.word(v, key, from, strings.TrimSpace(text))
	case isList(v.Type()):
		r.words(v, key, from, text)
	default:
		d := document{reader: r, name: from.Name, flat: true}
		if body := d.parse([]byte(text), key); body != nil {
			d.value(v, key, body)
		}
	}
}
