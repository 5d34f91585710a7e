package main

import (
	"slices"
	"strconv"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// catalog writes as many products as the budget holds, from the first on, and
// how to reach the others.
func (p *prompt) catalog(q *omakase.GenerateRequest, reply *omakase.GenerateReply) {
	sells := len(q.Tools) > 0 || q.CatalogTokens > 0
	if !sells {
		return
	}
	total := max(q.TotalProducts, len(q.Products))
	lines := p.best(q, reply)
	p.heading("products")
	closed := ""
	if !slices.Contains(q.Tools, "search_products") {
		closed = "_closed"
	}
	switch n := reply.Included; {
	case total == 0:
		p.line(p.texts["products_none"])
		return
	case n == 0:
		p.line(p.texts.counts("products_hidden"+closed, n, total))
	case n < total:
		p.line(p.texts.counts("products_some"+closed, n, total))
	default:
		p.line(p.texts.counts("products_all", n, total))
	}
	if reply.Included > 0 {
		p.line(p.texts.fill("products_intro", "open", productsOpen, "close", productsClose))
		p.line(productsOpen)
		p.counted = len(p.b)
		p.b = append(p.b, lines...)
		p.countedTo = len(p.b)
		p.line(productsClose)
	}
	if reply.Included < total {
		p.notes = append(p.notes, p.texts.counts("cut_products", reply.Included, total))
	}
}

// best are the lines of the products that the budget holds.
func (p *prompt) best(q *omakase.GenerateRequest, reply *omakase.GenerateReply) []byte {
	var lines []byte
	for i := range q.Products {
		text := p.product(&q.Products[i])
		cost := tokens(text) + 1 // its line break
		if reply.CatalogTokens+cost > q.CatalogTokens {
			break
		}
		reply.CatalogTokens += cost
		reply.Included++
		lines = append(append(lines, text...), '\n')
	}
	return lines
}

// product is a product as a line. Its id is left out: it would take half of
// the room, and tools give it.
func (p *prompt) product(o *omakase.PromptProduct) string {
	b := append(make([]byte, 0, 256), "- "...)
	b = append(b, line(o.Name, widthName)...)
	b = p.appendPrice(b, o)
	for _, aspect := range []string{o.Brand, o.Category} {
		b = appendField(b, line(aspect, widthAspect))
	}
	b = appendField(b, p.stock(o))
	b = appendField(b, line(o.Description, widthDetail))
	return string(b)
}

func appendField(b []byte, text string) []byte {
	if text == "" {
		return b
	}
	return append(append(b, " | "...), text...)
}

func (p *prompt) stock(o *omakase.PromptProduct) string {
	switch {
	case o.Availability == omakase.OutOfStock, o.Stock != nil && *o.Stock <= 0:
		return p.texts["sold_out"]
	case o.Stock != nil:
		return p.texts.fill("left", "count", strconv.FormatInt(*o.Stock, 10))
	case o.Availability == omakase.LimitedStock:
		return p.texts["few_left"]
	case o.Availability == omakase.InStock:
		return p.texts["in_stock"]
	}
	return ""
}

func (p *prompt) appendPrice(b []byte, o *omakase.PromptProduct) []byte {
	price := money(o.Price, o.Currency)
	if price == "" {
		return b
	}
	b = appendField(b, price)
	if before := money(o.CompareAt, o.Currency); before != "" && before != price {
		b = append(append(append(b, " ("...), p.texts.fill("was", "price", before)...), ')')
	}
	return b
}

// money writes an amount with its currency, its thousands apart: ¥1,980.
// A text that is no number is no price.
func money(amount, currency string) string {
	whole := 0
	for whole < len(amount) && amount[whole] >= '0' && amount[whole] <= '9' {
		whole++
	}
	rest := amount[whole:]
	if whole == 0 || len(amount) > 30 || !decimals(rest) {
		return ""
	}
	b := make([]byte, 0, 40)
	sign, known := symbols[currency]
	b = append(b, sign...)
	for i := range whole {
		if i > 0 && (whole-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, amount[i])
	}
	b = append(b, rest...)
	if code := line(currency, 3); !known && code != "" {
		b = append(append(b, ' '), code...)
	}
	return string(b)
}

func decimals(rest string) bool {
	if rest == "" {
		return true
	}
	for i := 1; i < len(rest); i++ {
		if rest[i] < '0' || rest[i] > '9' {
			return false
		}
	}
	return rest[0] == '.' && len(rest) > 1
}

// symbols are those that stand for one currency where they are read.
var symbols = map[string]string{"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩"}
