package membership

import (
	"fmt"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// snapshotOf returns the records of n nodes of which the first few are of the
// version given.
func snapshotOf(t testing.TB, c *cluster, n, few int, version uint32) *Snapshot {
	t.Helper()
	records := make([]hearsayv1.NodeRecord, n)
	for i := range records {
		cfg := c.config(i).withDefaults()
		raw, err := encodeOwner(cfg.ID, ownerPartOf(&cfg, hearsayv1.NodeStatusUp))
		if err != nil {
			t.Fatal(err)
		}
		records[i] = record(cfg.ID, uint64(NewGeneration(1, uint32(i+1))), 0, hearsayv1.VerdictNone, 7, raw, 0)
		if i < few {
			records[i].Version = version
		}
	}
	s, err := NewSnapshot(records)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// import starts a node in the middle of its life.
func (c *cluster) imported(cfg Config, s *Snapshot) *testNode {
	c.t.Helper()
	coordinator, err := New(cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	n := &testNode{Coordinator: coordinator, cfg: cfg, at: cfg.Endpoints[0].Address}
	c.nodes = append(c.nodes, n)
	if err := n.Import(c.now, s); err != nil {
		c.t.Fatal(err)
	}
	c.step(n)
	return n
}

// A node that missed a few updates gets them in two round trips, and all that is
// sent besides probes and acks is one Sum, a few tags, and the records.
func TestATableThatIsBehindIsMendedForLittle(t *testing.T) {
	const n = 1000
	for _, test := range []struct{ behind, most int }{{1, 1400}, {10, 2600}} {
		t.Run(fmt.Sprint(test.behind, " behind"), func(t *testing.T) {
			c := newCluster(t, uint64(test.behind))
			current, outdated := snapshotOf(t, c, n, 0, 0), snapshotOf(t, c, n, test.behind, 6)
			for i := range n - 1 {
				c.imported(c.config(i), current)
			}
			late := c.imported(c.config(n-1), outdated)
			bytes, first, kinds := 0, Never, ""
			c.spy = func(_ *testNode, out Outbound, size int) {
				env := out.Envelope
				if env.Sum == nil && env.Tags == nil && env.Want == nil && env.Delta == nil {
					return
				}
				kind := "records"
				switch {
				case env.Sum != nil:
					kind, first = "sum", min(first, c.now)
				case env.Tags != nil:
					kind = "tags"
				case env.Want != nil:
					kind = "want"
				}
				bytes += size
				kinds += fmt.Sprintf(" %s %d", kind, size)
			}
			root := c.nodes[0].table.Root()
			c.within(5*time.Second, "mended", func() bool { return late.table.Root() == root })
			took := c.now.Sub(first)
			c.run(5*time.Second, nil)
			t.Logf("%d bytes in %v:%s", bytes, took, kinds)
			if bytes > test.most || took > 4*2*c.latency {
				t.Errorf("%d bytes of at most %d, and %v", bytes, test.most, took)
			}
		})
	}
}
