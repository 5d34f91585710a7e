package price

import "strings"

// number is a number in a text: groups of digits with one separator byte
// between each two.
type number struct {
	start, end int // in the text, of the digits
	groups     []string
	seps       []byte // '.', ',', ' ', '\''; 'E' for a euro sign between euros and cents
	led        bool   // a point stands before the first digit
}

// maxDigits bounds numbers; longer ones are no prices.
const maxDigits = 24

// firstNumber finds the first number from i on that may be an amount: no rate,
// no part of a word.
func firstNumber(s string, i int) (number, bool) {
	for i < len(s) {
		if !isDigit(s[i]) {
			i++
			continue
		}
		n := scanNumber(s, i)
		if i = n.end; n.digits() > maxDigits {
			continue
		}
		if rest := strings.TrimLeft(s[n.end:], " "); strings.HasPrefix(rest, "%") {
			continue
		}
		return n, true
	}
	return number{}, false
}

// scanNumber reads the number whose first digit is at i.
func scanNumber(s string, i int) number {
	n := number{start: i, led: i > 0 && s[i-1] == '.' && (i < 2 || !isLetter(s[i-2]))}
	for {
		from := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		n.groups = append(n.groups, s[from:i])
		n.end = i
		sep, next := separator(s, i)
		if next < 0 || !n.continues(s, sep, i, next) {
			return n
		}
		n.seps = append(n.seps, sep)
		i = next
	}
}

// separator reads what stands between digits at i, and returns where the next
// digit is; -1 when the number ends here.
func separator(s string, i int) (sep byte, next int) {
	if i == len(s) {
		return 0, -1
	}
	switch c := s[i]; {
	case c == '.' || c == ',':
		next = i + 1
		if next < len(s) && s[next] == ' ' {
			next++
		}
		sep = c
	case c == ' ' || c == '\'':
		sep, next = c, i+1
	case strings.HasPrefix(s[i:], "’"):
		sep, next = '\'', i+len("’")
	default:
		rest := strings.TrimLeft(s[i:], " ")
		if !strings.HasPrefix(rest, "€") {
			return 0, -1
		}
		rest = rest[len("€"):]
		sep, next = 'E', len(s)-len(rest)
		if strings.HasPrefix(rest, " ") {
			sep, next = 'e', next+1
		}
	}
	if sep == ' ' {
		if rest := strings.TrimLeft(s[i:], " "); strings.HasPrefix(rest, "€") {
			sep, next = 'e', len(s)-len(strings.TrimLeft(rest[len("€"):], " "))
		}
	}
	if next >= len(s) || !isDigit(s[next]) {
		return 0, -1
	}
	return sep, next
}

// continues reports whether the digits at next belong to the number.
func (n *number) continues(s string, sep byte, end, next int) bool {
	digits := 0
	for next+digits < len(s) && isDigit(s[next+digits]) {
		digits++
	}
	last := len(n.groups[len(n.groups)-1])
	switch sep {
	case ' ', '\'':
		// 12 590, but not 100,00 125,00 and not 3 500 g 12.
		return digits == 3 && last <= 3 && (len(n.seps) == 0 || n.seps[len(n.seps)-1] == sep)
	case 'e': // 35€ 99
		return digits == 2 && strings.IndexByte(string(n.seps), 'e') < 0 && !n.hasCents() && !followedByMore(s[next+digits:])
	case 'E': // 1250€60
		return !n.hasCents()
	}
	if next > end+1 { // "119. 95", but not "12, 500"
		return digits == 2 || digits == 3 && last <= 3 && sep == ','
	}
	return true
}

// followedByMore reports whether cents that stand after a euro sign and a
// space are an amount of their own.
func followedByMore(rest string) bool {
	rest = strings.TrimLeft(rest, " ")
	return rest != "" && (rest[0] == ',' || rest[0] == '.' || strings.HasPrefix(rest, "€") || rest[0] == '%')
}

func (n *number) hasCents() bool {
	k := len(n.seps)
	return k > 0 && (n.seps[k-1] == '.' || n.seps[k-1] == ',') && len(n.groups[k]) != 3
}

// isDate reports whether a number is a day, such as 15.08.2017.
func (n *number) isDate() bool {
	return len(n.groups) == 3 && n.seps[0] == '.' && n.seps[1] == '.' && len(n.groups[0]) <= 2 && len(n.groups[1]) == 2 && len(n.groups[2]) == 4
}

func (n *number) digits() int {
	total := 0
	for _, g := range n.groups {
		total += len(g)
	}
	return total
}

// fraction is how many digits stand after the last point or comma, 0 when
// there is none.
func (n *number) fraction() int {
	k := len(n.seps)
	if k == 0 || n.seps[k-1] == ' ' || n.seps[k-1] == '\'' {
		return 0
	}
	return len(n.groups[k])
}

// decimal is the number as a plain decimal. Three digits after the last
// separator are thousands, unless nothing or a zero stands before them.
func (n *number) decimal() string {
	k := len(n.seps)
	if k == 0 {
		if n.led {
			return clean("0", n.groups[0])
		}
		return clean(n.groups[0], "")
	}
	last := n.seps[k-1]
	f := n.fraction()
	cents := last == 'E' || last == 'e' || f > 0 && f != 3 || f == 3 && k == 1 && strings.Trim(n.groups[0], "0") == ""
	if k > 1 && n.seps[k-2] == last { // 1.234.56 is odd, 1,23,456 is Indian
		cents = cents && f != 3
	}
	if !cents {
		return n.split(0)
	}
	return n.split(f)
}

// split is the number with that many of its last digits after the point.
func (n *number) split(digits int) string {
	all := strings.Join(n.groups, "")
	return clean(all[:len(all)-digits], all[len(all)-digits:])
}

// clean writes a decimal without leading zeros.
func clean(whole, frac string) string {
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if frac == "" {
		return whole
	}
	return whole + "." + frac
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
