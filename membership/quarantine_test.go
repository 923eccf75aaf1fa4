package membership

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// blockedBy returns what the last update lists.
func (n *testNode) blockedBy() []string {
	for _, e := range slices.Backward(n.events) {
		if update, ok := e.(TopologyUpdated); ok {
			return update.Blocked
		}
	}
	return nil
}

func TestWhoIsKeptOutIsNotHeardNotToldAndNotShown(t *testing.T) {
	victimAt := addressOf(4)
	for name, test := range map[string]struct {
		block Block
		names []string
	}{
		"id":      {Block{ID: "node-004"}, []string{"node-004"}},
		"address": {Block{Address: victimAt}, []string{victimAt.String(), "node-004"}},
		"prefix": {Block{Prefix: netip.PrefixFrom(victimAt.Addr(), 32)},
			[]string{victimAt.Addr().String() + "/32", "node-004"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := formed(t, 70, 5, nil)
			n, victim := c.nodes[0], c.nodes[4]
			if err := n.Quarantine(c.now, test.block, 20*time.Second); err != nil {
				t.Fatal(err)
			}
			c.step(n)
			c.spy = func(from *testNode, out Outbound, _ int) {
				if from == n && out.Target == victimAt {
					t.Fatalf("it is sent %+v", out.Envelope)
				}
			}
			handled := n.Stats().EnvelopesHandled
			c.ask(n, victim.at, victim.header())
			if s := n.Stats(); s.EnvelopesHandled != handled || s.Blocked == 0 {
				t.Error("it is heard")
			}
			c.within(time.Second, "hidden", func() bool { return n.statusOf("node-004") == StatusUnknown && n.View().Len() == 4 })
			if got := n.blockedBy(); !slices.Equal(got, test.names) {
				t.Errorf("the update lists %q, want %q", got, test.names)
			}
			c.run(15*time.Second, nil)
			if !c.everywhereBut(n, 5) || n.table.Root() != c.nodes[1].table.Root() || n.View().Hash == c.nodes[1].View().Hash {
				t.Error("others see it otherwise, or the tables differ, or the hashes of the views do not")
			}
			c.spy = nil
			c.within(7*time.Second, "shown again", func() bool { return c.allSee(5, StatusUp) })
			if got := n.blockedBy(); len(got) != 0 {
				t.Errorf("the update still lists %q", got)
			}
		})
	}
}

// everywhereBut tells whether all nodes but one see n live members.
func (c *cluster) everywhereBut(but *testNode, n int) bool {
	return !slices.ContainsFunc(c.up(), func(node *testNode) bool { return node != but && node.View().Len() != n })
}

// Addresses are kept out in whichever form they come.
func TestABlockCoversAnAddressInAnyForm(t *testing.T) {
	for _, test := range []struct {
		block   Block
		address string
		want    bool
	}{
		{Block{Prefix: netip.MustParsePrefix("10.1.0.0/16")}, "10.1.2.3:7946", true},
		{Block{Prefix: netip.MustParsePrefix("10.1.2.3/16")}, "10.1.9.9:1", true},
		{Block{Prefix: netip.MustParsePrefix("10.1.0.0/16")}, "10.2.0.1:7946", false},
		{Block{Prefix: netip.PrefixFrom(netip.MustParseAddr("::ffff:10.1.0.0"), 112)}, "10.1.2.3:7946", true},
		{Block{Prefix: netip.MustParsePrefix("fe80::/10")}, "[fe80::1%eth0]:7946", true},
		{Block{Prefix: netip.MustParsePrefix("fe80::/10")}, "[fd00::1]:7946", false},
		{Block{Address: netip.MustParseAddrPort("[::ffff:10.1.2.3]:7946")}, "10.1.2.3:7946", true},
		{Block{Address: netip.MustParseAddrPort("10.1.2.3:7946")}, "10.1.2.3:7947", false},
	} {
		b, err := test.block.normal()
		if err != nil || b.covers(netip.MustParseAddrPort(test.address)) != test.want {
			t.Errorf("%v covers %s: %v, %v; want %v", test.block, test.address, !test.want, err, test.want)
		}
	}
}

