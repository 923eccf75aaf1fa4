package membership

import (
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

func TestTheTimeoutFollowsTheRoundTrips(t *testing.T) {
	e := newRTTEstimator(time.Second)
	want := func(when string, least, most time.Duration) {
		t.Helper()
		if got := e.timeout(); got < least || got > most {
			t.Fatalf("%s: %v, want %v to %v", when, got, least, most)
		}
	}
	want("nothing is known", defaultProbeTimeout, defaultProbeTimeout)
	e.observe(time.Millisecond)
	e.observe(time.Millisecond)
	want("two samples", defaultProbeTimeout, defaultProbeTimeout)
	for range 20 {
		e.observe(time.Millisecond)
	}
	want("a fast network", minProbeTimeout, minProbeTimeout)
	e.backOff()
	want("one time-out", 2*minProbeTimeout, 2*minProbeTimeout)
	for range 20 {
		e.backOff()
	}
	want("many", 250*time.Millisecond, 250*time.Millisecond)
	e.observe(time.Millisecond)
	want("an answer", minProbeTimeout, minProbeTimeout)
	for range 30 {
		e.observe(60 * time.Millisecond)
	}
	want("a slow network", 60*time.Millisecond, 100*time.Millisecond)
	e.observe(time.Hour)
	e.observe(-time.Hour)
	want("nonsense", 60*time.Millisecond, 250*time.Millisecond)
	for range 40 {
		e.observe(time.Millisecond)
	}
	want("fast again", minProbeTimeout, 2*minProbeTimeout)
}

// The round trip grows from less than the time-out to far more: answers that
// come too late teach the nodes to wait.
func TestRoundTripsMayGrowBeyondTheTimeout(t *testing.T) {
	for _, d := range []Detector{DetectorWitness, DetectorLifeguard, DetectorSWIM} {
		c := formed(t, 441, 12, func(cfg *Config) { cfg.Detector = d })
		c.latency = 50 * time.Millisecond // 50 to 100 ms each way
		c.run(20*time.Second, nil)
		count := func() (accusations uint64) {
			for _, n := range c.nodes {
				accusations += n.Stats().Accusations
			}
			return accusations
		}
		before := count()
		c.run(time.Minute, nil)
		if after := count(); after != before {
			t.Errorf("%v: %d accusations, and %d in the minute after", d, before, after-before)
		}
		if wait := c.nodes[0].Stats().ProbeTimeout; wait < 150*time.Millisecond {
			t.Errorf("%v: waits %v", d, wait)
		}
	}
}

func TestALateAnswerTellsHowLongItTook(t *testing.T) {
	c := formed(t, 442, 4, nil)
	n := c.nodes[0]
	c.within(5*time.Second, "a probe is in flight", func() bool { return len(n.prober.flights) == 1 })
	f := n.prober.flights[0]
	n.prober.drop(0)
	subject := c.member(f.subject)
	late := subject.header()
	late.Ack = f.tries[0].sequence
	for i := range 3 {
		mean := n.prober.rtt.mean
		c.now = c.now.Add(100 * time.Millisecond)
		n.Handle(c.now, Inbound{Source: subject.at, Network: "udp", Version: 1, Envelope: &late})
		if grown := n.prober.rtt.mean > mean; grown != (i == 0) {
			t.Fatalf("the answer for the time number %d: the mean goes from %v to %v", i+1, mean, n.prober.rtt.mean)
		}
	}
}

// member returns the node of a key.
func (c *cluster) member(key uint64) *testNode {
	for _, n := range c.nodes {
		if n.key == key {
			return n
		}
	}
	return nil
}

func TestWhatATimeoutRemembersIsBounded(t *testing.T) {
	c := formed(t, 443, 40, nil)
	n := c.nodes[0]
	for _, other := range c.nodes[1:] {
		c.crash(other)
	}
	c.run(5*time.Minute, nil)
	if p := n.prober; len(p.late) > maxLate || len(p.flights) > maxFlights || len(p.relays) > maxRelays {
		t.Fatalf("%d late, %d flights, %d relays", len(p.late), len(p.flights), len(p.relays))
	}
}

// probing returns a node with a probe in flight, of a subject that it also
// probes for another.
func probing(t *testing.T, seed uint64) (c *cluster, n, subject *testNode) {
	c = formed(t, seed, 4, nil)
	n = c.nodes[0]
	c.within(5*time.Second, "a probe is in flight", func() bool { return len(n.prober.flights) == 1 })
	subject = c.member(n.prober.flights[0].subject)
	c.ask(n, c.nodes[1].at, requestFor(c.nodes[1], subject))
	if len(n.prober.relays) != 1 {
		t.Fatal("it does not help")
	}
	return c, n, subject
}

func TestProbesThatNeverLeftAreVoid(t *testing.T) {
	c, n, subject := probing(t, 444)
	voided := n.Stats().ProbesVoided
	n.Handle(c.now, Inbound{Source: addressOf(99), Network: "udp", Notice: NoticeExpired})
	if len(n.prober.flights) != 1 || len(n.prober.relays) != 1 {
		t.Fatal("what is said of another address voids a probe")
	}
	n.Handle(c.now, Inbound{Source: subject.at, Network: "udp", Notice: NoticeExpired})
	if len(n.prober.flights)+len(n.prober.relays) != 0 || n.Stats().ProbesVoided != voided+1 {
		t.Fatalf("%d flights, %d relays", len(n.prober.flights), len(n.prober.relays))
	}
}

func TestARefusedProbeHasFailedAndIsNoEvidence(t *testing.T) {
	for _, notice := range []Notice{NoticeRefused, NoticeBackoff} {
		refusedProbe(t, notice)
	}
}

func refusedProbe(t *testing.T, notice Notice) {
	t.Helper()
	c, n, subject := probing(t, 445)
	n.Handle(c.now, Inbound{Source: subject.at, Network: "udp", Notice: notice})
	if f := n.prober.flights; len(f) != 1 || f[0].hard != hearsayv1.EvidenceUnspecified || f[0].deadline != c.now {
		t.Fatalf("flights %+v", f)
	}
	n.Tick(c.now, time.Time{})
	if len(n.prober.relays) != 0 {
		t.Error("who asked is not answered at once")
	}
	if f := n.prober.flights; len(f) != 1 || !f[0].indirect {
		t.Errorf("no helper is asked: flights %+v", f)
	}
	nacks := 0
	for _, out := range n.Outbound() {
		if r := out.Envelope.ProbeReply; r != nil && r.Result == hearsayv1.ProbeResultNack && out.Target == c.nodes[1].at {
			nacks++
		}
	}
	if nacks != 1 {
		t.Errorf("%d nacks, want 1", nacks)
	}
}

// requestFor is a request of one node to probe another.
func requestFor(asker, subject *testNode) hearsayv1.Envelope {
	env := asker.header()
	env.ProbeRequest = &hearsayv1.ProbeRequest{Target: subject.key, Sequence: 55, TimeoutMicros: 50_000}
	return env
}
