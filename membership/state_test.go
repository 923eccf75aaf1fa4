package membership

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/state"
)

func field(number uint32, key, value string) state.Change {
	return state.Change{Slot: state.Slot{Type: 7, Field: number, Key: key}, Value: []byte(value)}
}

func without(number uint32, key string) state.Change {
	return state.Change{Slot: state.Slot{Type: 7, Field: number, Key: key}, Deleted: true}
}

// write changes a node's state, which must succeed.
func (c *cluster) write(n *testNode, changes ...state.Change) {
	c.t.Helper()
	if err := n.WriteState(c.now, changes); err != nil {
		c.t.Fatalf("%s: %v", n.cfg.ID, err)
	}
	c.step(n)
}

// sameState tells whether every node holds all that every other has written. It
// compares contents when the versions say so, and not before.
func (c *cluster) sameState() bool {
	held := func(equal func(held, own *state.Copy) bool) bool {
		nodes := c.up()
		for _, owner := range nodes {
			own := owner.OwnState()
			for _, n := range nodes {
				held := n.StateOf(owner.cfg.ID)
				if held == nil && own.Latest() == 0 {
					continue
				}
				if held == nil || !equal(held, own) {
					return false
				}
			}
		}
		return true
	}
	return held(func(held, own *state.Copy) bool { return held.Held() == own.Latest() }) && held((*state.Copy).Equal)
}

// explainState logs what is lacking.
func (c *cluster) explainState() {
	for _, owner := range c.up() {
		for _, n := range c.up() {
			if held := n.StateOf(owner.cfg.ID); held == nil || !held.Equal(owner.OwnState()) {
				at := [3]uint64{}
				if held != nil {
					at = [3]uint64{held.Held(), held.Floor(), held.Generation()}
				}
				c.t.Logf("%s has %v of %s, which wrote %d (floor %d, generation %x); lacks %+v", n.cfg.ID, at, owner.cfg.ID,
					owner.OwnState().Latest(), owner.OwnState().Floor(), owner.OwnState().Generation(), n.states.lacks)
			}
		}
	}
}

func (c *cluster) stateWithin(limit time.Duration, what string) time.Duration {
	c.t.Helper()
	defer func() {
		if c.t.Failed() {
			c.explainState()
		}
	}()
	return c.within(limit, what, c.sameState)
}

func value(n *testNode, owner string, number uint32, key string) string {
	held := n.StateOf(owner)
	if held == nil {
		return ""
	}
	ch, _ := held.Get(state.Slot{Type: 7, Field: number, Key: key})
	return string(ch.Value)
}

func TestAWriteReachesAllAtOnceInOneDatagramEach(t *testing.T) {
	c := formed(t, 51, 16, nil)
	writer := c.nodes[5]
	for i := range uint32(100) {
		c.write(writer, field(i+1, "", strings.Repeat("x", 200)))
	}
	c.stateWithin(5*time.Second, "a large state is everywhere")
	c.run(10*time.Second, nil)
	datagrams, bytes := 0, 0
	c.spy = func(from *testNode, out Outbound, _ int) {
		for i := range out.Envelope.State {
			datagrams++
			bytes += out.Envelope.State[i].Size()
		}
		if out.Envelope.Sum != nil || out.Envelope.Want != nil {
			t.Errorf("%s repairs what was not lost: %+v", from.cfg.ID, out.Envelope)
		}
	}
	c.write(writer, field(50, "", "changed"))
	took := c.stateWithin(time.Second, "one field has changed everywhere")
	c.run(5*time.Second, nil)
	t.Logf("took %v, %d deltas of %d bytes", took, datagrams, bytes/datagrams)
	if limit := 16 * rumourSends(16); datagrams > limit || bytes/datagrams > 64 {
		t.Errorf("%d deltas (at most %d) of %d bytes", datagrams, limit, bytes/datagrams)
	}
	if took > 20*time.Millisecond {
		t.Errorf("it took %v", took)
	}
	for _, n := range c.nodes {
		if n.Stats().StateNews > 0 || len(n.states.lacks) > 0 {
			t.Errorf("%s still has news", n.cfg.ID)
		}
	}
	c.check()
}

