package wire

import "github.com/omakase-ai/omakase/sdk/go/json"

// Value is a request or reply: any struct of this package, by pointer.
type Value interface {
	// AppendJSON appends the value as JSON to b and returns the result.
	AppendJSON(b []byte) []byte
	// ReadJSON reads the value from r; errors stay in r.
	ReadJSON(r *json.Reader)
}

// Empty is the value of requests and replies that say nothing.
type Empty struct{}

// AppendJSON appends {}.
func (*Empty) AppendJSON(b []byte) []byte { return append(b, '{', '}') }

// ReadJSON reads an object and forgets it.
func (*Empty) ReadJSON(r *json.Reader) {
	for range r.Fields {
	}
}

// Raw is a value that stays text: a JSON object of which this package does
// not know the fields, such as a plugin's configuration. "" is {}.
type Raw struct{ JSON string }

// AppendJSON appends the text as it is.
func (v *Raw) AppendJSON(b []byte) []byte {
	if v.JSON == "" {
		return append(b, '{', '}')
	}
	return append(b, v.JSON...)
}

// ReadJSON reads a value of any kind as text.
func (v *Raw) ReadJSON(r *json.Reader) { v.JSON = r.Raw() }

// Error is "code: message".
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// Decode reads v from a whole JSON document. Strings in v share memory with
// data, which must not change afterwards. An empty document is an empty
// object. The error is a *json.Error.
func Decode(data []byte, v Value) error {
	if len(data) == 0 {
		return nil
	}
	r := json.NewBytesReader(data)
	v.ReadJSON(r)
	return r.End()
}

// AppendOK appends the reply {"ok": v}.
func AppendOK(b []byte, v Value) []byte {
	b = append(b, `{"ok":`...)
	b = v.AppendJSON(b)
	return append(b, '}')
}

// AppendError appends the reply {"error": e}.
func AppendError(b []byte, e *Error) []byte {
	b = append(b, `{"error":`...)
	b = e.AppendJSON(b)
	return append(b, '}')
}

// DecodeReply reads a reply: v from {"ok": …}, or the *Error of {"error": …}.
// A reply that is neither is a *json.Error. Strings share memory with data,
// as in [Decode].
func DecodeReply(data []byte, v Value) error {
	r := json.NewBytesReader(data)
	var failed *Error
	ok := false
	for key := range r.Fields {
		switch key {
		case "ok":
			v.ReadJSON(r)
			ok = true
		case "error":
			if !r.Null() {
				failed = new(Error)
				failed.ReadJSON(r)
			}
		}
	}
	if !ok && failed == nil {
		r.Fail(`want a reply with "ok" or "error"`)
	}
	if err := r.End(); err != nil {
		return err
	}
	if failed != nil {
		if failed.Code == "" {
			failed.Code = CodeInternal
		}
		return failed
	}
	return nil
}

// comma separates a field from the one before it, if there is one.
func comma(b []byte) []byte {
	if b[len(b)-1] == '{' {
		return b
	}
	return append(b, ',')
}
