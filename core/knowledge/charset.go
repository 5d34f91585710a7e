package knowledge

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/transform"

	"github.com/omakase-ai/omakase/core/errs"
)

// Charset is how a file's text is written.
type Charset string

// The charsets that files are read in.
const (
	UTF8     Charset = "UTF-8"
	ShiftJIS Charset = "Shift_JIS"
)

var bom = []byte("\xef\xbb\xbf")

// DetectCharset reads a whole file to find out. A file with hardly any bytes
// that are no UTF-8 is UTF-8 with errors, since in Shift_JIS next to nothing
// would pass for it. It is Invalid for UTF-16 and for files that are no text.
func DetectCharset(r io.Reader) (Charset, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	if start, _ := in.Peek(2); bytes.Equal(start, []byte("\xff\xfe")) || bytes.Equal(start, []byte("\xfe\xff")) {
		return "", errs.New(errs.Invalid, "the file is UTF-16").WithHint("save it as CSV in UTF-8 or Shift_JIS")
	}
	good, bad := 0, 0 // sequences of several bytes, and bytes that are part of none
	for {
		r, size, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			if bad == 0 || good > 4*bad {
				return UTF8, nil
			}
			return ShiftJIS, nil
		case err != nil:
			return "", err
		case r == 0:
			return "", errs.New(errs.Invalid, "the file holds NUL bytes; it is no text").WithHint("save it as CSV in UTF-8 or Shift_JIS")
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
	}
}

// decode is the text of a file in UTF-8, without a byte order mark. What is
// wrong in it becomes U+FFFD.
func decode(r io.Reader, charset Charset) *bufio.Reader {
	if charset == ShiftJIS {
		r = transform.NewReader(r, japanese.ShiftJIS.NewDecoder())
	}
	in := bufio.NewReaderSize(r, maxHeader)
	if start, _ := in.Peek(len(bom)); bytes.Equal(start, bom) {
		_, _ = in.Discard(len(bom)) // it was peeked
	}
	return in
}
