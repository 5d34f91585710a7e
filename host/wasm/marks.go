package wasm

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/omakase-ai/omakase/core/scrape"
)

const (
	// markBytes is how much of a page is looked at for marks.
	markBytes = 1 << 20
	// markStep is how far apart the places are that are looked at, and markBlock
	// how many bytes at each. A mark of markStep-1+markBlock bytes has such a
	// block at one of these places, wherever it stands.
	markStep  = 3
	markBlock = 4
	markTable = 1 << 13
)

// marks finds which of several plugins' marks stand in a page, in one pass.
type marks struct {
	of     [][]string // by plugin
	blocks map[uint32][]block
	maybe  [markTable]bool // whether any block has that hash
}

// block is a part of a mark.
type block struct {
	plugin int
	mark   string
	at     int
}

func newMarks(of [][]string) *marks {
	m := &marks{of: of, blocks: map[uint32][]block{}}
	for plugin, list := range of {
		for _, mark := range list {
			for at := 0; at < markStep && len(mark) >= markStep-1+markBlock; at++ {
				key := binary.LittleEndian.Uint32([]byte(mark[at:]))
				m.blocks[key] = append(m.blocks[key], block{plugin, mark, at})
				m.maybe[hashMark(key)] = true
			}
		}
	}
	return m
}

func hashMark(key uint32) uint32 { return key * 0x9e3779b1 >> (32 - 13) }

// in says of each plugin whether a page has one of its marks, or whether it
// names none. In the page's address and headers capitals do not count.
func (m *marks) in(p *scrape.Probe) []bool {
	var lines strings.Builder
	lines.WriteString(p.URL)
	for _, h := range p.Headers {
		lines.WriteString("\n" + h[0] + ": " + h[1])
	}
	head := strings.ToLower(lines.String())
	body := p.Body[:min(len(p.Body), markBytes)]
	found := make([]bool, len(m.of))
	left := 0
	for plugin, list := range m.of {
		found[plugin] = len(list) == 0
		for _, mark := range list {
			short := len(mark) < markStep-1+markBlock
			if strings.Contains(head, strings.ToLower(mark)) || short && bytes.Contains(body, []byte(mark)) {
				found[plugin] = true
				break
			}
		}
		if !found[plugin] {
			left++
		}
	}
	for i := 0; left > 0 && i+markBlock <= len(body); i += markStep {
		key := binary.LittleEndian.Uint32(body[i:])
		if !m.maybe[hashMark(key)] {
			continue
		}
		for _, b := range m.blocks[key] {
			if !found[b.plugin] && i >= b.at && len(body)-i+b.at >= len(b.mark) && string(body[i-b.at:i-b.at+len(b.mark)]) == b.mark {
				found[b.plugin] = true
				left--
			}
		}
	}
	return found
}
