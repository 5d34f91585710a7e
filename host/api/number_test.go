package api

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPlainIsExact compares with rational arithmetic.
func TestPlainIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		want, ok := new(big.Rat).SetString(number)
		if !ok {
			t.Fatalf("%s is no number", number)
		}
		negative, whole, frac, ok := plain(number)
		if !ok {
			if n := want.Num(); n.Sign() != 0 && strings.ContainsAny(number, "eE") {
				return // beyond the digits that are taken
			}
			t.Fatalf("%s was refused", number)
		}
		if whole == "" || strings.HasSuffix(frac, "0") || len(whole) > 1 && whole[0] == '0' {
			t.Errorf("%s became %q %q", number, whole, frac)
		}
		got, _ := new(big.Rat).SetString(whole + "." + frac + "0")
		if negative {
			got.Neg(got)
		}
		if got.Cmp(want) != 0 {
			t.Errorf("%s became %v %s.%s", number, negative, whole, frac)
		}
	})
}

func TestPlainBounds(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"1e41", "1e-60", "1e999999999999", "1e-999999999999", "9223372036854775807e9223372036854775807", strings.Repeat("9", 41)} {
		if _, whole, frac, ok := plain(number); ok {
			t.Errorf("%s became %s.%s", number, whole, frac)
		}
	}
	for _, number := range []string{"0", "-0", "0e999999999999999999999", "-0.000", "0e-5"} {
		if negative, whole, frac, ok := plain(number); negative || whole != "0" || frac != "" || !ok {
			t.Errorf("%s became %v %q %q %v", number, negative, whole, frac, ok)
		}
	}
}
