// Package scrape imports a shop's catalogue: it plans the walk, asks a plugin
// for one page after another, and commits each page with the place where the
// next one starts, so that a job can be stopped, resumed and killed at any
// moment without losing or doubling a product.
//
// It knows plugins only as the Scraper interface and the database only as
// store.Store. It fetches nothing itself.
package scrape
