// Package examples holds programs to read and to run. Each has its own folder:
//
//	go run ./examples/udp
//	go run ./examples/quic
//	go run ./examples/memory
//	go run ./examples/config examples/config/udp.yaml
//	go run ./examples/hello -id n1 -listen 127.0.0.1:7946
//
// The first four run the same five nodes: four know only the first, one leaves,
// one dies without a word, and the others agree. They differ in how gossip
// travels, and in the last it is a file that says so. The fifth is one node of
// a cluster, the program of the README.
//
// state is a module of its own, as a user's is, with a schema. limiter is no program
// but a service and its tests, which put it through splits, crashes and pauses in
// virtual time.
package examples
