// Command omakase turns a shop's URL into a searchable catalogue, and a
// catalogue into a sales agent that speaks.
package main

func main() {}
