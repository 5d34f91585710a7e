package sqlstore

import (
	"strconv"
	"strings"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/shop"
)

// cartScanner reads a cart as encodeCart writes it, in a tenth of the time that
// reflection takes, which all orders of a group wait for. It gives up on
// anything else, escapes among it, and encoding/json reads that.
type cartScanner struct {
	rest string
	lost bool
}

// readCart reports false, and leaves the cart as it was, when it gave up.
func readCart(data string, c *shop.Cart) bool {
	s := cartScanner{rest: data}
	var lines []shop.Line
	var keys []string
	s.must("{")
	if s.next(`"l":[`) {
		lines = make([]shop.Line, 0, strings.Count(data, `{"p":`))
		for ok := true; ok && !s.lost; ok = s.next(",") {
			lines = append(lines, s.line())
		}
		s.must("]")
		s.next(",")
	}
	if s.next(`"k":[`) {
		for ok := true; ok && !s.lost; ok = s.next(",") {
			s.must(`"`)
			keys = append(keys, s.text())
		}
		s.must("]")
	}
	if s.must("}"); s.lost || s.rest != "" {
		return false
	}
	c.Lines, c.Keys = lines, keys
	return true
}

func (s *cartScanner) line() (l shop.Line) {
	if s.must(`{"p":"`); !s.lost {
		l.ProductID = s.text()
	}
	for _, f := range []struct {
		key string
		to  *string
	}{{`,"v":"`, &l.VariantID}, {`,"n":"`, &l.Name}, {`,"t":"`, &l.VariantTitle}, {`,"i":"`, &l.ImageURL}} {
		if s.next(f.key) {
			*f.to = s.text()
		}
	}
	if s.next(`,"m":{"a":`) {
		l.Price = catalog.Money{Amount: s.number()}
		if s.next(`,"c":"`) {
			l.Price.Currency = s.text()
		}
		s.must("}")
	}
	s.must(`,"q":`)
	l.Quantity = s.number()
	s.must(`,"a":`)
	l.AddedAt = moment(s.number())
	s.must("}")
	return l
}

func (s *cartScanner) next(text string) bool {
	rest, ok := strings.CutPrefix(s.rest, text)
	s.rest = rest
	return ok
}

func (s *cartScanner) must(text string) {
	if !s.next(text) {
		s.lost = true
	}
}

// text reads a string whose first quote is read.
func (s *cartScanner) text() string {
	text, rest, ok := strings.Cut(s.rest, `"`)
	if !ok || strings.IndexByte(text, '\\') >= 0 {
		s.lost = true
	}
	s.rest = rest
	return text
}

func (s *cartScanner) number() int64 {
	end := 0
	for end < len(s.rest) && (s.rest[end] >= '0' && s.rest[end] <= '9' || end == 0 && s.rest[end] == '-') {
		end++
	}
	n, err := strconv.ParseInt(s.rest[:end], 10, 64)
	if err != nil {
		s.lost = true
	}
	s.rest = s.rest[end:]
	return n
}
