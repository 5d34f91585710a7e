package page

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/omakase-ai/omakase/sdk/go/stock"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// control adds buttons, and links that look like one.
func (o *outliner) control(n *html.Node, s span, f flow) {
	switch n.Data {
	case "button":
		o.button(n, s, f)
	case "a":
		if looksLikeButton(attribute(n, "class")) || looksLikeButton(attribute(n, "id")) || s.end-s.start <= 60 && o.words(s).Buys() {
			o.button(n, s, f)
		}
	case "input":
		switch kind := strings.ToLower(attribute(n, "type")); kind {
		case "submit", "button", "image":
			o.button(n, s, f)
		case "hidden":
		default:
			o.add(wire.Place{Kind: wire.PlaceField, Text: firstOf(kind, "text"), Before: clip(attribute(n, "name"), 60)}, s, f)
		}
	}
}

// words are what the phrases of a text that is shown say. Wrappers hold the same
// text again.
func (o *outliner) words(s span) stock.Words {
	if s != o.worded {
		o.worded, o.said = s, stock.Of(string(o.text[s.start:s.end]))
	}
	return o.said
}

func looksLikeButton(name string) bool {
	return name != "" && (hasFold(name, "btn") || hasFold(name, "button") || hasFold(name, "cart") || hasFold(name, "buy"))
}

func (o *outliner) button(n *html.Node, s span, f flow) {
	if s.end-s.start > maxPrice {
		return
	}
	text, words := "", o.words(s)
	if s.end == s.start {
		for _, key := range [...]string{"value", "aria-label", "title", "alt"} {
			if text == "" {
				text = clip(attribute(n, key), maxPrice)
			}
		}
		words = stock.Of(text)
	}
	if words == 0 || !words.Buys() && !words.Notifies() && words.Stock() == "" {
		return // of the hundreds of buttons of a page, few tell of a sale
	}
	if text == "" {
		text = o.at(s)
	}
	_, off := lookup(n, "disabled")
	off = off || attribute(n, "aria-disabled") == "true" || strings.Contains(" "+attribute(n, "class")+" ", " disabled ")
	o.add(wire.Place{Kind: wire.PlaceButton, Text: text, Off: off}, s, f)
}

// image adds an image that is not known to be an icon.
func (o *outliner) image(n *html.Node, s span, f flow) {
	src := ""
	for _, key := range [...]string{"data-zoom-image", "data-large_image", "data-old-hires", "data-original", "data-src", "data-lazy-src", "data-lazy", "src"} {
		if v := strings.TrimSpace(attribute(n, key)); v != "" && !strings.HasPrefix(v, "data:") && !strings.HasPrefix(v, "{") {
			src = v
			break
		}
	}
	if src == "" || attribute(n, "alt") == "" || o.images >= maxImages || small(attribute(n, "width")) || small(attribute(n, "height")) {
		return
	}
	if o.links != nil {
		src = o.links(src)
	}
	o.images++
	o.add(wire.Place{Kind: wire.PlaceImage, Text: clip(src, 1000), Before: clip(strings.TrimSpace(attribute(n, "alt")), 200)}, s, f)
}

func small(size string) bool {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(size), "px"))
	return err == nil && n < 60
}

// pair adds a labelled value: two cells of a row, a term and its description,
// or "SKU: 4711" in one element.
func (o *outliner) pair(n *html.Node, s span, f flow) bool {
	if o.pairs >= maxPairs || s.end-s.start < 3 {
		return false
	}
	label, value := "", ""
	switch n.Data {
	case "tr":
		label, value = cells(n)
	case "dd":
		if dt := siblingBefore(n, "dt"); dt != nil {
			label, value = textOf(dt), o.at(s)
		}
	default:
		if text := o.text[s.start:s.end]; len(text) <= maxLabelled && (bytes.IndexByte(text, ':') > 0 || bytes.Contains(text, wideColon)) {
			label, value = labelled(string(text))
		}
	}
	label = strings.TrimRight(label, " :：")
	if label == "" || value == "" || len(label) > maxLabel || len(value) > maxPair {
		return false
	}
	o.pairs++
	o.add(wire.Place{Kind: wire.PlacePair, Text: value, Before: label}, s, f)
	return true
}

func cells(tr *html.Node) (label, value string) {
	var texts []string
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && (c.Data == "td" || c.Data == "th") {
			if texts = append(texts, textOf(c)); len(texts) > 2 {
				return "", ""
			}
		}
	}
	if len(texts) != 2 {
		return "", ""
	}
	return texts[0], texts[1]
}

func siblingBefore(n *html.Node, tag string) *html.Node {
	for c := n.PrevSibling; c != nil; c = c.PrevSibling {
		if c.Type == html.ElementNode {
			if c.Data == tag {
				return c
			}
			return nil
		}
	}
	return nil
}

const maxLabelled = 120 // bytes of a text with its label

var wideColon = []byte("：")

// labelled cuts "Label: value".
func labelled(s string) (label, value string) {
	i := strings.IndexAny(s, ":：")
	if i <= 0 || i > maxLabel || len(s) > maxLabelled {
		return "", ""
	}
	value = strings.TrimLeft(s[i:], ":： ")
	if strings.HasPrefix(value, "//") || strings.ContainsAny(value, ":：") {
		return "", ""
	}
	return s[:i], value
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// tail is the end of the text before a place, beginning with a whole word.
func tail(s string) string {
	s = strings.TrimRight(s, " ")
	if len(s) <= maxAround {
		return s
	}
	s = s[len(s)-maxAround:]
	for i := range len(s) {
		if s[i] == ' ' {
			return s[i+1:]
		}
	}
	return strings.ToValidUTF8(s, "")
}

func head(s string) string {
	s = strings.TrimLeft(s, " ")
	if len(s) <= maxAround {
		return strings.TrimRight(s, " ")
	}
	return strings.TrimRight(clip(s, maxAround), " ")
}
