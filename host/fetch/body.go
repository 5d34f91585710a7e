package fetch

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"github.com/omakase-ai/omakase/core/errs"
)

const (
	acceptEncoding = "gzip, br, deflate"
	maxEncodings   = 3 // layers; more is an attack
)

// readBody reads and decodes a body up to the message's cap.
func readBody(r io.Reader, header http.Header, m *message) ([]byte, error) {
	r, err := contentDecoder(r, header)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil // no byte at all needs no decoding
		}
		return nil, err
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer giveBack(buf)
	n, err := buf.ReadFrom(io.LimitReader(r, m.maxBytes+1))
	switch {
	case n > m.maxBytes && m.robots:
		return bytes.Clone(buf.Bytes()), nil
	case n > m.maxBytes:
		return nil, errs.New(errs.TooLarge, "the body is larger than %d bytes", m.maxBytes)
	case err != nil:
		return nil, err
	}
	return bytes.Clone(buf.Bytes()), nil
}

// buffers are what bodies grow in. A body's length is known only at its end,
// and growing a new buffer for each makes garbage of four times its length.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxBuffer is the largest buffer that is kept for the next body.
const maxBuffer = 4 << 20

func giveBack(buf *bytes.Buffer) {
	if buf.Cap() <= maxBuffer {
		buf.Reset()
		buffers.Put(buf)
	}
}

// contentDecoder undoes the Content-Encoding. It returns io.EOF for a body
// without a byte.
func contentDecoder(r io.Reader, header http.Header) (io.Reader, error) {
	var codings []string
	for coding := range strings.SplitSeq(strings.Join(header.Values("Content-Encoding"), ","), ",") {
		if coding = strings.ToLower(strings.TrimSpace(coding)); coding != "" && coding != "identity" {
			codings = append(codings, coding)
		}
	}
	if len(codings) > maxEncodings {
		return nil, errs.New(errs.BadData, "the body is encoded %d times", len(codings))
	}
	for len(codings) > 0 {
		last := len(codings) - 1
		br := bufio.NewReader(r)
		first, err := br.Peek(2)
		if len(first) == 0 {
			return nil, err
		}
		if r, err = decoder(codings[last], br, first); err != nil {
			return nil, err
		}
		codings = codings[:last]
	}
	return r, nil
}

func decoder(coding string, r io.Reader, first []byte) (io.Reader, error) {
	switch coding {
	case "gzip", "x-gzip":
		zr, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", coding, err)
		}
		return zr, nil
	case "br":
		return brotli.NewReader(r), nil
	case "deflate":
		// RFC 9110 means zlib; some servers send the bare stream.
		if len(first) == 2 && first[0]&0x0f == 8 && (int(first[0])<<8|int(first[1]))%31 == 0 {
			return zlib.NewReader(r)
		}
		return flate.NewReader(r), nil
	}
	return nil, errs.New(errs.BadData, "the body has the encoding %q, which was not asked for", coding)
}
