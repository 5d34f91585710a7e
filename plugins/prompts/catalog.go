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
	lines := make([]byte, 0, 4<<10)
	for i := range q.Products {
		begin := len(lines)
		lines = p.product(lines, &q.Products[i])
		cost := tokens(lines[begin:]) + 1 // its line break
		if reply.CatalogTokens+cost > q.CatalogTokens {
			return lines[:begin]
		}
		reply.CatalogTokens += cost
		reply.Included++
		lines = append(lines, '\n')
	}
	return lines
}

// product appends a product as a line. Its id is left out: it would take half
// of the room, and tools give it.
func (p *prompt) product(b []byte, o *omakase.PromptProduct) []byte {
	b = append(b, "- "...)
	b = append(b, line(o.Name, widthName)...)
	b = p.appendPrice(b, o)
	b = appendField(b, line(o.Brand, widthAspect))
	b = appendField(b, line(o.Category, widthAspect))
	b = p.appendStock(b, o)
	return appendField(b, line(o.Description, widthDetail))
}

const between = " | "

func appendField(b []byte, text string) []byte {
	if text == "" {
		return b
	}
	return append(append(b, between...), text...)
}

func (p *prompt) appendStock(b []byte, o *omakase.PromptProduct) []byte {
	switch {
	case o.Availability == omakase.OutOfStock, o.Stock != nil && *o.Stock <= 0:
		return appendField(b, p.texts["sold_out"])
	case o.Stock != nil:
		return p.texts.appendFilled(append(b, between...), "left", "count", strconv.FormatInt(*o.Stock, 10))
	case o.Availability == omakase.LimitedStock:
		return appendField(b, p.texts["few_left"])
	case o.Availability == omakase.InStock:
		return appendField(b, p.texts["in_stock"])
	}
	return b
}

func (p *prompt) appendPrice(b []byte, o *omakase.PromptProduct) []byte {
	begin := len(b)
	b = appendMoney(append(b, between...), o.Price, o.Currency)
	if len(b) == begin+len(between) {
		return b[:begin]
	}
	if o.CompareAt == "" || o.CompareAt == o.Price {
		return b
	}
	if before := string(appendMoney(nil, o.CompareAt, o.Currency)); before != "" && before != string(b[begin+len(between):]) {
		b = append(p.texts.appendFilled(append(b, " ("...), "was", "price", before), ')')
	}
	return b
}

// appendMoney appends an amount with its currency, its thousands apart: ¥1,980.
// A text that is no number is no price.
func appendMoney(b []byte, amount, currency string) []byte {
	whole := 0
	for whole < len(amount) && amount[whole] >= '0' && amount[whole] <= '9' {
		whole++
	}
	rest := amount[whole:]
	if whole == 0 || len(amount) > 30 || !decimals(rest) {
		return b
	}
	sign, known := symbols[currency]
	b = append(b, sign...)
	for i := range whole {
		if i > 0 && (whole-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, amount[i])
	}
	b = append(b, rest...)
	if known {
		return b
	}
	if code := line(currency, 3); code != "" {
		b = append(append(b, ' '), code...)
	}
	return b
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
