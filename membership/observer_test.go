package membership

import (
	"net/netip"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// observer starts a node that is no member.
func (c *cluster) observer(i int, seeds ...netip.AddrPort) *testNode {
	cfg := c.config(i)
	cfg.Observer = true
	return c.start(cfg, seeds...)
}

// sees tells whether an observer has the view of a member.
func (n *testNode) sees(member *testNode) bool {
	return n.Joined() && n.table.Root() == member.table.Root() && n.View().Hash == member.View().Hash &&
		n.View().Len() == member.View().Len()
}

func TestAnObserverSeesWhatMembersSeeAndIsNotSeen(t *testing.T) {
	c := formed(t, 110, 40, nil)
	o := c.observer(100, addressOf(0))
	took := c.within(2*time.Second, "it sees all", func() bool { return o.sees(c.nodes[0]) })
	t.Logf("it saw 40 members after %v", took)
	for _, n := range c.nodes[:40] {
		if n.table.Lookup(o.key) != nil {
			t.Fatalf("%s knows it", n.cfg.ID)
		}
	}
	if _, isMember := o.View().Get(o.cfg.ID); isMember || o.Generation() != 0 {
		t.Error("it is in its own view")
	}
	// What changes, who comes, who leaves and who dies.
	if err := c.nodes[3].SetZone(c.now, "elsewhere"); err != nil {
		t.Fatal(err)
	}
	c.step(c.nodes[3])
	newcomer := c.start(c.config(41), addressOf(1))
	leaver, victim := c.nodes[10], c.nodes[20]
	if err := leaver.Leave(c.now); err != nil {
		t.Fatal(err)
	}
	c.crash(victim)
	c.within(20*time.Second, "it sees all that", func() bool {
		m, _ := o.View().Get("node-003")
		return m.Zone == "elsewhere" && o.statusOf(newcomer.cfg.ID) == StatusUp &&
			o.statusOf(leaver.cfg.ID) == StatusRemoved && o.statusOf(victim.cfg.ID) == StatusDead && o.sees(c.nodes[0])
	})
	c.check()
}

func TestAQuietObserverCostsOneProbeAndOneAckAPeriod(t *testing.T) {
	c := formed(t, 111, 16, nil)
	o := c.observer(100, addressOf(0))
	c.within(2*time.Second, "it sees all", func() bool { return o.sees(c.nodes[0]) })
	c.run(5*time.Second, nil)
	probes, bytes := 0, 0
	c.spy = func(from *testNode, out Outbound, size int) {
		if from == o {
			env := out.Envelope
			if env.Probe == 0 || env.Sum != nil || env.Flags&uint32(hearsayv1.EnvelopeFlagNoRecord) == 0 {
				t.Fatalf("it sends %+v", env)
			}
			probes, bytes = probes+1, bytes+size
		} else if out.Target == o.at {
			if out.Envelope.Ack == 0 || out.Envelope.Delta != nil {
				t.Fatalf("it is sent %+v", out.Envelope)
			}
			bytes += size
		}
	}
	c.run(20*time.Second, nil)
	if probes < 19 || probes > 21 || bytes > 80*21 {
		t.Errorf("%d probes and %d bytes in 20 periods", probes, bytes)
	}
}

func TestAnObserverJudgesNobody(t *testing.T) {
	c := formed(t, 112, 6, nil)
	o := c.observer(100, addressOf(0))
	c.within(2*time.Second, "it sees all", func() bool { return o.sees(c.nodes[0]) })
	c.cut = func(from, to netip.AddrPort) bool { return from == o.at || to == o.at }
	c.run(2*time.Minute, nil)
	if s := o.Stats(); s.Accusations != 0 || s.Declared != 0 || o.View().Len() != 6 || o.Forget(c.now, "node-001") {
		t.Errorf("accused %d, declared %d, and shows %d of 6", s.Accusations, s.Declared, o.View().Len())
	}
	// Meanwhile all others have moved away, but for its seed.
	for i := 1; i < 6; i++ {
		if err := c.nodes[i].Leave(c.now); err != nil {
			t.Fatal(err)
		}
		c.step(c.nodes[i])
	}
	for i := 11; i < 16; i++ {
		c.start(c.config(i), addressOf(0))
	}
	c.run(5*time.Second, nil)
	c.cut = nil
	c.within(15*time.Second, "it sees the others", func() bool { return o.sees(c.nodes[0]) })
}

func TestAnObserverWaitsForSeedsAndLeavesAtOnce(t *testing.T) {
	c := newCluster(t, 113)
	o := c.observer(100)
	c.run(10*time.Second, nil)
	if o.Joined() || o.View().Len() != 0 {
		t.Fatal("it is in a cluster of its own")
	}
	first := c.start(c.config(0))
	o.SetSeeds(c.now, []netip.AddrPort{first.at})
	c.step(o)
	c.within(2*time.Second, "it sees the first", func() bool { return o.sees(first) && o.View().Len() == 1 })
	if err := o.Leave(c.now); err != nil || !o.Left() {
		t.Errorf("leave: %v, left %v", err, o.Left())
	}
}

func TestAnObserverUnderLossSeesAllInTheEnd(t *testing.T) {
	c := newCluster(t, 114)
	c.loss = 0.2
	c.grow(24)
	o := c.observer(100, addressOf(0), addressOf(1))
	c.within(30*time.Second, "all Up", func() bool {
		for _, n := range c.nodes[:24] {
			if n.View().Len() != 24 {
				return false
			}
		}
		return true
	})
	c.loss = 0
	c.within(10*time.Second, "it sees all", func() bool { return o.sees(c.nodes[0]) && o.View().Len() == 24 })
}
