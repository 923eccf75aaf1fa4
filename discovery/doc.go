// Package discovery finds out whom a node asks first for a way into its cluster.
//
// A Resolver returns addresses, or as many as it could find together with what
// went wrong. A node asks it when it starts and then again, for the whole of its
// life: the answer of a DNS server that was down, or that knew only machines
// that are gone, gets better with time. So a resolver keeps nothing, and none of
// its errors is final.
//
//	resolver, err := discovery.Seeds("10.0.0.7:7946", "gossip.example.com:7946")
//	…
//	resolver = discovery.Join(resolver, discovery.File{Path: "/etc/hearsay/seeds"})
//
// There are Static addresses, names in DNS, a File that is read again each time,
// and Join of several. Anything else (a cloud's API, Consul, a Kubernetes
// watch) is one method.
//
// A node's own address may be among the addresses; the protocol knows itself. A
// node that finds only itself starts a cluster; one that finds nothing waits.
// All resolvers of this package may be used by several goroutines at a time.
package discovery