func TestAMegabyteOfStatePerNodeConvergesInDatagrams(t *testing.T) {
	c := formed(t, 52, 5, nil)
	for i, n := range c.nodes {
		changes := []state.Change{field(1000, "", strings.Repeat(fmt.Sprint(i), 100_000))}
		for k := range uint32(900) {
			changes = append(changes, field(1, fmt.Sprintf("key-%d", k), strings.Repeat("v", 1000)))
		}
		c.write(n, changes...)
		if size := n.OwnState().Bytes(); size < 1<<20-80_000 {
			t.Fatalf("the state has %d bytes", size)
		}
	}
	took := c.stateWithin(time.Minute, "a megabyte of each")
	bytes := 0
	for _, n := range c.nodes {
		bytes += n.bytes
	}
	t.Logf("took %v, %d bytes sent for %d to be had", took, bytes, 5*4*c.nodes[0].OwnState().Bytes())
	if bytes > 2*5*4*c.nodes[0].OwnState().Bytes() {
		t.Errorf("%d bytes were sent", bytes)
	}
	c.within(10*time.Second, "the tables agree", func() bool { return c.allSee(5, StatusUp) })
	c.check()
}

func TestOverALossyNetworkNoWriteIsLost(t *testing.T) {
	c := formed(t, 53, 8, nil)
	c.loss = 0.2
	rng := rand.New(rand.NewPCG(53, 2))
	for i := range 300 {
		n := c.nodes[rng.IntN(len(c.nodes))]
		key := fmt.Sprint(rng.IntN(40))
		if rng.IntN(3) == 0 {
			c.write(n, without(1, key))
		} else {
			c.write(n, field(1, key, fmt.Sprintf("%d %s", i, strings.Repeat("x", rng.IntN(300)))))
		}
		c.run(time.Duration(rng.Int64N(int64(100*time.Millisecond))), nil)
	}
	took := c.stateWithin(10*time.Second, "equal state everywhere")
	t.Logf("took %v", took)
	c.check()
}

func TestAJoinerHasAllStateWhenItIsUp(t *testing.T) {
	c := newCluster(t, 54)
	c.grow(20)
	for i, n := range c.nodes { // before they have joined, too
		c.write(n, field(1, "", fmt.Sprint(i)), field(2, "k", strings.Repeat("x", 500)))
	}
	c.within(20*time.Second, "all Up", func() bool { return c.allSee(20, StatusUp) })
	c.stateWithin(5*time.Second, "equal state")
	n := c.start(c.config(30), addressOf(3))
	c.within(5*time.Second, "it has joined", func() bool { return n.Joined() })
	for i, owner := range c.nodes[:20] {
		if got := value(n, owner.cfg.ID, 1, ""); got != fmt.Sprint(i) {
			t.Errorf("the joiner has %q of %s", got, owner.cfg.ID)
		}
	}
}

func TestStateOutlivesARenewalAndNotARestart(t *testing.T) {
	c := formed(t, 55, 4, nil)
	n := c.nodes[2]
	c.write(n, field(1, "", "first"), field(1, "gone", "x"))
	c.write(n, without(1, "gone"))
	c.stateWithin(5*time.Second, "state is everywhere")
	// Someone removes it by mistake: it goes on under a new generation.
	rec := n.table.Self().record()
	rec.Verdict = hearsayv1.VerdictRemoved
	before := n.Generation()
	c.hearsay(c.nodes[0], c.nodes[1], rec)
	c.within(5*time.Second, "a new generation", func() bool { return n.Generation() > before })
	c.stateWithin(10*time.Second, "its state under the new generation")
	if got := value(c.nodes[0], n.cfg.ID, 1, ""); got != "first" {
		t.Errorf("it says %q", got)
	}
	// A restart begins with nothing.
	c.crash(n)
	again := c.start(n.cfg, addressOf(0))
	c.within(10*time.Second, "the next life", func() bool { return again.Joined() && c.allSee(4, StatusUp) })
	c.write(again, field(2, "", "second"))
	c.stateWithin(5*time.Second, "the state of the next life")
	if got := value(c.nodes[0], n.cfg.ID, 1, "") + value(c.nodes[0], n.cfg.ID, 2, ""); got != "second" {
		t.Errorf("of both lives there is %q", got)
	}
	c.check()
}

