package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"os"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/fetch"
)

// maxBody is the largest saved body that is read, after decompression.
const maxBody = 64 << 20

// readBody reads a saved page or body, unpacked and as UTF-8; - is stdin.
func readBody(name string, stdin io.Reader) ([]byte, error) {
	op := "reading " + name
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, &errs.Error{Kind: errs.NotFound, Err: err}
		}
		defer f.Close()
		in = f
	}
	buffered := bufio.NewReader(in)
	in = buffered
	if magic, err := buffered.Peek(2); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, &errs.Error{Kind: errs.BadData, Op: op, Err: err}
		}
		in = unpacked
	}
	body, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	switch {
	case err != nil:
		return nil, &errs.Error{Kind: errs.BadData, Op: op, Err: err}
	case len(body) > maxBody:
		return nil, errs.Wrap(op, errs.New(errs.TooLarge, "it has more than %d MB", maxBody>>20))
	}
	return fetch.UTF8(body, contentType(body)), nil
}

// contentType tells a JSON body from a page by how it begins.
func contentType(body []byte) string {
	if b := bytes.TrimLeft(body, "\ufeff \t\r\n"); len(b) > 0 && (b[0] == '{' || b[0] == '[') {
		return "application/json"
	}
	return "text/html"
}
