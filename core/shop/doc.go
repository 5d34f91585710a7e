// Package shop is what a customer does with a catalogue: fill a cart, and have
// an order made of it.
//
// It decides what may be in a cart, what an order costs, which stock it takes
// and which way it may go on. It knows of no HTTP, no plugin and no SQL: the
// Store that it works on sees to it that a decision and its effect are one.
package shop
