// Package archtest keeps the shape of the module: which package may import
// which, what the deterministic packages may not touch, and how long a file or
// a function may grow. Layering and style rot silently; here they fail a test.
//
// A rule is a function from a parsed Module to the Problems it finds. The tests
// run every rule on this module, and every rule on a small bad module, since a
// rule that cannot fail keeps nothing.
//
// To add a package, add its row to the table in arrows.go and say why it may
// import what it imports.
package archtest
