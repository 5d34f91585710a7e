// Package storefront is what plugins of shop platforms share: asking a shop for
// a document and saying in a shop owner's words why there is none, completing
// the products that were read, and walking a shop by its sitemap and lists.
//
// It knows no platform. What is the same on every platform belongs here; what
// one of them does belongs into its plugin.
package storefront
