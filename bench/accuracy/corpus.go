package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/omakase-ai/omakase/host/fetch"
)

// page is a line of the index.
type page struct {
	File, URL, Kind, Split string
	Expected               map[string]json.RawMessage
}

// maxPage bounds the pages of a corpus after decompression.
const maxPage = 64 << 20

func readIndex(dir string) ([]page, error) {
	f, err := os.Open(filepath.Join(dir, "INDEX.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []page
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var p page
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return nil, fmt.Errorf("INDEX.jsonl:%d: %w", n, err)
		}
		all = append(all, p)
	}
	return all, lines.Err()
}

// body is the page as UTF-8.
func (p *page) body(dir string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(dir, p.File))
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.File, err)
		}
		if data, err = io.ReadAll(io.LimitReader(r, maxPage)); err != nil {
			return nil, fmt.Errorf("%s: %w", p.File, err)
		}
	}
	return fetch.UTF8(data, contentType(data)), nil
}

func contentType(body []byte) string {
	if b := bytes.TrimLeft(body, "\ufeff \t\r\n"); len(b) > 0 && (b[0] == '{' || b[0] == '[') {
		return "application/json"
	}
	return "text/html"
}

// benchmark is the page's id in the product-extraction benchmark.
func (p *page) benchmark() (id string, ok bool) {
	name, ok := strings.CutPrefix(p.File, "peb/")
	return strings.TrimSuffix(name, ".html.gz"), ok
}

// values are what is right for a field, nil when that was not judged. "" is
// right where there is none.
func values(expected map[string]json.RawMessage, field string) []string {
	var out []string
	if v, ok := expected[field]; ok {
		out = append(out, text(v))
	}
	for _, suffix := range [...]string{"_any_of", "_alt"} {
		var many []json.RawMessage
		if json.Unmarshal(expected[field+suffix], &many) == nil {
			for _, v := range many {
				out = append(out, text(v))
			}
		} else if v, ok := expected[field+suffix]; ok {
			out = append(out, text(v))
		}
	}
	return out
}

// text is a JSON value as text; null is "".
func text(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return strings.TrimSpace(s)
	}
	return strings.TrimSpace(string(v))
}
