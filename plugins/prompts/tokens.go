package main

// tokens estimates how many tokens a model makes of a text. It may be too high
// and is meant never to be too low for text that people write: three letters
// or digits of a run, one mark, or half a character of the larger scripts a
// token.
func tokens[T string | []byte](text T) int {
	halves, run := 0, 0
	last := byte(0)
	for i := range len(text) {
		c := text[i]
		cost := costs[c]
		switch {
		case cost == inRun:
			if kind := c & 0x40; kind != last || run == 0 { // digits are below, letters above
				last, run = kind, 0
			}
			if run%3 == 0 {
				halves += 2
			}
			run++
			continue
		case c == 0xe3 && i+1 < len(text) && text[i+1] < 0x84: // kana and their marks
			cost = 2
		}
		halves += int(cost)
		run = 0
	}
	return (halves + 1) / 2
}

// inRun is a letter or a digit, which costs by its place.
const inRun = 0xff

// costs are halves of a token by the first byte of a character; the bytes
// after it cost nothing.
var costs = func() (c [256]byte) {
	for b := range 256 {
		switch {
		case b >= '0' && b <= '9', b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z':
			c[b] = inRun
		case b == ' ': // goes with the word after it
		case b < 0x80:
			c[b] = 2
		case b < 0xc0: // within a character
		case b < 0xca: // letters with accents
			c[b] = 3
		case b >= 0xea && b <= 0xed: // Hangul, above all
			c[b] = 3
		case b < 0xf0:
			c[b] = 4
		default:
			c[b] = 6
		}
	}
	return c
}()
