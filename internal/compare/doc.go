// Package compare measures hearsay side by side with what people use instead, in
// one run on one machine. It is a module of its own, so that nobody who uses
// hearsay gets the modules of others with it.
//
//	make compare           # codecs
//	make compare-cluster   # clusters on real sockets
package compare
