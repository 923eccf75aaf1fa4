// Package sim lets a service be tested against splits, pauses, loss and crashes: whole
// clusters of hearsay in virtual time, on one goroutine, from one seed. The code of the
// protocol, of its driver and of replicated state is what runs in production; time, the
// network and all randomness are the simulator's. Hours take seconds, and a test that
// fails fails again.
//
//	c, err := sim.New(sim.Options{Nodes: 5, Seed: 7, Main: serve})
//	…
//	err = c.Until(func() bool { return c.Agreed() }, 10*time.Second)
//	c.Split(c.Nodes()[:2])
//	err = c.Run(time.Minute)
//	c.Heal()
//	c.Node("n3").Crash()
//	err = c.Until(everyShardHasAnOwner, 30*time.Second)
//
// # The service
//
// Main is what each process does in each of its lives, where a program would call
// hearsay.Start. It opens state of the user's own schema, and makes the service:
//
//	func serve(n *sim.Node) error {
//		shards, err := sim.Open(n, appv1.NewShards())
//		if err != nil {
//			return err
//		}
//		service := newService(n, shards)
//		n.OnEvent(service.handle)                    // as a loop over Node.Events
//		sim.OnChange(n, shards.Replica, service.see) // as a loop over Changes
//		n.Every(time.Second, service.rebalance)      // as a ticker
//		return nil
//	}
//
// A Node has the methods of hearsay.Node that do not wait, under the same names: ID,
// View, Members, Metadata, SetHealth, Joined, Isolated. A service that asks for an
// interface of those that it needs runs on both. It takes the time from Node.Now, waits
// by Node.After, and draws from Node.Rand.
//
// # Time
//
// None passes but by Run and Until. Time jumps from one thing that is due to the next,
// so that quiet hours are cheap: one of a thousand nodes takes less than a minute.
// Between two calls the test may read and do what it likes; At plans something for
// later.
//
// # Faults
//
// Crash, Start, Restart, Leave, Pause and Block are what happens to a node; Split, Cut
// and SetLink, with latency, jitter, loss and duplication, what happens to the network,
// and Heal undoes these. Whatever is done is done at once, in the middle of what is
// going on, and stands in the event log. Mistakes, such as a node on both sides of a
// split, need no error after each line: the next Run returns them.
//
// # Rules
//
// Always adds a rule of the test's own, which is asked after every instant at which
// something happened. The rules of the protocol are watched in every run besides: that
// what was delivered is held, that nobody is taken for dead who runs and can be heard,
// that a view made of events is the view, and a dozen more. A rule that breaks ends the
// run with a Failure, which names the seed, the time and the node.
//
// # One seed, one run
//
// Equal Options and equal calls give equal runs, to the byte of the event log, of which
// Hash is the hash. That holds as long as what the test and the service do is a function
// of what they see: no goroutines, no time.Now, no random numbers but those of Node.Rand
// and Cluster.Rand, and nothing done in the order of a map. It is a habit of such tests
// to run over many seeds:
//
//	for seed := range uint64(100) {
//		c, err := sim.New(sim.Options{Nodes: 5, Seed: seed, Main: serve})
//		…
//	}
//
// # Services with goroutines
//
// A service that holds a *hearsay.Node, and waits in goroutines for its events, is
// tested in a bubble of testing/synctest, on nodes of hearsay.Start over one
// memory.Network, whose Partition, Cut and SetLink are the faults. Time is virtual
// there, too; the order in which goroutines run is not the seed's. The example limiter
// is tested in both ways.
//
// # What it is not
//
// Transports are the simulated one: neither sockets nor encryption are tested here.
// Everything belongs to one goroutine; tests of their own clusters may run in parallel.
package sim
