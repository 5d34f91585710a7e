// Package routing decides which plugin serves a shop's URL, an agent or a
// tool, and can say why. It knows plugins only by their interfaces and their
// answers; it loads none.
package routing
