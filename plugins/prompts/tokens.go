package main

// tokens estimates how many tokens a model makes of a text. It may be too high
// and is meant never to be too low for text that people write: three letters
// or digits of a run, one mark, or half a character of the larger scripts a
// token.
func tokens(text string) int {
	halves, run := 0, 0
	kind := byte(0)
	for _, r := range text {
		k, cost := kindOf(r)
		if k != kind {
			kind, run = k, 0
		}
		if k == 'a' || k == '0' {
			if run%3 == 0 {
				halves += 2
			}
			run++
			continue
		}
		halves += cost
	}
	return (halves + 1) / 2
}

// kindOf is the kind of a character, and its cost in halves of a token where
// it has one of its own.
func kindOf(r rune) (kind byte, halves int) {
	switch {
	case r == ' ': // goes with the word after it
		return ' ', 0
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		return 'a', 0
	case r >= '0' && r <= '9':
		return '0', 0
	case r < 0x80:
		return '.', 2
	case r >= 0x3000 && r <= 0x30ff: // kana and their marks
		return 'k', 2
	case r < 0x250: // letters with accents
		return 'l', 3
	case r < 0x2e80:
		return 'o', 4
	case r >= 0xac00 && r <= 0xd7a3: // Hangul
		return 'h', 3
	case r <= 0xffff: // Han above all
		return 'h', 4
	}
	return 'x', 6
}
