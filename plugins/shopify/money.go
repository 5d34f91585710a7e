package main

import "strings"

// decimal reads a plain decimal such as "1980" or "12.50" and drops leading
// zeros. Anything else, signs and exponents included, is no price.
func decimal(s string) (string, bool) {
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

// looseDecimal is decimal for pages written by hand, which group thousands:
// "1,234.00".
func looseDecimal(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, ",") {
		return decimal(s)
	}
	whole, frac, dot := strings.Cut(s, ".")
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if len(g) != 3 && (i > 0 || len(g) == 0 || len(g) > 3) {
			return "", false
		}
	}
	s = strings.Join(groups, "")
	if dot {
		s += "." + frac
	}
	return decimal(s)
}

// hundredths reads Shopify's integers, which count hundredths of the unit
// whatever the currency: 12900 is 129.00, also of yen.
func hundredths(s string) (string, bool) {
	if s == "" || !isDigits(s) || len(s) > 18 {
		return "", false
	}
	for len(s) < 3 {
		s = "0" + s
	}
	return decimal(s[:len(s)-2] + "." + s[len(s)-2:])
}

// decimals is how many digits prices in a currency have after the point; -1
// when the currency is not known.
func decimals(currency string) int {
	switch {
	case currency == "":
		return -1
	case zeroDecimal(currency):
		return 0
	}
	return 2
}

// withDecimals writes a decimal with that many digits after the point:
// 3500.00 yen are "3500", 12.5 dollars "12.50". Digits that mean something
// stay, and where the number is not known all stay.
func withDecimals(s string, digits int) string {
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

const zeros = "00"

// zeroDecimal reports the currencies without a minor unit (ISO 4217).
func zeroDecimal(currency string) bool {
	switch currency {
	case "JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF", "BIF", "DJF", "GNF", "KMF", "RWF", "VUV":
		return true
	}
	return false
}

// compareDecimals orders two results of decimal by amount.
func compareDecimals(a, b string) int {
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

// isCurrency reports whether s has the form of an ISO 4217 code.
func isCurrency(s string) bool {
	if len(s) != 3 {
		return false
	}
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
