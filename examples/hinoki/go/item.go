package main

import (
	"strconv"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

func readShop(r *json.Reader) *omakase.Shop {
	shop := new(omakase.Shop)
	for key := range r.Fields {
		switch key {
		case "name":
			shop.Name = r.Str()
		case "currency":
			shop.Currency = r.Str()
		}
	}
	return shop
}

// readItem reads an item as the platform has it. Prices stay in minor units
// until finish, since the currency may come later.
func readItem(r *json.Reader, shop string) omakase.Product {
	var p omakase.Product
	for key := range r.Fields {
		switch key {
		case "code":
			p.ID = r.Str()
			p.SKU = p.ID
			p.URL = shop + "/item/" + p.ID
		case "title":
			p.Name = r.Str()
		case "text":
			p.Description = r.Str()
		case "price":
			p.Price = r.Text()
		case "was":
			p.CompareAt = r.Text()
		case "maker":
			p.Brand = r.Str()
		case "shelf":
			p.Category = r.Str()
		case "photos":
			for range r.Items {
				p.ImageURLs = append(p.ImageURLs, shop+r.Str())
			}
		case "stock":
			p.Stock = readStock(r)
		case "kinds":
			for range r.Items {
				p.Variants = append(p.Variants, readKind(r))
			}
		case "updated":
			p.UpdatedAt = r.Str()
		}
	}
	return p
}

func readKind(r *json.Reader) omakase.Variant {
	var v omakase.Variant
	for key := range r.Fields {
		switch key {
		case "code":
			v.ID = r.Str()
			v.SKU = v.ID
		case "label":
			v.Title = r.Str()
		case "price":
			v.Price = r.Text()
		case "stock":
			v.Stock = readStock(r)
		}
	}
	return v
}

// readStock is nil where the shop doesn't count.
func readStock(r *json.Reader) *int64 {
	if r.Null() {
		return nil
	}
	n := r.Int64()
	return &n
}

// finish works out what follows from the item's kinds and the currency.
func finish(p *omakase.Product, shop *omakase.Shop) {
	if shop != nil {
		p.Currency = shop.Currency
	}
	p.Availability = availability(p.Stock)
	if len(p.Variants) > 0 {
		p.Availability = omakase.OutOfStock
	}
	low, high := "", ""
	for i := range p.Variants {
		v := &p.Variants[i]
		v.Availability = availability(v.Stock)
		if better(v.Availability, p.Availability) {
			p.Availability = v.Availability
		}
		if low == "" || less(v.Price, low) {
			low = v.Price
		}
		if high == "" || less(high, v.Price) {
			high = v.Price
		}
		v.Price = decimal(v.Price, p.Currency)
	}
	if low != "" {
		p.Price = low
	}
	if high != p.Price {
		p.PriceMax = decimal(high, p.Currency)
	}
	p.Price = decimal(p.Price, p.Currency)
	p.CompareAt = decimal(p.CompareAt, p.Currency)
}

// few is how many the platform itself calls the last ones.
const few = 3

func availability(stock *int64) string {
	switch {
	case stock == nil || *stock > few:
		return omakase.InStock
	case *stock > 0:
		return omakase.LimitedStock
	}
	return omakase.OutOfStock
}

func better(a, b string) bool {
	return a == omakase.InStock && b != omakase.InStock || a == omakase.LimitedStock && b == omakase.OutOfStock
}

// less compares amounts in minor units.
func less(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// decimal writes minor units as the currency has them.
func decimal(minor, currency string) string {
	if minor == "" || currency == "JPY" || currency == "KRW" {
		return minor
	}
	for len(minor) < 3 {
		minor = "0" + minor
	}
	return minor[:len(minor)-2] + "." + minor[len(minor)-2:]
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
