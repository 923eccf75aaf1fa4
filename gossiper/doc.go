// Package gossiper drives a node: one goroutine, one ticker, one step.
//
// The protocol (package membership) is a machine without clock or socket, and
// the transports (package transport) are polled. A Gossiper stands between them
// and does nothing but carry things from one to the other:
//
//	local changes ─▶ poll ─▶ handle ─▶ tick ─▶ send ─▶ store the view ─▶ publish
//
// That is Step. Everything else is about when to call it.
//
// # The loop
//
// Start runs the loop. It steps when the transport has something to read, so a
// probe is answered after a network's round trip and not at the next tick; when
// a local change arrives; and when the ticker ticks, which is set each time to
// the coordinator's next deadline. In a quiet cluster that is a few steps a
// second, each without an allocation.
//
//	g, err := gossiper.New(gossiper.Config{
//		Transport:    t,
//		Coordinator:  coordinator,
//		Publisher:    gossiper.NewStream(coordinator.View()),
//		TickInterval: gossiper.DefaultTickInterval,
//	})
//	…
//	err = g.Start()
//	err = g.Do(ctx, func(now membership.Instant) { err = coordinator.Join(now) })
//	…
//	err = g.Stop()
//
// Users of hearsay need none of this: hearsay.Start does it.
//
// # By hand
//
// A test or a simulator calls Step itself, with times of its own making, on its
// own goroutine. With the memory transport that makes a whole cluster in virtual
// time, equal to the byte for equal seeds.
//
// # What goes wrong
//
// A Send that fails is a SendFailed event and a counter, and the loop goes on.
// So is a notice, by which a transport tells of failures that it learned later;
// the coordinator gets it too. These events are not limited in number: there is
// one for each failure, as many as the protocol makes attempts, and the loop
// logs them at debug level only. Three things end the loop: Stop, a closed
// transport, and a coordinator that has stopped.
//
// # Concurrency
//
// The goroutine that steps owns the coordinator. Others read View, an immutable
// snapshot behind one atomic load, or bring a function to the driver with Do.
package gossiper
