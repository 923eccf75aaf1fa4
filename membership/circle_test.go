package membership

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// The followers of a key are those that come next in the order of the keys, going
// round at its end.
func TestFollowersAreNextInTheCircle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfDistinct(rapid.Uint64Min(1), rapid.ID).Draw(t, "keys")
		if len(keys) == 0 {
			return
		}
		var peers []*Entry
		for _, key := range keys[1:] {
			peers = append(peers, &Entry{key: key})
		}
		self, others := keys[0], keys[1:]
		slices.SortFunc(others, func(a, b uint64) int { return cmp.Compare(a-self, b-self) })
		want := others[:min(circleReach, len(others))]
		if got := nearestAfter(nil, self, peers); !slices.Equal(got, want) {
			t.Fatalf("followers of %x among %x: %x, not %x", self, others, got, want)
		}
	})
}

// A follower that dies is replaced by the one behind it, and one that joins in
// between is told first.
func TestFollowersChangeWithTheMembers(t *testing.T) {
	c := newCluster(t, 3)
	nodes := c.grow(8)
	c.within(5*time.Second, "all see all", func() bool { return c.allSee(8, StatusUp) })
	n := nodes[0]
	first := n.follower()
	if outcome, err := n.table.Condemn(n.now, first.Key(), first.Generation(), first.Incarnation(), 1); err != nil || !outcome.Has(Changed) {
		t.Fatalf("condemned: %v, %v", outcome, err)
	}
	n.changed(first)
	for range 2 * circleReach {
		if e := n.follower(); e == nil || e == first || !e.Live() {
			t.Fatalf("%v follows, after the death of %v", e, first)
		}
	}
}

// What the push at once leaves out waits for the first gossip interval and not
// for luck: it begins within a quarter of one.
func TestNewsReachesAllInTheFirstInterval(t *testing.T) {
	c := newCluster(t, 11)
	nodes := c.grow(48)
	c.within(5*time.Second, "all see all", func() bool { return c.allSee(48, StatusUp) })
	limit := nodes[0].Coordinator.cfg.GossipInterval/quickening + 20*time.Millisecond
	for i := range 20 {
		c.run(10*time.Second, nil)
		zone := string(rune('a' + i))
		if err := nodes[i].SetZone(c.now, zone); err != nil {
			t.Fatal(err)
		}
		c.step(nodes[i])
		id := nodes[i].cfg.ID
		c.within(limit, "all know", func() bool {
			for _, n := range nodes {
				if n.table.LookupID(id).Zone() != zone {
					return false
				}
			}
			return true
		})
	}
}

// Nobody waits longer than two periods for a probe by somebody, where chance
// alone would leave out one in a hundred for five.
func TestEachIsProbedInTwoPeriods(t *testing.T) {
	const n = 32
	c := formed(t, 17, n, nil)
	last := make(map[uint64]Instant)
	var worst time.Duration
	c.spy = func(_ *testNode, out Outbound, _ int) {
		key := out.Envelope.Probe
		if since, ok := last[key]; ok && key != 0 {
			worst = max(worst, c.now.Sub(since))
		}
		last[key] = c.now
	}
	c.run(2*time.Minute, nil)
	if limit := 2*c.nodes[0].Coordinator.cfg.Period + 10*time.Millisecond; worst > limit {
		t.Errorf("somebody was not probed for %v, longer than %v", worst, limit)
	}
	for _, node := range c.nodes {
		if since, ok := last[node.key]; !ok || c.now.Sub(since) > 3*node.Coordinator.cfg.Period {
			t.Errorf("%s was last probed at %v of %v", node.cfg.ID, since, c.now)
		}
	}
}

// Who is accused has its jury, so the one before it in the circle looks after the
// next: neighbours that crash together do not wait for each other.
func TestWhoIsAccusedIsWatchedByItsJury(t *testing.T) {
	c := formed(t, 18, 8, nil)
	n := c.nodes[0]
	followers := n.following()
	for i, key := range followers {
		if e := n.watched(); e == nil || e.Key() != key {
			t.Fatalf("after %d accusations %v is watched, not follower %d", i, e, i)
		}
		e := n.table.Lookup(key)
		n.accuse(e, hearsayv1.EvidenceNack)
	}
	if e := n.watched(); e != nil {
		t.Fatalf("%v is watched, and all followers are accused", e)
	}
}
