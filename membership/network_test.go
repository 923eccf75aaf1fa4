package membership

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

func TestWithLostDatagramsAllFindTogether(t *testing.T) {
	c := newCluster(t, 21)
	c.loss = 0.2
	c.grow(32)
	took := c.within(20*time.Second, "all Up", func() bool { return c.allSee(32, StatusUp) })
	t.Logf("took %v", took)
	c.run(time.Minute, nil)
	for _, n := range c.nodes {
		if slices.ContainsFunc(n.events, isDead) {
			t.Fatalf("%s showed somebody dead", n.cfg.ID)
		}
	}
	c.loss = 0
	c.within(10*time.Second, "quiet", func() bool { return c.allSee(32, StatusUp) })
}

func TestASplitHeals(t *testing.T) {
	const n = 12
	c := formed(t, 22, n, nil)
	side := func(at netip.AddrPort) bool { return at.Addr().As4()[3] < n/3 }
	c.cut = func(from, to netip.AddrPort) bool { return side(from) != side(to) }
	c.within(2*time.Minute, "both sides see the other dead", func() bool {
		for _, node := range c.up() {
			if want := n / 3; side(node.at) && node.View().Len() != want || !side(node.at) && node.View().Len() != n-want {
				return false
			}
		}
		return true
	})
	c.run(time.Minute, nil)
	for _, node := range c.nodes {
		node.events = nil
	}
	c.cut = nil
	took := c.within(time.Minute, "one cluster again", func() bool { return c.allSee(n, StatusUp) })
	t.Logf("healed in %v", took)
	c.run(20*time.Second, nil)
	if !c.allSee(n, StatusUp) {
		t.Fatal("and does not stay so")
	}
	for _, node := range c.nodes {
		if slices.ContainsFunc(node.events, isDead) {
			t.Errorf("%s showed somebody dead while the split healed", node.cfg.ID)
		}
	}
	c.check()
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	run := func(seed uint64) []byte {
		c := newCluster(t, seed)
		c.loss = 0.1
		c.grow(10)
		c.run(5*time.Second, nil)
		c.crash(c.nodes[4])
		c.run(6*time.Second, nil)
		_ = c.nodes[7].Leave(c.now)
		c.run(5*time.Second, nil)
		return c.log.Sum(nil)
	}
	if a, b := run(23), run(23); !bytes.Equal(a, b) {
		t.Fatal("two runs of one seed differ")
	}
	if a, b := run(23), run(24); bytes.Equal(a, b) {
		t.Fatal("the seed changes nothing")
	}
}

// A converged cluster costs one probe and one ack for
// each node and period, of at most 45 and 35 bytes, and nothing else.
func TestAQuietClusterSendsProbesAndAcksAndNothingElse(t *testing.T) {
	for _, n := range []int{2, 5, 64} {
		c := formed(t, uint64(30+n), n, nil)
		c.run(10*time.Second, nil)
		probes, acks := 0, 0
		c.spy = func(from *testNode, out Outbound, size int) {
			env := out.Envelope
			switch {
			case env.Probe != 0 && size <= 45:
				probes++
			case env.Ack != 0 && size <= 35:
				acks++
			default:
				t.Fatalf("n=%d: %s sends %d bytes: %+v", n, from.cfg.ID, size, env)
			}
		}
		c.run(10*time.Second, nil)
		if want := 10 * n; probes < want-n || probes > want+n || acks < probes-n || acks > probes+n {
			t.Fatalf("n=%d: %d probes and %d acks in 10 periods", n, probes, acks)
		}
	}
}

func TestANodeThatKnowsMoreFieldsReachesTheSameRoot(t *testing.T) {
	c := newCluster(t, 25)
	c.grow(4)
	c.within(5*time.Second, "all Up", func() bool { return c.allSee(4, StatusUp) })
	// A newer version of the software writes a field that is unknown here.
	newer := c.nodes[2]
	rec := newer.table.Self().record()
	rec.Owner = append(bytes.Clone(rec.Owner), 15<<3|2, 3, 'n', 'e', 'w')
	rec.Version++
	if err := newer.table.store(c.now, newer.table.Self(), &rec); err != nil {
		t.Fatal(err)
	}
	newer.ownChanged(false)
	c.step(newer)
	c.within(2*time.Second, "forwarded intact", func() bool {
		for _, n := range c.nodes {
			if !bytes.Equal(n.table.Lookup(newer.key).Owner(), rec.Owner) {
				return false
			}
		}
		return c.allSee(4, StatusUp)
	})
	late := c.start(c.config(9), addressOf(0))
	c.within(5*time.Second, "also to a late joiner", func() bool {
		e := late.table.Lookup(newer.key)
		return e != nil && bytes.Equal(e.Owner(), rec.Owner) && c.allSee(5, StatusUp)
	})
}

