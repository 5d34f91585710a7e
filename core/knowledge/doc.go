// Package knowledge is what a shop knows besides its products: its context
// (name, brand voice, policies), its frequent questions, and the readers of the
// files and interfaces from which a whole catalogue is imported.
//
// It holds the rules (what is a valid context, which question answers a query,
// which row is a product) and knows nothing of databases, HTTP or the network;
// package importer runs the imports.
package knowledge
