package main

import "strings"

// decimal reads a plain decimal such as "1980" or "12.50" and drops leading
// zeros. Anything else, signs and exponents included, is no price.
func decimal(s string) (string, bool) {
	s = strings.TrimSpace(s)
	whole, frac, dot := strings.Cut(s, ".")
	if whole == "" || len(s) > 20 || !isDigits(whole) || dot && (frac == "" || !isDigits(frac)) {
		return "", false
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if !dot {
		return whole, true
	}
	return whole + "." + frac, true
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

// inCurrency writes a decimal with as many digits as prices in the currency
// have: 3500.00 JPY is "3500", 12.5 USD is "12.50". Digits that mean something
// stay, and without a currency all stay.
func inCurrency(s, currency string) string {
	if s == "" || currency == "" {
		return s
	}
	whole, frac, _ := strings.Cut(s, ".")
	digits := 2
	if zeroDecimal(currency) {
		digits = 0
	}
	for len(frac) > digits && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	if frac == "" && digits == 0 {
		return whole
	}
	for len(frac) < digits {
		frac += "0"
	}
	if len(whole)+1+len(frac) == len(s) {
		return s
	}
	return whole + "." + frac
}

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
