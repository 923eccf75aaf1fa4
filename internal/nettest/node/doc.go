// Command node runs one node by a configuration file, for tests: it prints what
// happens as JSON, one event per line, and takes orders, one word per line.
//
//	node -config FILE [key=value ...]
//
// The order "stats" prints counters, "state" the label "name" of all members,
// and "leave" leaves the cluster. The end of the orders is the end of the node, so
// that no node outlives its test.
package main
