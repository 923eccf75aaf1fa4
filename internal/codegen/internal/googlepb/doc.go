// Package googlepb is what protoc-gen-go makes of hearsay's schema of membership:
// the yardstick for the benchmarks of generated codecs, and used by nothing
// else.
package googlepb
