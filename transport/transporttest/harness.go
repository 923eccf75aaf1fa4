package transporttest

import (
	"net/netip"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Harness is what the suite must know of a kind of transport. Only Open is
// required; what another field enables is not tested without it.
type Harness struct {
	// Open opens a transport for local as options say, on loopback, such that
	// all transports opened by one Harness can reach each other. It fails the
	// test if it cannot. The suite closes the transport. If options ask for
	// IPv6 and the system has none, it returns nil.
	Open func(t testing.TB, local transport.Local, options Options) transport.Transport

	// Advance lets time pass on a transport that has a time of its own, until
	// something that is under way has arrived. The suite calls it until it
	// sees what it waits for. Without it, the suite waits for Ready.
	Advance func()

	// Unanswered returns an address at which nobody listens, now and for the
	// rest of the test.
	Unanswered func(t testing.TB) netip.AddrPort
	// UnansweredNotice is the notice that a Send to such an address leads to,
	// within Timeout and possibly after several Sends. NoticeNone promises
	// nothing.
	UnansweredNotice transport.Notice

	// Silent returns an address that swallows everything and answers nothing,
	// for the rest of the test.
	Silent func(t testing.TB) netip.AddrPort

	// Inject makes something arrive at target, a transport that was opened for
	// local, that it must drop for the given cause. It reports false if that
	// cannot be made to happen. The suite tries every cause.
	Inject func(t testing.TB, target transport.Transport, local transport.Local, cause transport.Drop) bool

	// ZeroAlloc promises that sending, receiving and polling an envelope of
	// 200 bytes allocates nothing in steady state.
	ZeroAlloc bool

	// Timeout bounds every wait for the network. Default 10 s.
	Timeout time.Duration
}

// Options vary what Harness.Open opens.
type Options struct {
	// IPv6 asks for an IPv6 loopback address; otherwise it is an IPv4 one.
	IPv6 bool
	// Listen asks for exactly this address, which another transport of the
	// harness had before. The zero value asks for one that nobody has.
	Listen netip.AddrPort
	// Filter is the filter to open with.
	Filter transport.Filter
}

// defaultTimeout is ample for a loaded machine under the race detector.
const defaultTimeout = 10 * time.Second

// Run runs the suite. Its tests are subtests of t, one after the other.
func Run(t *testing.T, harness Harness) {
	if harness.Open == nil {
		t.Fatal("transporttest: Harness.Open is nil: give a function that opens a transport")
	}
	if harness.Timeout == 0 {
		harness.Timeout = defaultTimeout
	}
	s := suite{harness}
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"info describes the transport", s.testInfo},
		{"an envelope arrives as it was sent", s.testRoundTrip},
		{"the sender keeps its envelope", s.testSenderKeepsEnvelope},
		{"any envelope arrives", s.testRandomEnvelopes},
		{"IPv6", s.testIPv6},
		{"an IPv4-mapped target is an IPv4 target", s.testMappedTarget},

		{"nothing arrived is no error", s.testEmptyPoll},
		{"envelopes of a peer are polled in order", s.testOrder},
		{"a poll returns no more than asked for", s.testBoundedPoll},
		{"ready is signalled while something waits", s.testReady},
		{"arrivals and the end are told to who asks", s.testWake},
		{"what was polled is valid until the next poll", s.testOwnership},

		{"the largest envelopes arrive", s.testLargest},
		{"too large an envelope is refused", s.testTooLarge},
		{"invalid targets are refused", s.testInvalidTargets},
		{"no envelope is refused", s.testNoEnvelope},
		{"wire versions outside the range are refused", s.testVersionRefused},
		{"filtered targets are refused", s.testFilteredTarget},

		{"filtered sources are dropped", s.testFilteredSource},
		{"clusters do not hear each other", s.testClusters},
		{"wire versions do not mix", s.testVersionMismatch},
		{"a common wire version is used", s.testVersionCommon},
		{"hostile input is dropped and counted by cause", s.testInject},

		{"a full queue refuses and recovers", s.testQueueFull},
		{"a silent peer delays no other", s.testSilentPeer},
		{"an unanswered target is reported", s.testUnanswered},
		{"another identity than expected is reported", s.testWrongIdentity},
		{"forget lets a peer start afresh", s.testForget},
		{"a peer that restarts is reached again", s.testRestart},

		{"counters add up", s.testStats},
		{"concurrent use", s.testConcurrency},
		{"after close everything is closed", s.testClosed},
		{"close brings out what was accepted", s.testCloseBringsOut},
		{"close does not wait for peers", s.testCloseWithQueue},
		{"close leaves no goroutine", s.testGoroutines},
		{"steady state allocates nothing", s.testAllocations},
	} {
		t.Run(test.name, test.run)
	}
}

// suite holds the tests.
type suite struct {
	Harness
}
