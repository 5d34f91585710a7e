// Package crawl is what plugins share that find a shop's products by following
// addresses: how to read and resolve an address, which form of it is the one
// that compares, which links lead nowhere new, and what a sitemap lists.
//
// It fetches nothing and keeps nothing: what a walk must remember is in its
// cursor, and which products were seen already is the host's business.
package crawl
