// Package sim runs clusters of hearsay in virtual time: the real membership
// and gossiper code of every node, on one goroutine, over transport/memory.
//
// A [Cluster] is made from [Options]. Everything that is drawn is drawn from
// the seed in them, by one stream per node and purpose, so that one seed gives
// one run, to the byte of its event log. Time jumps from one thing that is due
// to the next: a deadline of a node, an arrival on the network, an entry of the
// timeline. Nodes with nothing due cost nothing.
//
//	c, err := sim.New(sim.Options{Nodes: 32, Seed: 7, Checkers: check.All})
//	c.At(20*time.Second, fault.Crash{Who: "victim"})
//	err = c.Run(time.Minute)
//
// What goes wrong in a run is a [Fault] on the timeline: crashes, stalls,
// blocked input and output, lossy and cut links, splits, clocks that jump, old
// datagrams that come again. Package fault has them.
//
// What must hold is a [Checker]: it looks at a node after every step in small
// clusters, and once per period in large ones. Package check has them, and
// knows the protocol's rules without asking the protocol's code. The first that
// objects ends the run with a [Failure].
//
// Package scenario puts options, a timeline and expectations together under a
// name, and `hearsay sim` runs them by that name. What came of a run is its
// Result: how long crashes took to be found, what was declared dead and was not,
// how many bytes it cost. Package report makes docs/protocol-results.md of many.
package sim