func TestAQuarantineEndsWhenItIsReleased(t *testing.T) {
	c := formed(t, 71, 4, nil)
	n, block := c.nodes[0], Block{ID: "node-002"}
	if n.Release(c.now, block) {
		t.Error("released what was not kept out")
	}
	if err := n.Quarantine(c.now, block, time.Hour); err != nil {
		t.Fatal(err)
	}
	c.step(n)
	c.run(5*time.Second, nil)
	if !n.Release(c.now, block) {
		t.Fatal("not released")
	}
	c.step(n)
	c.within(2*time.Second, "shown again", func() bool { return c.allSee(4, StatusUp) })
}

// What is in force is in the view at once, until when, and in the views that are
// made of updates; whoever keeps an older view keeps what it says.
func TestViewsListWhatIsKeptOut(t *testing.T) {
	c := formed(t, 74, 3, nil)
	n := c.nodes[0]
	id, prefix := Block{ID: "node-002"}, Block{Prefix: netip.MustParsePrefix("192.0.2.0/24")}
	impose := func(b Block, d time.Duration) time.Time {
		t.Helper()
		if err := n.Quarantine(c.now, b, d); err != nil {
			t.Fatal(err)
		}
		c.step(n)
		return c.wall().Add(d)
	}
	before := n.View()
	impose(id, time.Minute)
	first := n.View()
	prefixEnds := impose(prefix, 5*time.Second)
	idEnds := impose(id, time.Hour) // a new time for what is in force
	want := []Blocked{{prefix, prefixEnds}, {id, idEnds}}
	if got := n.View().Blocked; !slices.EqualFunc(got, want, Blocked.equal) {
		t.Errorf("the view lists %v, want %v", got, want)
	}
	if len(before.Blocked) != 0 || len(first.Blocked) != 1 || first.Equal(n.View()) {
		t.Errorf("older views list %v and %v", before.Blocked, first.Blocked)
	}
	c.run(10*time.Second, nil)
	if got := n.View().Blocked; !slices.EqualFunc(got, want[1:], Blocked.equal) {
		t.Errorf("when one is over the view lists %v, want %v", got, want[1:])
	}
	var built ViewBuilder
	for _, e := range n.events {
		if update, ok := e.(TopologyUpdated); ok {
			built.Apply(update)
		}
	}
	if !built.View().Equal(n.View()) {
		t.Errorf("events tell\n%v\nthe view is\n%v", built.View(), n.View())
	}
	if !n.Release(c.now, id) {
		t.Fatal("not released")
	}
	if c.step(n); len(n.View().Blocked) != 0 {
		t.Errorf("released, the view lists %v", n.View().Blocked)
	}
}

func TestAMemberWhomAllKeepOutIsShownByNobody(t *testing.T) {
	c := formed(t, 72, 5, nil)
	for _, n := range c.nodes[:4] {
		if err := n.Quarantine(c.now, Block{ID: "node-004"}, time.Hour); err != nil {
			t.Fatal(err)
		}
		c.step(n)
	}
	c.run(time.Minute, nil)
	for _, n := range c.nodes[:4] {
		if n.View().Len() != 4 || n.View().Hash != c.nodes[0].View().Hash {
			t.Errorf("%s shows\n%v", n.cfg.ID, n.View())
		}
	}
}

func TestWhatCannotBeKeptOutIsRefused(t *testing.T) {
	c := formed(t, 73, 2, nil)
	n := c.nodes[0]
	for name, b := range map[string]Block{
		"nothing":        {},
		"two":            {ID: "x", Address: addressOf(9)},
		"itself":         {ID: n.cfg.ID},
		"its address":    {Address: n.at},
		"its network":    {Prefix: netip.PrefixFrom(n.at.Addr(), 8)},
		"a wrong prefix": {Prefix: netip.PrefixFrom(n.at.Addr(), 99)},
		"a long id":      {ID: string(make([]byte, 65))},
	} {
		if err := n.Quarantine(c.now, b, time.Second); !errors.Is(err, ErrBadBlock) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := n.Quarantine(c.now, Block{ID: "x"}, 0); !errors.Is(err, ErrBadBlock) {
		t.Errorf("no time: %v", err)
	}
	for i := range MaxBlocks + 1 {
		err := n.Quarantine(c.now, Block{Address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{9, 9, 9, 9}), uint16(i+1))}, time.Hour)
		if errors.Is(err, ErrBadBlock) != (i == MaxBlocks) {
			t.Fatalf("block %d: %v", i, err)
		}
	}
}
