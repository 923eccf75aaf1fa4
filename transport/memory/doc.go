// Package memory is a network inside one process: for tests, for simulations
// of thousands of nodes, and for programs that run a cluster without sockets.
//
// # Time
//
// A [Network] has no goroutine and no clock. Nothing arrives until somebody
// calls Advance with the time that it now is, as a duration since the start;
// Next says when the next arrival is due, so that a simulator can jump there:
//
//	network, err := memory.NewNetwork(memory.NetworkConfig{
//		Seed: seed,
//		Link: memory.Link{Latency: time.Millisecond, Spread: 4 * time.Millisecond, Loss: 0.01},
//	})
//	a, err := memory.Config{Network: network}.Open(local)
//	…
//	for {
//		due, ok := network.Next()
//		if !ok {
//			break
//		}
//		network.Advance(due) // decodes into the inboxes
//		poll(a)
//	}
//
// [Drive] advances a network with the wall clock instead.
//
// # Determinism
//
// Used from one goroutine, a network does the same to the byte whenever its
// seed and the calls are the same. Envelopes arrive by time, and at one time in
// the order in which they were sent. Every node draws from a random stream of
// its own.
//
// # Faults
//
// A [Link] has latency, jitter (and by it reordering), loss and duplication;
// SetLink gives a pair of nodes, or all links of one, a link of its own. Cut
// stops one direction, Partition splits the network into groups, Heal ends
// both. Hold keeps envelopes back until Release. Closing a transport is the
// crash of its process; its address can be opened again. A process that stalls
// is one that is not polled: its inbox fills, and drops what is newest. Inject
// delivers any bytes from any address, and Tap hears what is sent, which
// together make forgers and replays.
//
// # Limits
//
// Each node may have a bounded number of envelopes under way; beyond it Send is
// transport.ErrQueueFull. What happens to an envelope is decided when it is
// sent: a cut does not stop what is under way.
//
// All methods may be called from any goroutine, but the order of arrivals is
// then no longer fixed by the seed alone.
package memory
