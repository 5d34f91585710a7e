// Package recording is one call of a plugin, kept as a JSON file: the request,
// every host call with its reply, the pages that stayed in the host, the
// answer, and the fuel that it took. A recording is replayed without a network,
// so that a plugin is tested with what a real shop once said.
//
// It knows neither WebAssembly nor the host: [Player] answers host calls for
// whoever runs the guest, be it the omakase command with a module or an
// ordinary Go test with the plugin's handlers. The form is described in
// README.md.
package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Version is that of the form.
const Version = 1

// Recording is one call of a plugin.
type Recording struct {
	Version   int              `json:"recording"`
	About     string           `json:"about,omitempty"`  // for people
	Operation string           `json:"operation"`        // as sdk/abi names it
	Config    json.RawMessage  `json:"config,omitempty"` // the plugin's, without secrets
	Request   json.RawMessage  `json:"request"`
	Bodies    []Body           `json:"bodies,omitempty"` // in the order of their handles
	Calls     []Call           `json:"calls"`
	Answer    json.RawMessage  `json:"answer"`         // the whole reply, with "ok" or "error"
	Fuel      map[string]int64 `json:"fuel,omitempty"` // what the call took, by plugin and language
}

// Body is a page or response that stayed in the host.
type Body struct {
	Handle      string `json:"handle"` // such as "body:1"
	ContentType string `json:"content_type,omitempty"`
	Text        string `json:"text,omitempty"`
	Base64      []byte `json:"base64,omitempty"` // in place of Text, where it is no UTF-8
}

// Call is one host call. One that has neither Reply nor Code answers with bytes
// of a body.
type Call struct {
	Function string          `json:"function"` // as sdk/abi names it
	Request  json.RawMessage `json:"request"`
	Reply    json.RawMessage `json:"reply,omitempty"`
	Code     int32           `json:"code,omitempty"` // negative, as the ABI has it
}

// NewBody returns a body.
func NewBody(handle, contentType string, data []byte) Body {
	b := Body{Handle: handle, ContentType: contentType}
	if utf8.Valid(data) {
		b.Text = string(data)
	} else {
		b.Base64 = data
	}
	return b
}

// Data is what the body holds.
func (b *Body) Data() []byte {
	if b.Base64 != nil {
		return b.Base64
	}
	return []byte(b.Text)
}

// Names of operations and functions, as sdk/abi has them.
var (
	operations = map[string]int32{
		"selftest": wire.OpSelftest, "detect": wire.OpDetect, "scrape": wire.OpScrape, "extract": wire.OpExtract,
		"checkout": wire.OpCheckout, "generate": wire.OpGenerate, "tool_list": wire.OpToolList, "tool_call": wire.OpToolCall,
	}
	functions = map[string]int32{
		"log": wire.FnLog, "config": wire.FnConfig, "clock": wire.FnClock,
		"http_fetch": wire.FnHTTPFetch, "body_read": wire.FnBodyRead, "body_release": wire.FnBodyRelease,
		"html_query": wire.FnHTMLQuery,
		"kv_get":     wire.FnKVGet, "kv_set": wire.FnKVSet, "kv_delete": wire.FnKVDelete, "kv_list": wire.FnKVList,
		"crypto_hash": wire.FnCryptoHash, "crypto_hmac": wire.FnCryptoHMAC, "crypto_random": wire.FnCryptoRandom,
		"secret_use":     wire.FnSecretUse,
		"catalog_search": wire.FnCatalogSearch, "catalog_get": wire.FnCatalogGet, "catalog_suggest": wire.FnCatalogSuggest,
		"cart_get": wire.FnCartGet, "cart_add": wire.FnCartAdd, "cart_set": wire.FnCartSet, "cart_remove": wire.FnCartRemove,
		"cart_clear": wire.FnCartClear, "order_place": wire.FnOrderPlace, "order_get": wire.FnOrderGet,
		"knowledge_search": wire.FnKnowledgeSearch, "knowledge_store": wire.FnKnowledgeStore,
	}
)

// Operations are the names of the operations, in alphabetical order.
func Operations() []string {
	names := make([]string, 0, len(operations))
	for name := range operations {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Operation is the number of an operation; list and call are those of tools.
func Operation(name string) (op int32, ok bool) {
	if op, ok = operations[name]; !ok {
		op, ok = operations["tool_"+name]
	}
	return op, ok
}

// OperationName names an operation; one that this package doesn't know by its
// number.
func OperationName(op int32) string { return nameOf(operations, op) }

// FunctionName names a function; one that this package doesn't know by its
// number.
func FunctionName(fn int32) string { return nameOf(functions, fn) }

func nameOf(names map[string]int32, number int32) string {
	for name, n := range names {
		if n == number {
			return name
		}
	}
	return strconv.Itoa(int(number))
}

// Capability is what the manifest must ask for so that the plugin may call a
// function; "" when nothing is needed.
func Capability(function string) string {
	switch name, _, _ := strings.Cut(function, "_"); name {
	case "log", "config", "clock", "body":
		return ""
	default:
		return name
	}
}

// Parse reads a recording and says what is wrong with it.
func Parse(text []byte) (*Recording, error) {
	r := new(Recording)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		var broken base64.CorruptInputError
		if errors.As(err, &broken) {
			return nil, fmt.Errorf("a body's base64: %w", err)
		}
		return nil, fmt.Errorf("no recording: %w", err)
	}
	switch _, known := operations[r.Operation]; {
	case r.Version != Version:
		return nil, fmt.Errorf("recording is %d; this version reads %d", r.Version, Version)
	case !known:
		return nil, fmt.Errorf("operation is %q; it must be one of %s", r.Operation, strings.Join(Operations(), ", "))
	case len(r.Request) == 0 || r.Request[0] != '{':
		return nil, errors.New("request must be a JSON object")
	case len(r.Answer) == 0 || r.Answer[0] != '{':
		return nil, errors.New("answer must be the plugin's reply, a JSON object")
	}
	r.compact()
	return r, nil
}

// compact takes out the white space that makes the file readable: the plugin is
// to get what it got when it was recorded.
func (r *Recording) compact() {
	all := []*json.RawMessage{&r.Config, &r.Request, &r.Answer}
	for i := range r.Calls {
		all = append(all, &r.Calls[i].Request, &r.Calls[i].Reply)
	}
	for _, m := range all {
		var out bytes.Buffer
		if len(*m) > 0 && json.Compact(&out, *m) == nil {
			*m = out.Bytes()
		}
	}
}

// Read reads the file of a recording.
func Read(name string) (*Recording, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// Encode is the recording as it stands in a file.
func (r *Recording) Encode() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(r)
	return out.Bytes(), err
}

// Files are the recordings in a folder, by name. A folder that isn't there has
// none.
func Files(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".json") {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, err
}
