// Package config is what the operator decided: one struct, read from a YAML
// file, then environment variables, then command-line flags, each overruling
// the one before.
//
// Every value remembers where it came from, so that each mistake names file,
// line and column, or the variable, and all mistakes are told at once. The
// package decides nothing by itself: it knows of no server, store or plugin,
// only of their settings' names, types and bounds.
package config

//go:generate go test -run Current$ -update
