package catalog

import (
	"strings"

	"golang.org/x/text/currency"

	"github.com/omakase-ai/omakase/core/errs"
)

// minorDigits are the currencies whose minor unit is not a hundredth, after
// ISO 4217 (list one, 2024-06). The table of golang.org/x/text is CLDR's,
// which gives, say, Serbian dinars no decimals although shops price in them.
var minorDigits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// Digits is the number of decimal digits that prices in the currency have;
// 2 where the currency is "".
func Digits(cur string) int {
	if d, ok := minorDigits[cur]; ok {
		return d
	}
	return 2
}

// ParseCurrency checks an ISO 4217 code in any case; "" stays "".
func ParseCurrency(code string) (string, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if code == "" || code == "JPY" || code == "USD" || code == "EUR" {
		return code, nil
	}
	if _, err := currency.ParseISO(code); err != nil {
		return "", errs.New(errs.Invalid, "%q is not a currency", code).
			WithHint("use an ISO 4217 code such as JPY or USD")
	}
	return code, nil
}
