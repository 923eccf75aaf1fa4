package membership

import (
	"container/heap"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// statusOf returns how a node shows another.
func (n *testNode) statusOf(id string) Status {
	m, _ := n.View().Get(id)
	return m.Status
}

// everywhere tells whether all running nodes but the subject show it so.
func (c *cluster) everywhere(id string, want Status) bool {
	for _, n := range c.up() {
		if n.cfg.ID != id && n.statusOf(id) != want {
			return false
		}
	}
	return true
}

// formed returns a cluster of n nodes that is Up and quiet.
func formed(t testing.TB, seed uint64, n int, configure func(*Config)) *cluster {
	c := newCluster(t, seed)
	c.configure = configure
	c.grow(n)
	c.within(20*time.Second, "the cluster forms", func() bool { return c.allSee(n, StatusUp) })
	c.run(4*time.Second, nil)
	return c
}

func TestWhoLeavesIsSeenToBeRemovedByAll(t *testing.T) {
	for _, n := range []int{2, 5, 40} {
		c := formed(t, uint64(n), n, nil)
		leaver := c.nodes[n-1]
		if err := leaver.Leave(c.now); err != nil {
			t.Fatal(err)
		}
		c.step(leaver)
		took := c.within(2*time.Second, "removed everywhere", func() bool { return c.everywhere(leaver.cfg.ID, StatusRemoved) })
		t.Logf("n=%d: %v", n, took)
		c.within(time.Second, "the leaver is done", func() bool { return leaver.Left() && leaver.Stopped() })
		c.run(20*time.Second, nil)
		if !c.allSee(n-1, StatusUp) {
			t.Fatalf("n=%d: the others do not agree", n)
		}
		if slices.ContainsFunc(c.nodes[0].events, isDead) {
			t.Fatal("somebody was shown dead")
		}
		if !slices.Contains(c.nodes[0].gone, leaver.at) {
			t.Fatal("its address was not forgotten")
		}
		if err := leaver.Join(c.now); !errors.Is(err, ErrStopped) {
			t.Fatalf("joins again: %v", err)
		}
	}
}

func isDead(e Event) bool {
	change, ok := e.(MemberStatusChanged)
	return ok && change.Member.Status == StatusDead
}

func TestAloneANodeLeavesAtOnce(t *testing.T) {
	c := newCluster(t, 1)
	n := c.grow(1)[0]
	if err := n.Leave(c.now); err != nil || !n.Left() {
		t.Fatalf("%v, left %v", err, n.Left())
	}
	c.step(n)
	if n.statusOf("node-000") != StatusRemoved {
		t.Fatalf("shown as %v", n.statusOf("node-000"))
	}
}

func TestACrashIsSeenByAll(t *testing.T) {
	for _, n := range []int{2, 3, 5, 32} {
		c := formed(t, uint64(100+n), n, nil)
		victim := c.nodes[n/2]
		c.crash(victim)
		c.within(20*time.Second, "dead somewhere", func() bool {
			for _, node := range c.up() {
				if node.statusOf(victim.cfg.ID) == StatusDead {
					return true
				}
			}
			return false
		})
		first := c.now
		c.within(time.Second, "dead everywhere", func() bool { return c.everywhere(victim.cfg.ID, StatusDead) })
		t.Logf("n=%d: everywhere %v after the first", n, c.now.Sub(first))
		for _, node := range c.up() {
			if node != victim && !slices.Contains(node.gone, victim.at) {
				t.Fatalf("%s did not forget the address", node.cfg.ID)
			}
		}
		c.within(time.Second, "equal", func() bool { return c.allSee(n-1, StatusUp) })
	}
}

func TestTheAccusedRefutes(t *testing.T) {
	c := formed(t, 7, 5, nil)
	victim, accuser := c.nodes[3], c.nodes[1]
	accuser.accuse(accuser.table.Lookup(victim.key), hearsayv1.EvidenceSilence)
	c.step(accuser)
	c.within(time.Second, "a greater incarnation everywhere", func() bool {
		for _, n := range c.up() {
			if m, _ := n.View().Get(victim.cfg.ID); m.Incarnation != 1 || m.Status != StatusUp {
				return false
			}
		}
		return true
	})
	c.run(10*time.Second, nil)
	if !c.allSee(5, StatusUp) || slices.ContainsFunc(c.nodes[0].events, isDead) {
		t.Fatal("it did not end there")
	}
}

func TestACounterAtItsEndBeginsANewLife(t *testing.T) {
	c := formed(t, 8, 3, nil)
	victim, accuser := c.nodes[2], c.nodes[0]
	old := victim.Generation()
	rec := accuser.table.Lookup(victim.key).record()
	rec.Incarnation, rec.Verdict = 1<<32-1, hearsayv1.VerdictDead
	if _, err := accuser.table.Merge(c.now, &rec); err != nil {
		t.Fatal(err)
	}
	accuser.changed(accuser.table.Lookup(victim.key))
	accuser.rumour(rumourName{subject: victim.key}, 0, false)
	c.step(accuser)
	c.within(10*time.Second, "a new generation everywhere", func() bool { return victim.Generation() > old && c.allSee(3, StatusUp) })
}

func TestARestartTakesAGreaterGeneration(t *testing.T) {
	for name, wait := range map[string]time.Duration{"before": 10 * time.Millisecond, "after": 8 * time.Second} {
		t.Run(name+" its death was noticed", func(t *testing.T) {
			c := formed(t, 9, 5, nil)
			old := c.nodes[2]
			c.crash(old)
			c.run(wait, nil)
			cfg := old.cfg
			cfg.Seed[0]++ // a process never repeats its randomness
			fresh := c.start(cfg, addressOf(0), addressOf(1))
			took := c.within(2*time.Second, "the new life is Up everywhere", func() bool { return fresh.Joined() && c.allSee(5, StatusUp) })
			t.Logf("took %v", took)
			if was, is := Generation(old.Generation()), Generation(fresh.Generation()); is.Counter() != was.Counter()+1 {
				t.Fatalf("generation %v after %v", is, was)
			}
			if fresh.Stats().Generations != 0 {
				t.Fatal("it took more than one try")
			}
		})
	}
}

func TestAPersistedCounterIsNotRepeated(t *testing.T) {
	c := newCluster(t, 10)
	c.configure = func(cfg *Config) { cfg.MinCounter = 41 }
	n := c.grow(1)[0]
	if g := Generation(n.Generation()); g.Counter() != 42 {
		t.Fatalf("generation %v", g)
	}
	for i := 1; i < 4; i++ {
		c.start(c.config(i), addressOf(0))
	}
	c.within(5*time.Second, "all Up", func() bool { return c.allSee(4, StatusUp) })
	for _, n := range c.nodes {
		if g := Generation(n.Generation()); g.Counter() != 42 {
			t.Fatalf("%s: generation %v", n.cfg.ID, g)
		}
	}
}

func TestAnOldLifeIsFoundOutAtAnotherAddress(t *testing.T) {
	c := formed(t, 11, 4, func(cfg *Config) {
		if cfg.ID == "node-003" {
			cfg.MinCounter = 7
		}
	})
	old := c.nodes[3]
	c.crash(old)
	c.run(100*time.Millisecond, nil)
	// It comes back elsewhere, without what it had persisted, and the seed that
	// it asks knows nothing of it.
	cfg := old.cfg
	cfg.Seed[0]++
	cfg.MinCounter = 0
	cfg.Endpoints = []Endpoint{{Network: "udp", Address: addressOf(77)}}
	c.start(c.config(50))
	fresh := c.start(cfg, addressOf(50))
	c.within(3*time.Second, "joined to the loner", fresh.Joined)
	if g := Generation(fresh.Generation()); g.Counter() != 1 {
		t.Fatalf("generation %v", g)
	}
	// Now both meet the cluster, where a greater generation is known.
	fresh.SetSeeds(c.now, []netip.AddrPort{addressOf(50), addressOf(0)})
	took := c.within(60*time.Second, "one cluster", func() bool { return c.allSee(5, StatusUp) })
	if g := Generation(fresh.Generation()); g.Counter() != 9 {
		t.Fatalf("generation %v", g)
	}
	t.Logf("took %v", took)
}

func TestOfTwoProcessesWithOneIDTheNewerStays(t *testing.T) {
	c := formed(t, 12, 4, nil)
	older := c.nodes[3]
	cfg := older.cfg
	cfg.Seed[0]++
	cfg.Endpoints = []Endpoint{{Network: "udp", Address: addressOf(77)}}
	newer := c.start(cfg, addressOf(0))
	c.within(10*time.Second, "the older stops", older.Stopped)
	if !slices.ContainsFunc(older.events, func(e Event) bool {
		superseded, ok := e.(Superseded)
		return ok && superseded.Address == newer.at && superseded.Generation == newer.Generation()
	}) {
		t.Fatal("it does not say why")
	}
	if older.Left() {
		t.Fatal("it says that it left")
	}
	c.within(10*time.Second, "the others agree", func() bool { return c.allSee(4, StatusUp) })
}

func TestWhoIsEvictedGoesOnUnderANewGeneration(t *testing.T) {
	c := formed(t, 13, 4, nil)
	victim, other := c.nodes[2], c.nodes[1]
	old := victim.Generation()
	if other.Forget(c.now, victim.cfg.ID) {
		t.Fatal("forgets a live member")
	}
	e := other.table.Lookup(victim.key)
	if _, err := other.table.Condemn(c.now, e.Key(), e.Generation(), e.Incarnation(), hearsayv1.VerdictRemoved); err != nil {
		t.Fatal(err)
	}
	other.changed(e)
	other.rumour(rumourName{subject: victim.key}, 0, false)
	c.step(other)
	c.within(5*time.Second, "back everywhere", func() bool { return victim.Generation() > old && c.allSee(4, StatusUp) })
	if !slices.Contains(victim.events, Event(Evicted{Old: old, New: victim.Generation()})) {
		t.Fatalf("no Evicted among %v", victim.events)
	}
}

func TestTheDeadAreForgottenByHand(t *testing.T) {
	c := formed(t, 14, 4, nil)
	victim := c.nodes[3]
	c.crash(victim)
	c.within(20*time.Second, "dead everywhere", func() bool { return c.everywhere(victim.cfg.ID, StatusDead) })
	if !c.nodes[0].Forget(c.now, victim.cfg.ID) {
		t.Fatal("refused")
	}
	c.step(c.nodes[0])
	c.within(time.Second, "removed everywhere", func() bool { return c.everywhere(victim.cfg.ID, StatusRemoved) })
}

func TestSeedsThatAreSilentAreAskedForEver(t *testing.T) {
	c := newCluster(t, 15)
	n := c.start(c.config(1), addressOf(0), addressOf(9))
	c.run(time.Minute, nil)
	silent := 0
	for _, e := range n.events {
		if _, ok := e.(SeedSilent); ok {
			silent++
		}
	}
	if silent != 2 || n.Joined() || n.Generation() != 0 {
		t.Fatalf("%d SeedSilent, joined %v, generation %d", silent, n.Joined(), n.Generation())
	}
	c.start(c.config(0))
	c.within(20*time.Second, "joined", func() bool { return c.allSee(2, StatusUp) })
}

func TestTwoThatKnowOnlyEachOtherFindTogether(t *testing.T) {
	c := newCluster(t, 16)
	seeds := []netip.AddrPort{addressOf(0), addressOf(1), addressOf(2)}
	for i := range 3 {
		c.start(c.config(i), seeds...)
	}
	took := c.within(5*time.Second, "all Up", func() bool { return c.allSee(3, StatusUp) })
	t.Logf("took %v", took)
}

func TestASeedThatIsTheNodeItselfIsRecognised(t *testing.T) {
	c := newCluster(t, 17)
	// Behind a second address of the node, which it does not know.
	alias, asked := addressOf(200), 0
	c.tap = func(p packet) {
		if p.to == alias {
			asked++
			p.to = addressOf(0)
			heap.Push(&c.queue, p)
		}
	}
	n := c.start(c.config(0), alias)
	c.run(2*c.latency, nil)
	if n.Joined() {
		t.Fatal("somebody else may answer yet")
	}
	c.within(2*n.Coordinator.cfg.GossipInterval, "its own question came back, and it waits for no answer", n.Joined)
	joining := asked
	c.run(time.Minute, nil)
	for _, e := range n.events {
		if silent, ok := e.(SeedSilent); ok {
			t.Errorf("%v is called silent, and is the node itself", silent.Address)
		}
	}
	// A lone node knocks once in four periods.
	if knocks := asked - joining; joining != 1 || knocks == 0 || knocks > 30 {
		t.Errorf("it asked %d times to find out, and %d times in the minute after", joining, knocks)
	}
}

// A question that is sent back on the way does not make a node its own seed:
// neither if the seed answers, too, nor for good if that was down.
func TestAQuestionThatWasSentBackDeceivesNobodyForLong(t *testing.T) {
	for _, seedIsUp := range []bool{true, false} {
		c := newCluster(t, 18)
		c.tap = func(p packet) {
			if p.to == addressOf(0) {
				p.from, p.to, p.due = p.to, p.from, c.now+1
				heap.Push(&c.queue, p)
			}
		}
		if seedIsUp {
			c.start(c.config(0))
		}
		n := c.start(c.config(1), addressOf(0))
		c.within(2*n.Coordinator.cfg.GossipInterval, "it is up", n.Joined)
		if alone := n.table.LiveCount() == 1; alone == seedIsUp {
			t.Errorf("the seed is up: %v; it sees %v", seedIsUp, n.View())
		}
		if !seedIsUp {
			c.start(c.config(0))
		}
		c.within(20*time.Second, "both agree", func() bool { return c.allSee(2, StatusUp) })
	}
}

func TestALonerJoinsWhenItIsToldOfASeed(t *testing.T) {
	c := formed(t, 18, 5, nil)
	n := c.start(c.config(20))
	if !n.Joined() {
		t.Fatal("not up alone")
	}
	n.SetSeeds(c.now, []netip.AddrPort{addressOf(2)})
	c.step(n)
	took := c.within(10*time.Second, "one cluster", func() bool { return c.allSee(6, StatusUp) })
	t.Logf("took %v", took)
}

func TestAThirdThatCrashesTogetherIsFoundAndNobodyElse(t *testing.T) {
	const n = 30
	c := formed(t, 19, n, nil)
	crashed := map[string]bool{}
	for _, victim := range c.nodes[:n/3] {
		crashed[victim.cfg.ID] = true
		c.crash(victim)
	}
	took := c.within(30*time.Second, "all of them dead everywhere", func() bool { return c.allSee(n-n/3, StatusUp) })
	t.Logf("took %v", took)
	for _, node := range c.up() {
		for _, e := range node.events {
			if isDead(e) && !crashed[e.(MemberStatusChanged).Member.ID] {
				t.Fatalf("%s shows %s dead", node.cfg.ID, e.(MemberStatusChanged).Member.ID)
			}
		}
	}
}

func TestARollingRestartDisturbsNobody(t *testing.T) {
	const n = 12
	c := formed(t, 20, n, nil)
	for i := range n {
		old := c.find(addressOf(i))
		if err := old.Leave(c.now); err != nil {
			t.Fatal(err)
		}
		c.step(old)
		c.within(time.Second, "it has left", old.Left)
		old.down = true
		c.run(50*time.Millisecond, nil)
		cfg := old.cfg
		cfg.Seed[0] += 1000
		c.start(cfg, addressOf((i+1)%n), addressOf((i+2)%n))
		c.within(5*time.Second, "it is back", func() bool { return c.allSee(n, StatusUp) })
	}
	for _, node := range c.nodes {
		if g := Generation(node.Generation()); g.Counter() != 2 {
			t.Errorf("%s lives in generation %v", node.cfg.ID, g)
		}
		if slices.ContainsFunc(node.events, isDead) {
			t.Errorf("%s showed somebody dead", node.cfg.ID)
		}
	}
}

// Its seed is gone and another one never was; but the cluster remembers it.
func TestWhoeverKnocksLeadsANodeIn(t *testing.T) {
	c := formed(t, 91, 6, nil)
	old := c.nodes[5]
	c.crash(old)
	c.within(20*time.Second, "dead everywhere", func() bool { return c.everywhere(old.cfg.ID, StatusDead) })
	back := c.start(old.cfg, addressOf(0xffff), addressOf(5))
	took := c.within(time.Minute, "back", func() bool { return c.allSee(6, StatusUp) })
	t.Logf("found its way in after %v", took)
	if len(back.seeds.list) != 2 {
		t.Errorf("it keeps %d seeds, of which 2 were given", len(back.seeds.list))
	}
}

func TestTheSeedsThatAreFoundAreFew(t *testing.T) {
	n, err := New(Config{ID: "a", Cluster: "test", Endpoints: []Endpoint{{Network: "udp", Address: addressOf(1)}}})
	if err != nil {
		t.Fatal(err)
	}
	n.SetSeeds(1, []netip.AddrPort{addressOf(2)})
	if err := n.Join(1); err != nil {
		t.Fatal(err)
	}
	joins := 0
	for i := range 1000 {
		now := Instant(i) * Instant(time.Millisecond)
		n.Handle(now, Inbound{Source: addressOf(100 + i), Network: "udp", Version: 1, Envelope: &hearsayv1.Envelope{
			Sender: uint64(1000 + i), Generation: 7, Probe: n.key, Sequence: 1,
		}})
		n.Tick(now, time.Time{})
		for _, out := range n.Outbound() {
			if out.Envelope.Join != nil && out.Target != addressOf(2) {
				joins++
			}
		}
	}
	if len(n.seeds.list) > 1+maxFound || joins == 0 || joins > 20 {
		t.Errorf("%d seeds, and %d Joins to strangers in a second", len(n.seeds.list), joins)
	}
}

func TestANodeAccusesWhoClaimsItsAddressAndSendsNothingThere(t *testing.T) {
	c := formed(t, 92, 5, nil)
	a, b := c.nodes[3], c.nodes[4]
	c.crash(a)
	c.crash(b)
	c.spy = func(from *testNode, out Outbound, _ int) {
		if out.Target == from.at {
			t.Fatalf("%s sends to itself: %+v", from.cfg.ID, out.Envelope)
		}
	}
	// b takes the address of a before anybody has missed either.
	cfg := b.cfg
	cfg.Endpoints = a.cfg.Endpoints
	moved := c.start(cfg, addressOf(0))
	c.within(2*time.Second, "accused", func() bool {
		e := moved.table.Lookup(a.key)
		return e != nil && e.AccusedBy(moved.key) == hearsayv1.EvidenceWrongIdentity
	})
	c.within(20*time.Second, "dead everywhere", func() bool { return c.everywhere(a.cfg.ID, StatusDead) })
}
