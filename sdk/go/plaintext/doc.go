// Package plaintext makes plain text of what shops write: HTML descriptions,
// with markup that was escaped once too often, and names with stray white
// space and invisible characters.
//
// It reads HTML as text only and builds no tree; what asks for elements goes to
// the host's html capability. It never fails: broken markup reads as browsers
// would show it, more or less.
package plaintext
