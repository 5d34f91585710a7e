package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/errs"
)

// maxDepth bounds how deep a body may be nested.
const maxDepth = 64

// mediaError is a body that is not JSON in UTF-8.
type mediaError struct{ text string }

func (e *mediaError) Error() string { return e.text }

// bodyFields are the fields of a request's JSON object. They point into the
// request's body until they are read.
func bodyFields(c *fiber.Ctx) (*fields, error) {
	if err := checkMedia(c); err != nil {
		return nil, err
	}
	body := bytes.TrimSpace(c.Context().PostBody())
	switch {
	case len(body) == 0:
		return nil, errs.New(errs.Invalid, "Request body is required").WithHint("send a JSON object")
	case !utf8.Valid(body):
		return nil, errs.New(errs.Invalid, "Request body is not UTF-8")
	case tooDeep(body):
		return nil, errs.New(errs.Invalid, "Request body is nested deeper than %d levels", maxDepth)
	}
	return parseFields(body, "Request body")
}

// optionalFields are the fields of a body that may be left out.
func optionalFields(c *fiber.Ctx) (*fields, error) {
	if len(bytes.TrimSpace(c.Context().PostBody())) == 0 {
		return &fields{}, nil
	}
	return bodyFields(c)
}

// checkMedia refuses bodies that say they are something else than JSON.
// Without a content type a body is taken to be JSON.
func checkMedia(c *fiber.Ctx) error {
	header := &c.Request().Header
	if encoding := header.Peek(fiber.HeaderContentEncoding); len(encoding) > 0 && !strings.EqualFold(string(encoding), "identity") {
		return &mediaError{"compressed request bodies are not supported"}
	}
	contentType := string(header.ContentType())
	if contentType == "" || contentType == fiber.MIMEApplicationJSON {
		return nil
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != fiber.MIMEApplicationJSON && !strings.HasSuffix(media, "+json") {
		if len(c.Context().PostBody()) == 0 {
			return nil // the missing body is the better message
		}
		return &mediaError{"Request body must be application/json"}
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return &mediaError{"Request body must be in UTF-8"}
	}
	return nil
}

// tooDeep scans for nesting before anything is decoded.
func tooDeep(body []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{', c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return false
}

// parseFields reads a JSON object; what names it in errors.
func parseFields(raw []byte, what string) (*fields, error) {
	if !json.Valid(raw) {
		err := json.Unmarshal(raw, new(any)) // says where
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, errs.New(errs.Invalid, "%s is not valid JSON: %v at byte %d", what, err, syntax.Offset)
		}
		return nil, errs.New(errs.Invalid, "%s is not valid JSON: %v", what, err)
	}
	if raw = bytes.TrimSpace(raw); raw[0] != '{' {
		return nil, errs.New(errs.Invalid, "%s must be a JSON object", what)
	}
	return &fields{members: splitObject(raw)}, nil
}