func TestWhoWasAwayForLongerThanTombstonesLive(t *testing.T) {
	c := newCluster(t, 56)
	c.configure = func(cfg *Config) { cfg.TombstoneLife = time.Minute }
	c.grow(4)
	c.within(10*time.Second, "all Up", func() bool { return c.allSee(4, StatusUp) })
	n, away := c.nodes[1], c.nodes[3]
	for i := range 200 {
		c.write(n, field(1, fmt.Sprint(i), strings.Repeat("v", 100)))
	}
	c.stateWithin(5*time.Second, "state is everywhere")
	c.cut = func(from, to netip.AddrPort) bool { return from == away.at || to == away.at }
	for i := range 150 {
		c.write(n, without(1, fmt.Sprint(i)))
	}
	c.run(5*time.Minute, nil)
	if _, tombstones := c.nodes[0].StateOf(n.cfg.ID).Len(); tombstones != 0 || n.OwnState().Floor() == 0 {
		t.Fatalf("%d tombstones are left after their time", tombstones)
	}
	if contents, _ := away.StateOf(n.cfg.ID).Len(); contents != 200 {
		t.Fatalf("it has %d entries", contents)
	}
	away.StateChanges()
	c.cut = nil
	c.within(time.Minute, "one cluster again", func() bool { return c.allSee(4, StatusUp) })
	c.stateWithin(10*time.Second, "the copy is had anew")
	removed := 0
	for _, change := range away.StateChanges() {
		if change.ID == n.cfg.ID && change.Change.Deleted {
			removed++
		}
	}
	if removed != 150 {
		t.Errorf("%d removals were told, want 150", removed)
	}
	c.check()
}

func TestAMillionWritesWithoutPeersTakeNoMemory(t *testing.T) {
	c := newCluster(t, 57)
	n := c.start(c.config(0))
	heap := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	early := 0
	for i := range 1_000_000 {
		if i == 10_000 {
			early = heap()
		}
		if err := n.WriteState(c.now, []state.Change{{Slot: state.Slot{Type: 7, Field: 1}, Value: []byte{byte(i), byte(i >> 8), byte(i >> 16)}}}); err != nil {
			t.Fatal(err)
		}
		n.Tick(c.now, time.Time{})
		n.Outbound()
		n.Events()
	}
	if grown := heap() - early; grown > 256<<10 {
		t.Errorf("990,000 writes took %d bytes", grown)
	}
	if n.states.news.queued > 200 || len(n.states.marks) > 100 || n.OwnState().Latest() != 1_000_000 {
		t.Errorf("%d news are queued, %d marks, version %d", n.states.news.queued, len(n.states.marks), n.OwnState().Latest())
	}
}

func TestTheDeadsStateIsPrunedAndComesBack(t *testing.T) {
	c := formed(t, 58, 4, nil)
	n := c.nodes[3]
	brief := field(1, "", "brief")
	brief.DropAfter = 30
	c.write(n, brief, field(2, "", "kept"))
	c.stateWithin(5*time.Second, "state is everywhere")
	c.cut = func(from, to netip.AddrPort) bool { return from == n.at || to == n.at }
	c.run(20*time.Second, nil)
	if got := value(c.nodes[0], n.cfg.ID, 1, ""); got != "brief" {
		t.Errorf("after 20 s the field is %q", got)
	}
	c.run(time.Minute, nil)
	if got := value(c.nodes[0], n.cfg.ID, 1, "") + value(c.nodes[0], n.cfg.ID, 2, ""); got != "kept" {
		t.Errorf("after 80 s the fields are %q", got)
	}
	c.cut = nil
	c.within(time.Minute, "one cluster again", func() bool { return c.allSee(4, StatusUp) })
	c.stateWithin(10*time.Second, "all state again")
	c.check()
}

func TestDroppedStateLeavesNothingBehindWhereNobodyWatches(t *testing.T) {
	c := formed(t, 60, 3, nil)
	n, other := c.nodes[0], c.nodes[2]
	for range 3 {
		c.write(other, field(1, "", "x"))
		c.stateWithin(5*time.Second, "the state is everywhere")
		if !other.renew(0) {
			t.Fatal("no new life")
		}
		c.step(other)
		c.run(2*time.Second, nil)
	}
	if left := len(n.table.stateless); left > 0 {
		t.Errorf("%d copies that were dropped are remembered", left)
	}
}

