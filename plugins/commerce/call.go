package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

// session is one call of a tool.
type session struct {
	*omakase.Context
	language string
	texts    map[string]string // arguments
	quantity int64
	counted  bool // a quantity was given
}

func call(ctx *omakase.Context, req omakase.ToolCallRequest) (omakase.ToolCallReply, error) {
	for i := range tools {
		if tools[i].name != req.Name {
			continue
		}
		c := &session{Context: ctx, language: languageOf(req.Language)}
		if err := c.read(req.Arguments); err != nil {
			return omakase.ToolCallReply{}, err
		}
		result, err := tools[i].run(c)
		return omakase.ToolCallReply{Result: result}, err
	}
	return omakase.ToolCallReply{}, omakase.Fail(omakase.CodeNotFound, "there is no tool "+strconv.Quote(req.Name))
}

// read takes the arguments apart; the host has checked them.
func (c *session) read(arguments string) error {
	c.texts = map[string]string{}
	r := json.NewReader(arguments)
	for key := range r.Fields {
		switch r.Kind() {
		case json.String:
			c.texts[key] = strings.TrimSpace(r.Str())
		case json.Number:
			n := r.Float64() // 2.0 is a whole number, too
			if key == "quantity" && n == float64(int64(n)) {
				c.quantity, c.counted = int64(n), true
			}
		default:
			_ = r.Raw() // of no tool
		}
	}
	if err := r.End(); err != nil {
		return omakase.Fail(omakase.CodeInvalid, "reading the arguments: "+err.Error())
	}
	return nil
}

func (c *session) arg(name string) string { return c.texts[name] }

func number(n int64) string { return strconv.FormatInt(n, 10) }

// object is a JSON object that is being written.
type object struct{ b []byte }

func newObject() *object { return &object{b: []byte{'{'}} }

func (o *object) key(name string) {
	if len(o.b) > 1 {
		o.b = append(o.b, ',')
	}
	o.b = append(json.AppendString(o.b, name), ':')
}

func (o *object) text(name, value string) *object {
	o.key(name)
	o.b = json.AppendString(o.b, value)
	return o
}

// some is text unless it is empty.
func (o *object) some(name, value string) *object {
	if value == "" {
		return o
	}
	return o.text(name, value)
}

func (o *object) flag(name string, value bool) *object {
	o.key(name)
	o.b = strconv.AppendBool(o.b, value)
	return o
}

func (o *object) count(name string, value int64) *object {
	o.key(name)
	o.b = strconv.AppendInt(o.b, value, 10)
	return o
}

// amount writes a price, which is a number as it stands; null where none is
// known.
func (o *object) amount(name, value string) *object {
	if value == "" {
		value = "null"
	}
	return o.raw(name, value)
}

func (o *object) raw(name, value string) *object {
	o.key(name)
	o.b = append(o.b, value...)
	return o
}

func (o *object) end() string { return string(append(o.b, '}')) }

// jsonList is a JSON array of n values.
func jsonList(n int, item func(i int) string) string {
	b := []byte{'['}
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, item(i)...)
	}
	return string(append(b, ']'))
}

// beginning is at most n UTF-16 units of s, as existing clients count.
func beginning(s string, n int) string {
	units := 0
	for i, r := range s {
		if units++; r > 0xffff {
			units++
		}
		if units > n {
			return s[:i]
		}
	}
	return s
}
