// Package transporttest is the conformance suite of transports, and envelopes
// to test them with.
//
// A transport is any implementation of transport.Transport. To write one, move
// bytes from Send to the other side's transport.Inbox, and let the inbox do the
// rest; the example in this package is a complete one. Then describe it by a
// [Harness] and run the suite in a test:
//
//	func TestConformance(t *testing.T) {
//		transporttest.Run(t, transporttest.Harness{
//			Open: func(t testing.TB, local transport.Local, options transporttest.Options) transport.Transport {
//				node, err := mine.Config{ /* loopback, any port */ }.Open(local)
//				if err != nil {
//					t.Fatal(err)
//				}
//				return node
//			},
//		})
//	}
//
// Open is the only field that is required. The others let the suite test more:
// addresses that do not answer, hostile bytes, notices, allocations.
//
// # What the suite holds a transport to
//
// Order of what a peer sends, bounded polls, Ready, and who owns what was
// polled; the sizes that it says it carries, and ErrTooLarge beyond; invalid
// and filtered targets; a bound on its queue, and recovery; that a peer that is
// silent or gone delays nobody; notices; that clusters, wire versions and
// hostile bytes are kept out and counted; restarts and Forget; counters; use by
// many goroutines at once; that Close brings out what was accepted before, the
// state after it, and that no goroutine is left. Run it with the race detector,
// too.
//
// The suite never sleeps: it waits for Ready, or lets the harness advance time.
// Its random tests log their seed.
package transporttest
