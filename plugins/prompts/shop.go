package main

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// What the shop and its products say stands between these. No text from
// outside has such brackets.
const (
	shopOpen, shopClose         = "<shop>", "</shop>"
	productsOpen, productsClose = "<products>", "</products>"
)

// shop writes what the shop says about itself, one aspect a line.
func (p *prompt) shop(s *omakase.StoreInfo) {
	if s == nil {
		return
	}
	p.heading("shop")
	p.line(p.texts.fill("shop_intro", "open", shopOpen, "close", shopClose))
	p.line(shopOpen)
	p.aspect("shop_name", s.Name)
	p.aspect("shop_description", s.Description)
	p.aspect("shop_url", s.URL)
	p.words("shop_categories", s.Categories)
	p.aspect("shop_tone", s.Tone)
	p.words("shop_use", s.UseWords)
	p.words("shop_avoid", s.AvoidWords)
	p.aspect("shop_shipping", s.Shipping)
	p.aspect("shop_returns", s.Returns)
	p.aspect("shop_payment", s.Payment)
	p.aspect("shop_support", s.Support)
	p.line(shopClose)
	if s.Tone != "" || len(s.UseWords) > 0 || len(s.AvoidWords) > 0 {
		p.line(p.texts["brand"])
	}
}

func (p *prompt) aspect(key, text string) {
	text, cut := clean(text, widthSays)
	if text == "" {
		return
	}
	p.line(p.texts[key] + ": " + text)
	if cut {
		p.cutShop(key)
	}
}

// words writes a list as one line.
func (p *prompt) words(key string, list []string) {
	var joined string
	cut := len(list) > maxWords
	for _, word := range list[:min(len(list), maxWords)] {
		word, short := clean(word, widthWord)
		cut = cut || short
		switch {
		case word == "":
			continue
		case len(joined)+len(word) > maxListChars:
			cut = true
			continue
		case joined != "":
			joined += " | "
		}
		joined += word
	}
	if joined != "" {
		p.line(p.texts[key] + ": " + joined)
	}
	if cut {
		p.cutShop(key)
	}
}

func (p *prompt) cutShop(key string) {
	p.notes = append(p.notes, p.texts.fill("cut_shop", "field", p.texts[key]))
}
