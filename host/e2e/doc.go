// Package e2e holds the tests of the whole: the real binary, real sockets and
// real databases, as an operator, a frontend and a crash would use them. It
// knows the product only from outside and holds nothing but tests.
package e2e
