// Package catalog is what a shop sells: products, variants, money, stock, and
// the search terms by which they are found.
//
// It holds the invariants (a price has a currency's precision, stock is never
// negative, a product has a name) and knows nothing of databases, HTTP or
// plugins.
package catalog
