package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/errs"
)

const (
	formFile = "file"
	maxParts = 16
)

// form is a multipart body. It is read in place: the file may be as large as
// the body, and the body is in memory already.
type form struct {
	body     []byte
	boundary string
	values   map[string]string // of parts without a file; the first of a name counts
	hasFile  bool
	fileName string
}

// isForm reports whether a body says that it is multipart.
func isForm(c *fiber.Ctx) bool {
	media, _, _ := strings.Cut(string(c.Request().Header.ContentType()), ";")
	return strings.EqualFold(strings.TrimSpace(media), fiber.MIMEMultipartForm)
}

// readForm reads a multipart body to its end.
func readForm(c *fiber.Ctx) (form, error) {
	f := form{body: c.Context().PostBody(), values: map[string]string{}}
	_, params, err := mime.ParseMediaType(string(c.Request().Header.ContentType()))
	if f.boundary = params["boundary"]; err != nil || f.boundary == "" {
		return form{}, errs.New(errs.Invalid, "Content-Type names no boundary of the parts")
	}
	parts := multipart.NewReader(bytes.NewReader(f.body), f.boundary)
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			return f, nil
		case err != nil:
			return form{}, brokenForm(err)
		case n == maxParts:
			return form{}, errs.New(errs.Invalid, "the form has more than %d parts", maxParts)
		}
		if err := f.add(part); err != nil {
			return form{}, err
		}
	}
}

func brokenForm(err error) error {
	return errs.New(errs.Invalid, "malformed multipart body: %v", err).WithHint("see that the body ends with its last boundary")
}

func (f *form) add(part *multipart.Part) error {
	name := part.FormName()
	if part.FileName() != "" || name == formFile {
		if name == formFile && !f.hasFile {
			f.hasFile, f.fileName = true, fileName(part.FileName())
		}
		if _, err := io.Copy(io.Discard, part); err != nil {
			return brokenForm(err)
		}
		return nil
	}
	value, err := io.ReadAll(part)
	if err != nil {
		return brokenForm(err)
	}
	if _, twice := f.values[name]; !twice {
		f.values[name] = string(value)
	}
	return nil
}

// file reads the part with the file, once.
func (f *form) file() io.Reader {
	parts := multipart.NewReader(bytes.NewReader(f.body), f.boundary)
	for {
		part, err := parts.NextRawPart()
		if err != nil { // it was there before
			return strings.NewReader("")
		}
		if part.FormName() == formFile {
			return part
		}
	}
}

// fileName is what an import is called: the name alone, fit to be shown.
func fileName(given string) string {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(given, "\ufffd"), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, name)
	if name = strings.TrimSpace(name); name == "" || name == "." || name == "/" {
		return formFile
	}
	if runes := []rune(name); len(runes) > maxFileName {
		name = string(runes[:maxFileName])
	}
	return name
}

// readDocument reads the document of a JSON body: an object, or a text that
// holds one.
func readDocument(c *fiber.Ctx) (data []byte, replace bool, err error) {
	f, err := bodyFields(c)
	if err != nil {
		return nil, false, err
	}
	raw, p := f.look("data")
	replace = f.loosely("clearExisting")
	switch {
	case f.err != nil || p != given:
		return nil, replace, f.err
	case raw[0] == '"':
		return []byte(unquote(raw)), replace, nil
	case raw[0] != '{':
		f.refuse("data", "must be an object, or a text that holds one")
	}
	return raw, replace, f.err
}

// jsonDocument checks a document as far as that goes without reading it.
func jsonDocument(data []byte) (io.Reader, error) {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	refuse := func(format string, args ...any) (io.Reader, error) {
		return nil, errs.New(errs.Invalid, jsonBroken).WithHint(format, args...)
	}
	switch {
	case len(data) == 0:
		return nil, errs.New(errs.Invalid, jsonNeeded)
	case !utf8.Valid(data):
		return refuse("the document is not UTF-8")
	case tooDeep(data):
		return refuse("the document is nested deeper than %d levels", maxDepth)
	case !json.Valid(data):
		_, err := parseFields(data, "the document") // says where
		return refuse("%v", err)
	}
	return bytes.NewReader(data), nil
}
