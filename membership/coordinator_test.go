package membership

import (
	"testing"
	"time"
)

func TestAloneANodeIsUpAtOnce(t *testing.T) {
	c := newCluster(t, 1)
	n := c.grow(1)[0]
	if !n.Joined() || n.View().Len() != 1 {
		t.Fatalf("joined %v, view\n%v", n.Joined(), n.View())
	}
	if g := Generation(n.Generation()); g.Counter() != 1 {
		t.Fatalf("generation %v", g)
	}
	if m, _ := n.View().Get("node-000"); m.Status != StatusUp {
		t.Fatalf("status %v", m.Status)
	}
}

func TestFiveNodesJoinThroughOneSeed(t *testing.T) {
	c := newCluster(t, 2)
	c.grow(5)
	took := c.within(5*time.Second, "all see five", func() bool { return c.allSee(5, StatusUp) })
	t.Logf("took %v", took)
	c.run(3*time.Second, nil)
	if !c.allSee(5, StatusUp) {
		t.Fatal("and do not stay so")
	}
	c.check()
}

func TestSixtyFourNodesJoinThroughOneSeed(t *testing.T) {
	c := newCluster(t, 3)
	c.grow(64)
	seen := c.within(5*time.Second, "all see all", func() bool {
		for _, n := range c.nodes {
			if n.View().Len() != 64 {
				return false
			}
		}
		return true
	})
	up := c.within(5*time.Second, "all are Up everywhere", func() bool { return c.allSee(64, StatusUp) })
	bytes := 0
	for _, n := range c.nodes {
		bytes += n.bytes
	}
	t.Logf("all see all after %v, all Up after %v more; %d bytes", seen, up, bytes)
	c.check()
}

// What a start of many at one seed costs, in time and in bytes, is bounded.
func TestAHundredAndTwentyEightNodesJoinThroughOneSeedForLittle(t *testing.T) {
	c := newCluster(t, 1000)
	c.grow(128)
	seen := c.within(time.Second, "all see all", func() bool {
		for _, n := range c.nodes {
			if n.View().Len() != 128 {
				return false
			}
		}
		return true
	})
	c.within(5*time.Second, "all are Up everywhere", func() bool { return c.allSee(128, StatusUp) })
	bytes := 0
	for _, n := range c.nodes {
		bytes += n.bytes
	}
	t.Logf("all see all after %v; %d bytes", seen, bytes)
	if bytes > 4_600_000 {
		t.Fatalf("%d bytes", bytes)
	}
}