func TestAClaimOfMoreWritesIsOutdone(t *testing.T) {
	c := formed(t, 59, 3, nil)
	n := c.nodes[1]
	c.write(n, field(1, "", "a"))
	c.stateWithin(5*time.Second, "state is everywhere")
	rec := n.table.Self().record()
	rec.StateVersion = 1000
	c.hearsay(c.nodes[0], c.nodes[2], rec)
	c.within(20*time.Second, "it is outdone", func() bool { return n.OwnState().Latest() > 1000 && c.sameState() })
	rec.StateVersion = 1<<64 - 1
	before := n.Generation()
	c.hearsay(c.nodes[0], c.nodes[2], rec)
	c.within(30*time.Second, "a new life", func() bool { return n.Generation() > before && c.sameState() })
	if got := value(c.nodes[0], n.cfg.ID, 1, ""); got != "a" {
		t.Errorf("its field is %q", got)
	}
	c.check()
}

// A floor that nobody ever raised would have its believers wait for ever for
// somebody who knows it.
func TestAClaimedFloorIsOutdone(t *testing.T) {
	for _, floor := range []uint64{2, 1000, 1<<64 - 1} {
		t.Run(fmt.Sprint(floor), func(t *testing.T) {
			c := formed(t, 61, 5, nil)
			n, liar := c.nodes[1], c.nodes[0]
			c.write(n, field(1, "", "a"), field(2, "x", "b"), field(2, "y", "c"))
			c.write(n, without(2, "y"))
			c.stateWithin(5*time.Second, "state is everywhere")
			for _, victim := range []*testNode{c.nodes[2], c.nodes[3]} {
				env := &hearsayv1.Envelope{
					Sender: liar.key, Generation: liar.nonce,
					State: []hearsayv1.StateDelta{{
						Owner: n.key, Generation: uint64(n.Generation()), Floor: floor, Latest: max(floor, 4),
					}},
				}
				victim.Handle(c.now, Inbound{Source: liar.at, Network: "udp", Version: 1, Envelope: env})
				c.step(victim)
			}
			c.run(time.Second, nil)
			c.write(n, field(1, "", "d"))
			c.start(c.config(9), addressOf(0))
			c.within(30*time.Second, "all hold what it has written", func() bool {
				for _, reader := range c.up() {
					held := reader.StateOf(n.cfg.ID)
					if held == nil || held.Held() != n.OwnState().Latest() || held.Floor() < min(floor, n.OwnState().Floor()) ||
						value(reader, n.cfg.ID, 1, "")+value(reader, n.cfg.ID, 2, "x")+value(reader, n.cfg.ID, 2, "y") != "db" {
						return false
					}
				}
				return true
			})
			c.check()
		})
	}
}

func TestStateAndMembershipShareDatagrams(t *testing.T) {
	d := &draft{}
	d.reset(destination{})
	c, err := New(newCluster(t, 60).config(0))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Join(1); err != nil {
		t.Fatal(err)
	}
	// More rumours than fit, and more news of state than fits.
	for i := range 50 {
		rec := sampleRecord(fmt.Sprintf("peer-%d", i), 1)
		if _, err := c.table.Merge(c.now, &rec); err != nil {
			t.Fatal(err)
		}
		c.rumour(rumourName{subject: c.table.LookupID(rec.ID).Key()}, 0, false)
	}
	for i := range uint32(50) {
		if err := c.WriteState(1, []state.Change{field(i+1, "", strings.Repeat("x", 50))}); err != nil {
			t.Fatal(err)
		}
	}
	d.envelope.Sender = 1
	c.fill(d)
	records, changes := len(d.records), 0
	for i := range d.states {
		changes += len(d.states[i].Changes)
	}
	if records < 5 || changes < 5 {
		t.Errorf("%d records and %d changes share a datagram", records, changes)
	}
	if size := d.envelope.Size(); size > c.cfg.DatagramBudget {
		t.Errorf("it has %d bytes", size)
	}
}
