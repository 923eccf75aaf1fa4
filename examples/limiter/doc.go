// Package limiter is an example of how a service is tested: a limit of requests per
// second that the members of a cluster share, each as much of it as it has of all
// demand. Each says its demand in state of its own schema, and reckons with what it
// knows of the others; nobody is asked before a request is served.
//
// The service knows no node, only its replica, and is told when that has changed. So
// the same code runs
//
//   - in production, with hearsay.Open on a node that hearsay.Start has made;
//   - in a simulated cluster (limiter_test.go), on one goroutine in virtual time,
//     where a split, a crash and a pause are a line each, and a seed repeats a run to
//     the byte;
//   - in a bubble of testing/synctest (bubble_test.go), on nodes of hearsay.Start over
//     a simulated network, where it may have goroutines of its own.
//
// What the tests hold it to is what gossip can promise: once all have heard of each
// other, the shares of those who can talk add up to the limit at most. A cluster that
// is split in two may grant it twice, and not three times.
package limiter
