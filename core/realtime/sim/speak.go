package sim

import (
	"encoding/binary"
	"math"
	"time"
	"unicode"
)

// Speak is text as sound, 24 kHz PCM of 16 bits: a syllable for each letter,
// made of a voice's tone and two formants. It can be heard as speech of a kind
// and not understood.
func Speak(text string) []byte {
	var sound []byte
	phase := 0.0
	for i, c := range []rune(text) {
		length := 70 * time.Millisecond
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			sound = append(sound, make([]byte, 48*int(length/time.Millisecond))...)
			continue
		}
		if c > 0x2e80 { // a syllable and more
			length = 140 * time.Millisecond
		}
		// Pitch falls over a phrase and wavers with the letters.
		pitch := 190 + 30*math.Sin(float64(i)/5) + float64(c%7)*4
		first, second := 300+float64(c%5)*120, 900+float64(c%11)*150
		sound = appendSyllable(sound, int(length.Seconds()*24000), pitch, first, second, &phase)
	}
	return sound
}

func appendSyllable(sound []byte, samples int, pitch, first, second float64, phase *float64) []byte {
	for n := range samples {
		t := float64(n) / float64(samples)
		envelope := math.Sin(math.Pi*t) * 0.8
		*phase += 2 * math.Pi * pitch / 24000
		v := 0.0
		for h := 1.0; h <= 8; h++ {
			f := pitch * h
			low, high := (f-first)/180, (f-second)/260
			gain := math.Exp(-low*low) + 0.5*math.Exp(-high*high) + 0.12/h
			v += gain * math.Sin(h**phase)
		}
		sound = binary.LittleEndian.AppendUint16(sound, uint16(int16(max(min(v*envelope, 1), -1)*9000)))
	}
	return sound
}

// Words is speech that this service understands: a tone as long as a person
// would take to say the text, with the text inside as samples.
func Words(text string) []byte {
	sound := binary.LittleEndian.AppendUint16(nil, mark)
	sound = binary.LittleEndian.AppendUint16(sound, mark^0xffff)
	sound = binary.LittleEndian.AppendUint16(sound, uint16(len(text)))
	for _, b := range []byte(text) {
		sound = binary.LittleEndian.AppendUint16(sound, uint16(b)<<5)
	}
	tone := Speak(text)
	lead := Speak("ooo") // so that the words come when it listens
	sound = append(append(lead, sound...), tone...)
	return sound
}

const mark = 0x2a6b

// wordsIn finds the texts of Words in a sound.
func wordsIn(sound []byte) (text string) {
	at := func(i int) uint16 { return binary.LittleEndian.Uint16(sound[2*i:]) }
	samples := len(sound) / 2
	for i := 0; i+3 <= samples; i++ {
		if at(i) != mark || at(i+1) != mark^0xffff {
			continue
		}
		n := int(at(i + 2))
		if i+3+n > samples {
			break
		}
		words := make([]byte, n)
		for j := range n {
			words[j] = byte(at(i+3+j) >> 5)
		}
		if text != "" {
			text += " "
		}
		text += string(words)
		i += n
	}
	return text
}

// Silence is so much quiet.
func Silence(d time.Duration) []byte { return make([]byte, 2*int(d.Seconds()*24000)) }
