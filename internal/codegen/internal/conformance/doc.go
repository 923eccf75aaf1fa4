// Package conformance compares generated codecs with those of protobuf-go, on the
// kinds and numbers of fields that protobuf's public conformance tests have: with
// random messages, with random bytes, and on demand with millions of them.
package conformance
