package routing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// argumentSchema checks the arguments of a tool. The schema is compiled when
// the first call comes: most tools of a session are never called.
type argumentSchema struct {
	once   sync.Once
	schema *jsonschema.Schema
	err    error
}

// The bounds of arguments. Models write a few hundred bytes.
const (
	maxArguments = 64 << 10
	maxNesting   = 32
	maxNumber    = 40 // characters; the validator's arithmetic has no bound of its own
	maxExponent  = 300
	maxProblems  = 10
)

// check returns arguments as an object, or what is wrong with them, in words
// for a model.
func (a *argumentSchema) check(schema, arguments json.RawMessage) (json.RawMessage, []string) {
	arguments = bytes.TrimSpace(arguments)
	if len(arguments) == 0 || string(arguments) == "null" {
		arguments = json.RawMessage(`{}`)
	}
	if len(arguments) > maxArguments {
		return nil, []string{fmt.Sprintf("they are longer than %d bytes", maxArguments)}
	}
	value, problem := decodeArguments(arguments)
	if problem != "" {
		return nil, []string{problem}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, []string{"they must be a JSON object"}
	}
	a.once.Do(func() { a.schema, a.err = compile(schema) })
	if a.err != nil {
		return nil, []string{"the tool's own schema can't be read: " + a.err.Error()}
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(a.schema.Validate(object), &invalid) {
		return arguments, nil
	}
	if !withoutNulls(object, a.schema.Required) || a.schema.Validate(object) != nil {
		return nil, problemsOf(invalid, nil)
	}
	arguments, err := json.Marshal(object)
	if err != nil {
		return nil, []string{err.Error()}
	}
	return arguments, nil
}

// withoutNulls takes out what is null and not required, and reports whether
// there was any: models write null for an argument that they leave out.
func withoutNulls(object map[string]any, required []string) (taken bool) {
	for name, value := range object {
		if value == nil && !slices.Contains(required, name) {
			delete(object, name)
			taken = true
		}
	}
	return taken
}

func compile(schema json.RawMessage) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	const name = "tool.json"
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	if err := c.AddResource(name, doc); err != nil {
		return nil, err
	}
	return c.Compile(name)
}

// noLoader keeps schemas from naming files and addresses.
type noLoader struct{}

// Load implements jsonschema.URLLoader.
func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("a schema of a tool must not refer to %s", url)
}

// decodeArguments reads JSON whose numbers and depth are within bounds.
func decodeArguments(text []byte) (value any, problem string) {
	if !utf8.Valid(text) {
		return nil, "they are not UTF-8"
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	depth := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Sprintf("they are not JSON: %v at byte %d", err, dec.InputOffset())
		}
		switch token := token.(type) {
		case json.Delim:
			if depth++; token == '}' || token == ']' {
				depth -= 2
			}
			if depth > maxNesting {
				return nil, fmt.Sprintf("they are nested deeper than %d levels", maxNesting)
			}
		case json.Number:
			if !bounded(token.String()) {
				return nil, fmt.Sprintf("the number %.60s is out of bounds", token)
			}
		}
	}
	dec = json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return nil, fmt.Sprintf("they are not JSON: %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, "they are more than one JSON value"
	}
	return value, ""
}

func bounded(number string) bool {
	_, exponent, ok := strings.Cut(strings.ToLower(number), "e")
	if len(number) > maxNumber {
		return false
	}
	if !ok {
		return true
	}
	n, err := strconv.Atoi(exponent)
	return err == nil && n >= -maxExponent && n <= maxExponent
}

var english = message.NewPrinter(language.English)

// problemsOf are the innermost causes, each with its place.
func problemsOf(e *jsonschema.ValidationError, all []string) []string {
	if len(e.Causes) == 0 && len(all) < maxProblems {
		at := strings.Join(e.InstanceLocation, ".")
		text := e.ErrorKind.LocalizedString(english)
		if at != "" {
			text = at + ": " + text
		}
		return append(all, text)
	}
	for _, cause := range e.Causes {
		all = problemsOf(cause, all)
	}
	return all
}
