package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Secret is text that is never printed: every formatting and encoding of it
// shows that there is one, not which. Reveal gives the text itself.
type Secret string

const redacted = "[redacted]"

// Reveal is the secret's text. Hand it to who needs it; keep it out of logs.
func (s Secret) Reveal() string { return string(s) }

// String is "" without a secret and a fixed word with one.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format keeps the secret out of every verb, %#v and %x among them.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText keeps the secret out of encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Bytes is a size. It is written as a number of bytes or with a unit: 512KiB,
// 32MiB, 1GiB, or the decimal KB, MB, GB.
type Bytes int64

var byteUnits = []struct {
	suffix string
	size   int64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"KB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"B", 1},
}

// ParseBytes reads a size.
func ParseBytes(text string) (Bytes, error) {
	number, factor := strings.TrimSpace(text), int64(1)
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, factor = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return 0, fmt.Errorf("%q is not a size", text)
	}
	return Bytes(n * factor), nil
}

// String is the size in the largest binary unit that divides it.
func (b Bytes) String() string {
	for _, u := range []int{2, 1, 0} {
		if unit := byteUnits[u]; b != 0 && int64(b)%unit.size == 0 {
			return strconv.FormatInt(int64(b)/unit.size, 10) + unit.suffix
		}
	}
	return strconv.FormatInt(int64(b), 10)
}
