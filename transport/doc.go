// Package transport defines how gossip travels: the interface that everything
// above it uses, its errors and counters, and the parts that every
// implementation needs.
//
// # For users
//
// A transport is picked by the configuration that opens it:
//
//	var opener transport.Opener = udp.Config{Listen: addr, Insecure: true}
//	node, err := opener.Open(transport.Local{NodeID: "a", Cluster: "prod"})
//
// There are three kinds in the folders beside this one: udp, quic and memory.
// They behave alike: one conformance suite, package transporttest, runs on all
// of them, and on multi, which makes one of several.
//
// # Sending and polling
//
// Nothing in a [Transport] waits for the network. Send accepts an envelope into
// a bounded queue or says at once why not. What arrives is decoded by the
// transport, beside the caller, and waits in a bounded inbox until it is
// polled. A driver is a loop:
//
//	batch := make([]transport.Inbound, 256)
//	for {
//		select {
//		case <-node.Ready():
//		case <-ticker.C:
//		}
//		n, err := node.Poll(batch)
//		if err != nil {
//			return err // closed
//		}
//		for _, in := range batch[:n] {
//			if in.Envelope == nil {
//				failed(in.Source, in.Notice)
//				continue
//			}
//			handle(in)
//		}
//	}
//
// # Ownership
//
// Send reads the envelope during the call only. What Poll returns belongs to
// the caller until the next Poll, which reuses it: keep copies, except of
// strings.
//
// # What can go wrong
//
// An error of Send means that nothing was sent: test it with [errors.Is], and
// see the sentinels beside [ErrQueueFull]. What goes wrong later, if it is
// learned at all, comes from Poll as a [Notice] about the target. A peer that
// does not exist or does not answer is not an error of Send, and delays no
// other peer. What a transport discards, in either direction, is counted in
// [Stats] by cause and is otherwise silent. What comes from another cluster, in
// a wire version that the node does not speak, or from a filtered address is
// discarded before it is decoded.
//
// # Concurrency
//
// One goroutine polls; every other method may be called by any goroutine, also
// during Close.
//
// # Writing one
//
// A transport has to move bytes. [Inbox] does the receiving half: decoding into
// reused memory, the bounded queue, Ready and the counters. [Local],
// [CanonicalTarget] and [Filter] hold the rules that all transports share. The
// example of package transporttest is a whole transport of a page, with the
// suite run on it.
package transport
