package catalog

// signs are written before an amount; other currencies are named behind it.
var signs = map[string]string{
	"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "INR": "₹", "CNY": "CN¥", "TWD": "NT$", "HKD": "HK$",
	"AUD": "A$", "CAD": "CA$", "NZD": "NZ$", "SGD": "S$",
}

// Format is the amount as people read it, with thousands set apart: ¥5,132,
// $12.99, 1,200.00 CHF.
func (m Money) Format() string {
	digits := m.Decimal()
	b := make([]byte, 0, len(digits)+12)
	if digits[0] == '-' {
		b, digits = append(b, '-'), digits[1:]
	}
	sign, known := signs[m.Currency]
	b = append(b, sign...)
	integer := len(digits)
	if n := Digits(m.Currency); n > 0 {
		integer -= n + 1
	}
	for i := range integer {
		if i > 0 && (integer-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, digits[i])
	}
	b = append(b, digits[integer:]...)
	if !known && m.Currency != "" {
		b = append(append(b, ' '), m.Currency...)
	}
	return string(b)
}
