package api

import (
	"strconv"
	"strings"
)

// maxDigits bounds numbers before any arithmetic: no price or quantity needs
// more, and 1e999999999 must not become a text of its own length.
const maxDigits = 40

// plain splits a valid JSON number into its whole and fractional digits
// without exponent and superfluous zeros, exactly: a float would lose digits.
// ok is false when it has more than maxDigits.
func plain(number string) (negative bool, whole, frac string, ok bool) {
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(number), "e")
	mantissa, minus := strings.CutPrefix(mantissa, "-")
	whole, frac, _ = strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+frac, "0")
	if digits == "" {
		return false, "0", "", true
	}
	shift := 0
	if hasExponent {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil {
			return minus, "", "", false
		}
	}
	// The point stands behind the first point digits of digits.
	point := len(digits) - len(frac) + shift
	digits = strings.TrimRight(digits, "0")
	if len(digits) > maxDigits || point > maxDigits || point < -maxDigits {
		return minus, "", "", false
	}
	switch {
	case point <= 0:
		return minus, "0", strings.Repeat("0", -point) + digits, true
	case point >= len(digits):
		return minus, digits + strings.Repeat("0", point-len(digits)), "", true
	}
	return minus, digits[:point], digits[point:], true
}

// wholeNumber reads digits that plain returned; ok is false when they do not
// fit.
func wholeNumber(digits string) (n int64, ok bool) {
	if digits == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}
