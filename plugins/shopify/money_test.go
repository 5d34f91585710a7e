package main

import "testing"

func TestDecimal(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"0": "0", "1980": "1980", "12.50": "12.50", "007": "7", "00.50": "0.50", "0.00": "0.00", " 5 ": "5",
		"": "", ".": "", ".5": "", "5.": "", "-1": "", "+1": "", "1e3": "", "1,000": "", "1.2.3": "", "１２": "",
		"123456789012345678901": "",
	} {
		if got, ok := decimal(s); got != want || ok != (want != "") {
			t.Errorf("decimal(%q) = %q, %v; want %q", s, got, ok, want)
		}
	}
}

func TestLooseDecimal(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"1,234.00": "1234.00", "12,345,678": "12345678", "117.0": "117.0",
		"1,23": "", "1234,567": "", ",123": "", "1,234.5.6": "", "1.234,00": "", "": "",
	} {
		if got, ok := looseDecimal(s); got != want || ok != (want != "") {
			t.Errorf("looseDecimal(%q) = %q, %v; want %q", s, got, ok, want)
		}
	}
}

func TestHundredths(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"12900": "129.00", "350000": "3500.00", "5": "0.05", "50": "0.50", "0": "0.00", "": "", "1.5": "", "-100": "",
	} {
		if got, ok := hundredths(s); got != want || ok != (want != "") {
			t.Errorf("hundredths(%q) = %q, %v; want %q", s, got, ok, want)
		}
	}
}

func TestWithDecimals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ price, currency, want string }{
		{"3500.00", "JPY", "3500"},
		{"3500", "JPY", "3500"},
		{"19.5", "JPY", "19.5"},
		{"0.00", "JPY", "0"},
		{"12", "USD", "12.00"},
		{"12.5", "USD", "12.50"},
		{"12.50", "USD", "12.50"},
		{"12.5000", "USD", "12.50"},
		{"12.345", "KWD", "12.345"},
		{"12.5", "", "12.5"},
		{"12", "", "12"},
		{"", "USD", ""},
	} {
		if got := withDecimals(test.price, decimals(test.currency)); got != test.want {
			t.Errorf("%s %s is %q, want %q", test.price, test.currency, got, test.want)
		}
	}
}

func TestCompareDecimals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"1", "1", 0},
		{"1.00", "1", 0},
		{"1.5", "1.50", 0},
		{"9.99", "10", -1},
		{"10", "9.99", 1},
		{"1.05", "1.5", -1},
		{"0", "0.01", -1},
		{"100000000000000000", "99999999999999999", 1},
	} {
		if got := compareDecimals(test.a, test.b); got != test.want {
			t.Errorf("%s against %s is %d, want %d", test.a, test.b, got, test.want)
		}
		if got := compareDecimals(test.b, test.a); got != -test.want {
			t.Errorf("%s against %s is %d, want %d", test.b, test.a, got, -test.want)
		}
	}
}
