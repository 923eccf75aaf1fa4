package membership

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// The claims of "SWIM: Scalable Weakly-consistent Infection-style Process Group
// Membership Protocol" (Das, Gupta, Motivala; DSN 2002), each by its section.

// §3.1: where the direct probe is not answered, k members probe for the
// prober, and one answer through any of them is enough.
func TestSWIM31IndirectProbes(t *testing.T) {
	c := formed(t, 351, 12, func(cfg *Config) { cfg.Detector = DetectorSWIM })
	a, b := c.nodes[0], c.nodes[1]
	c.cut = func(from, to netip.AddrPort) bool { return from == a.at && to == b.at || from == b.at && to == a.at }
	requests := 0
	c.spy = func(from *testNode, out Outbound, _ int) {
		if from == a && out.Envelope.ProbeRequest != nil && out.Envelope.ProbeRequest.Target == b.key {
			requests++
		}
	}
	c.run(time.Minute, nil)
	if probes := 60 / 11; requests < 3*(probes-1) || requests > 3*(probes+2) {
		t.Errorf("%d requests for about %d probes", requests, probes)
	}
	for _, n := range c.nodes {
		if s := n.Stats(); s.Accusations != 0 {
			t.Errorf("%s accuses %d times", n.cfg.ID, s.Accusations)
		}
	}
}

// §3.3: the expected time to the first detection of a failure is constant in
// the size of the group: e/(e−1) periods for probes of random members.
func TestSWIM33DetectionDoesNotDependOnTheSizeOfTheGroup(t *testing.T) {
	for _, n := range []int{4, 16, 64} {
		total, runs := time.Duration(0), 20
		for seed := range uint64(runs) {
			c := formed(t, 360+seed, n, nil)
			c.run(time.Duration(c.rng.Int64N(int64(time.Second))), nil)
			victim := c.nodes[1+c.rng.IntN(n-1)]
			c.crash(victim)
			total += c.within(30*time.Second, "somebody accuses it", func() bool {
				for _, node := range c.up() {
					if node.table.Lookup(victim.key).Accused() {
						return true
					}
				}
				return false
			})
		}
		// e/(e−1) periods, and the probes of a failed member take 9 time-outs besides.
		mean, bound := total/time.Duration(runs), 1582*time.Millisecond+300*time.Millisecond
		t.Logf("n=%d: accused after %v on average", n, mean)
		if mean > bound {
			t.Errorf("n=%d: accused after %v on average, more than %v", n, mean, bound)
		}
	}
}

// §3.3: the load on a member is constant in the size of the group: in a quiet
// group one probe and one ack per period, sent and received.
func TestSWIM33LoadDoesNotDependOnTheSizeOfTheGroup(t *testing.T) {
	for _, n := range []int{2, 8, 64} {
		c := formed(t, uint64(380+n), n, nil)
		c.run(10*time.Second, nil)
		before := 0
		for _, node := range c.nodes {
			before -= node.sent
		}
		c.run(20*time.Second, nil)
		for _, node := range c.nodes {
			before += node.sent
		}
		if perPeriod := float64(before) / 20 / float64(n); perPeriod < 1.9 || perPeriod > 2.1 {
			t.Errorf("n=%d: %.2f datagrams per member and period", n, perPeriod)
		}
	}
}

// §4.1: an update is piggybacked λ·log n times, and those that were sent less
// often go first.
func TestSWIM41PiggybackPrefersWhatWasSentLess(t *testing.T) {
	for _, n := range []int{1, 10, 100, 1000, 10_000} {
		if got, want := rumourSends(n), int(math.Ceil(math.Log(float64(n))))+4; got != want {
			t.Errorf("n=%d: %d sends, want %d", n, got, want)
		}
	}
	q := newRumourQueue()
	q.add(rumourName{subject: 1}, 0, false)
	for range 3 {
		q.begin(10, 10)
		q.take().sent = true
		q.end()
	}
	q.add(rumourName{subject: 2}, 0, false)
	q.begin(10, 10)
	if first := q.take(); first.name.subject != 2 {
		t.Fatal("the older one goes first")
	}
}

// §4.2: a suspect that learns of it refutes with a greater incarnation, which
// only it may raise, and which outranks the suspicion at all others.
func TestSWIM42ASuspectRefutes(t *testing.T) {
	c := formed(t, 391, 16, func(cfg *Config) { cfg.Detector = DetectorSWIM })
	suspect := c.nodes[4]
	c.nodes[0].accuse(c.nodes[0].table.Lookup(suspect.key), hearsayv1.EvidenceSilence)
	c.nodes[0].next = c.now
	c.within(2*time.Second, "all hold the refutation", func() bool {
		for _, n := range c.nodes {
			if e := n.table.Lookup(suspect.key); e.Incarnation() != 1 || e.Accused() || !e.Live() {
				return false
			}
		}
		return true
	})
	for _, n := range c.nodes {
		if want := n == suspect; n.Stats().Refutations > 0 != want {
			t.Errorf("%s refuted %d times", n.cfg.ID, n.Stats().Refutations)
		}
	}
}

// §4.2: a suspect that does not refute in time is declared failed, and the
// declaration overrides its being alive in the incarnation that it names.
func TestSWIM42ASuspicionThatIsNotRefutedEnds(t *testing.T) {
	c := formed(t, 392, 8, func(cfg *Config) { cfg.Detector = DetectorSWIM })
	victim := c.nodes[4]
	c.crash(victim)
	c.within(15*time.Second, "dead everywhere", func() bool { return c.everywhere(victim.cfg.ID, StatusDead) })
	n := c.nodes[0]
	rec := n.table.Lookup(victim.key).record()
	rec.Verdict = hearsayv1.VerdictNone
	if outcome, err := n.table.Merge(c.now, &rec); err != nil || !outcome.Has(Stale) || n.table.Lookup(victim.key).Live() {
		t.Fatalf("alive in the same incarnation: %v, %v", outcome, err)
	}
}

// §4.3: members are probed in the order of a list that is shuffled after each
// round: every member once in n periods, and at most 2n−1 periods between two
// probes of one.
func TestSWIM43RoundRobin(t *testing.T) {
	const n = 20
	rng := rand.New(rand.NewPCG(1, 2))
	ring := probeRing{rng: rng}
	last := map[uint64]int{}
	orders := map[string]bool{}
	for round := range 50 {
		seen, order := map[uint64]bool{}, ""
		for i := range n {
			key, ok := ring.next(func(uint64) bool { return true }, func(keys []uint64) []uint64 {
				for key := range uint64(n) {
					keys = append(keys, key)
				}
				return keys
			})
			now := round*n + i
			if gap := now - last[key]; !ok || seen[key] || round > 0 && gap > 2*n-1 {
				t.Fatalf("member %d in round %d, %d periods after the last time", key, round, gap)
			}
			seen[key], last[key] = true, now
			order += fmt.Sprint(key, " ")
		}
		orders[order] = true
	}
	if len(orders) < 50 {
		t.Fatalf("%d different orders in 50 rounds", len(orders))
	}
}