func TestAStrangerAtAnAddressIsEvidence(t *testing.T) {
	c := formed(t, 26, 5, nil)
	old := c.nodes[4]
	c.crash(old)
	cfg := c.config(40)
	cfg.Endpoints = old.cfg.Endpoints
	c.start(cfg, addressOf(0))
	c.within(15*time.Second, "the old one is dead and the new one Up", func() bool {
		return c.everywhere(old.cfg.ID, StatusDead) && c.everywhere(cfg.ID, StatusUp)
	})
	saw := false
	for _, n := range c.nodes {
		saw = saw || n.Stats().Accusations > 0
	}
	if !saw {
		t.Fatal("nobody accused")
	}
}

func TestWhatIsReservedIsIgnoredAndCounted(t *testing.T) {
	c := formed(t, 27, 2, nil)
	n := c.nodes[0]
	before := n.table.Root()
	n.Handle(c.now, Inbound{Source: addressOf(1), Network: "udp", Version: 1, Envelope: &hearsayv1.Envelope{
		Sender: c.nodes[1].key, Generation: c.nodes[1].nonce,
		State: []hearsayv1.StateDelta{{Owner: 1}}, App: []hearsayv1.AppMessage{{Channel: 1}, {Channel: 2}},
	}})
	if n.Stats().PartsIgnored != 2 || n.Stats().StateIgnored != 1 || n.table.Root() != before {
		t.Fatalf("%+v", n.Stats())
	}
}

// hearsay gives a node a record in the name of another.
func (c *cluster) hearsay(to, from *testNode, rec hearsayv1.NodeRecord) {
	to.Handle(c.now, Inbound{Source: from.at, Network: "udp", Version: 1, Envelope: &hearsayv1.Envelope{
		Sender: from.key, Generation: from.nonce, Delta: &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{rec}},
	}})
	c.step(to)
}

func TestADeathThatNobodySawComingIsShownOnlyIfItIsNotRefuted(t *testing.T) {
	for _, reachable := range []bool{true, false} {
		c := formed(t, 28, 5, nil)
		victim, teller := c.nodes[4], c.nodes[1]
		if !reachable {
			c.cut = func(from, to netip.AddrPort) bool { return from == victim.at || to == victim.at }
		}
		rec := victim.table.Self().record()
		rec.Verdict = hearsayv1.VerdictDead
		start := c.now
		c.hearsay(c.nodes[0], teller, rec)
		if c.nodes[0].table.Lookup(victim.key).Live() {
			t.Fatal("it was not merged")
		}
		c.run(100*time.Millisecond, nil)
		if reachable {
			c.within(time.Second, "refuted", func() bool { return c.allSee(5, StatusUp) })
			c.run(5*time.Second, nil)
			for _, n := range c.nodes {
				if slices.ContainsFunc(n.events, isDead) {
					t.Fatalf("%s showed it", n.cfg.ID)
				}
			}
			continue
		}
		if !c.everywhere(victim.cfg.ID, StatusUp) {
			t.Fatal("it is shown at once")
		}
		for _, n := range c.up() {
			if n != victim && !slices.Contains(n.pickPeers(9, nil), n.table.Lookup(victim.key)) {
				t.Fatalf("%s tells it nothing more", n.cfg.ID)
			}
		}
		took := c.within(3*time.Second, "shown", func() bool { return c.everywhere(victim.cfg.ID, StatusDead) })
		if at := c.now.Sub(start); at < 2*time.Second {
			t.Fatalf("shown after %v", at)
		}
		t.Logf("shown everywhere %v later", took)
	}
}

func TestTablesThatDifferAreMendedWithoutRumours(t *testing.T) {
	c := formed(t, 29, 6, nil)
	n := c.nodes[3]
	rec := n.table.Self().record()
	rec.StateVersion = 9
	if err := n.table.SetStateVersion(c.now, 9); err != nil {
		t.Fatal(err)
	}
	sums := func() (sent uint64) {
		for _, n := range c.nodes {
			sent += n.Stats().SumsSent
		}
		return sent
	}
	before := sums()
	took := c.within(10*time.Second, "equal", func() bool { return c.allSee(6, StatusUp) })
	t.Logf("took %v and %d sums", took, sums()-before)
	if periods := uint64(took/time.Second) + 1; sums()-before > 6*periods {
		t.Fatalf("%d sums in %d periods of 6 nodes", sums()-before, periods)
	}
	c.run(10*time.Second, nil)
	before = sums()
	c.run(10*time.Second, nil)
	if sums() != before {
		t.Fatal("a converged cluster compares tables")
	}
}
