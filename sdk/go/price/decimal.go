package price

import "strings"

// Decimal reads a plain decimal such as "1980" or "12.50", as machines write
// it, and drops leading zeros. Anything else, signs and exponents included, is
// no price.
func Decimal(s string) (string, bool) {
	s = strings.TrimSpace(s)
	dot := len(s)
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
		case c == '.' && dot == len(s):
			dot = i
		default:
			return "", false
		}
	}
	if dot == 0 || dot == len(s)-1 || len(s) > 20 {
		return "", false
	}
	for dot > 1 && s[0] == '0' {
		s = s[1:]
		dot--
	}
	return s, true
}

// Hundredths reads integers that count hundredths of the unit, as several
// platforms write them whatever the currency: 12900 is 129.00, also of yen.
func Hundredths(s string) (string, bool) { return Minor(s, 2) }

// Minor reads an integer that counts the smallest unit: of digits decimals.
func Minor(s string, digits int) (string, bool) {
	if s == "" || !isDigits(s) || len(s) > 18 || digits < 0 || digits > 6 {
		return "", false
	}
	if digits == 0 {
		return Decimal(s)
	}
	for len(s) <= digits {
		s = "0" + s
	}
	return Decimal(s[:len(s)-digits] + "." + s[len(s)-digits:])
}

// WithDecimals writes a decimal with that many digits after the point:
// 3500.00 yen are "3500", 12.5 dollars "12.50". Digits that mean something
// stay, and below 0, where the number is not known, all stay.
func WithDecimals(s string, digits int) string {
	if s == "" || digits < 0 {
		return s
	}
	dot := strings.IndexByte(s, '.')
	switch {
	case dot < 0 && digits == 0:
		return s
	case dot < 0:
		return s + "." + zeros[:digits]
	}
	end := len(s)
	for end > dot+1+digits && s[end-1] == '0' {
		end--
	}
	switch have := end - dot - 1; {
	case have == 0:
		return s[:dot]
	case have < digits:
		return s[:end] + zeros[:digits-have]
	}
	return s[:end]
}

const zeros = "0000"

// Compare orders two decimals by amount.
func Compare(a, b string) int {
	if a == b {
		return 0
	}
	aw, af, _ := strings.Cut(a, ".")
	bw, bf, _ := strings.Cut(b, ".")
	if len(aw) != len(bw) {
		if len(aw) < len(bw) {
			return -1
		}
		return 1
	}
	if c := strings.Compare(aw, bw); c != 0 {
		return c
	}
	return strings.Compare(strings.TrimRight(af, "0"), strings.TrimRight(bf, "0"))
}

// IsZero reports whether a decimal is nothing: 0, 0.00.
func IsZero(s string) bool { return s != "" && strings.Trim(s, "0.") == "" }

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Loose reads the price that a template wrote into data: a plain decimal, one
// with an exponent, or one that is meant for people, "1,234.00 USD". Text that
// holds more than a price is none.
func Loose(s string) (string, bool) {
	if d, ok := Decimal(s); ok {
		return d, true
	}
	s = strings.TrimSpace(s)
	if len(s) > 40 {
		return "", false
	}
	if whole, exponent, ok := strings.Cut(strings.ToLower(s), "e"); ok {
		if d, ok := Decimal(whole); ok {
			return shift(d, exponent)
		}
	}
	if strings.HasPrefix(s, "-") {
		return "", false
	}
	p := Parse(s, Hint{})
	return p.Amount, p.Amount != ""
}

// shift moves the point of a decimal by an exponent such as "2" or "+2"; what
// goes beyond is no price.
func shift(d, exponent string) (string, bool) {
	exponent = strings.TrimPrefix(exponent, "+")
	exponent = strings.TrimLeft(exponent, "0")
	switch {
	case exponent == "":
		return d, true
	case len(exponent) != 1 || !isDigit(exponent[0]):
		return "", false
	}
	return times(d, int(exponent[0]-'0')), true
}
