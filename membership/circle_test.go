package membership

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
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
