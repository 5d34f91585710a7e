package catalog

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Encode is the REST form of a product: the keys of the contract with existing
// clients first, ours behind them. Keys whose value is absent are left out. It
// is kept beside each row, so that a list is a join of bytes.
func Encode(p *Product) []byte {
	return appendProduct(make([]byte, 0, 768+len(p.Description)+len(p.Variants)*192+len(p.Images)*96), p)
}

func appendProduct(b []byte, p *Product) []byte {
	b = appendField(b, `{"id":`, p.ID)
	b = appendField(b, `,"name":`, p.Name)
	b = appendField(b, `,"description":`, p.Description)
	b = p.Price.appendNumber(append(b, `,"price":`...))
	b = appendField(b, `,"productUrl":`, p.URL)
	b = appendBool(b, `,"isActive":`, p.Active)
	if len(p.Images) > 0 {
		b = appendField(b, `,"imageUrl":`, p.Images[0])
	}
	b = appendInt(b, `,"stockQuantity":`, p.StockQuantity)
	b = appendInt(b, `,"lowStockThreshold":`, p.LowStockThreshold)
	b = appendText(b, `,"currency":`, p.Price.Currency)
	b = appendMoney(b, `,"compareAtPrice":`, p.CompareAt)
	b = appendText(b, `,"availability":`, string(p.Availability))
	b = appendText(b, `,"sku":`, p.SKU)
	b = appendText(b, `,"gtin":`, p.GTIN)
	b = appendText(b, `,"brand":`, p.Brand)
	b = appendText(b, `,"category":`, p.Category)
	b = appendTexts(b, `,"tags":`, p.Tags)
	if len(p.Images) > 1 {
		b = appendTexts(b, `,"imageUrls":`, p.Images)
	}
	b = appendOptions(b, p.Options)
	b = appendVariants(b, p.Variants)
	b = appendSource(b, p.Source)
	b = appendTime(b, `,"createdAt":`, p.CreatedAt)
	b = appendTime(b, `,"updatedAt":`, p.UpdatedAt)
	if p.VanishedAt != nil {
		b = appendTime(b, `,"vanishedAt":`, *p.VanishedAt)
	}
	return append(b, '}')
}

func appendOptions(b []byte, options []Option) []byte {
	if len(options) == 0 {
		return b
	}
	b = append(b, `,"options":[`...)
	for i, o := range options {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendField(b, `{"name":`, o.Name)
		b = appendTexts(b, `,"values":`, o.Values)
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendVariants(b []byte, variants []Variant) []byte {
	if len(variants) == 0 {
		return b
	}
	b = append(b, `,"variants":[`...)
	for i := range variants {
		v := &variants[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = appendField(b, `{"id":`, v.ID)
		b = appendField(b, `,"title":`, v.Title)
		b = appendMoney(b, `,"price":`, v.Price)
		b = appendMoney(b, `,"compareAtPrice":`, v.CompareAt)
		b = appendText(b, `,"availability":`, string(v.Availability))
		b = appendText(b, `,"sku":`, v.SKU)
		b = appendText(b, `,"gtin":`, v.GTIN)
		b = appendTexts(b, `,"options":`, v.Options)
		b = appendText(b, `,"imageUrl":`, v.Image)
		b = appendInt(b, `,"stockQuantity":`, v.Stock)
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendSource(b []byte, s *Source) []byte {
	if s == nil {
		return b
	}
	b = appendField(b, `,"source":{"shop":`, s.Shop)
	b = appendField(b, `,"platformId":`, s.PlatformID)
	b = appendText(b, `,"plugin":`, s.Plugin)
	b = appendText(b, `,"updatedAt":`, s.UpdatedAt)
	return append(b, '}')
}

func appendField(b []byte, key, value string) []byte {
	return AppendString(append(b, key...), value)
}

func appendText(b []byte, key, value string) []byte {
	if value == "" {
		return b
	}
	return appendField(b, key, value)
}

func appendTexts(b []byte, key string, values []string) []byte {
	if len(values) == 0 {
		return b
	}
	b = append(append(b, key...), '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, v)
	}
	return append(b, ']')
}

func appendBool(b []byte, key string, v bool) []byte {
	return strconv.AppendBool(append(b, key...), v)
}

func appendInt(b []byte, key string, v *int64) []byte {
	if v == nil {
		return b
	}
	return strconv.AppendInt(append(b, key...), *v, 10)
}

func appendMoney(b []byte, key string, m Money) []byte {
	if m.IsZero() {
		return b
	}
	return m.appendNumber(append(b, key...))
}

func appendTime(b []byte, key string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	b = append(append(b, key...), '"')
	b = t.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	return append(b, '"')
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD, as
// encoding/json has it; "<" and its like are kept, as JSON.stringify has it.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start, checked := 0, false // checked: the rest is UTF-8
	for i := 0; i < len(s); i++ {
		for i+8 <= len(s) && isPlain(s[i:i+8], checked) {
			i += 8
		}
		if i == len(s) {
			break
		}
		switch c := s[i]; {
		case c < ' ' || c == '"' || c == '\\':
			b = appendEscape(append(b, s[start:i]...), c)
			start = i + 1
		case c >= utf8.RuneSelf && !checked:
			if checked = true; !utf8.ValidString(s[i:]) {
				s = s[:i] + replaceInvalid(s[i:])
			}
		}
	}
	return append(append(b, s[start:]...), '"')
}

// isPlain reports whether eight bytes stand for themselves in a JSON string;
// those of more than ASCII only if they are known to be UTF-8.
func isPlain(s string, utf8 bool) bool {
	const lows, highs = 0x0101010101010101, 0x8080808080808080
	w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | // one load
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	quote, escape := w^('"'*lows), w^('\\'*lows)
	special := (quote-lows)&^quote | (escape-lows)&^escape | (w-' '*lows)&^w
	if !utf8 {
		special |= w
	}
	return special&highs == 0
}

// replaceInvalid returns s with U+FFFD for each byte that is not UTF-8.
func replaceInvalid(s string) string {
	var b strings.Builder
	for _, r := range s { // which yields U+FFFD for each
		b.WriteRune(r)
	}
	return b.String()
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
