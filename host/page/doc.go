// Package page parses the pages of shops and answers what plugins ask of them:
// CSS selections, structured data in all of its forms, the state that scripts
// start from, and an outline of where a page tells of a sale.
//
// Pages come from strangers. Whatever they hold takes time and memory in
// proportion to their size, and what they say is passed on, not believed: it
// is the plugins that judge. The package knows nothing of fetching, of plugins
// and of shops' platforms.
package page
