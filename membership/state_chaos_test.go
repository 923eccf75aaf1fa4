package membership

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/state"
)

// scribe writes at random, and knows what must be there in the end.
type scribe struct {
	*cluster
	rng *rand.Rand
	// written is what each node has in each slot, by the node's life.
	written map[*testNode]map[state.Slot]string
}

func (s *scribe) writeSome() {
	up := s.up()
	n := up[s.rng.IntN(len(up))]
	if s.written[n] == nil {
		s.written[n] = map[state.Slot]string{}
	}
	for range 1 + s.rng.IntN(3) {
		ch := field(1+s.rng.Uint32N(3), fmt.Sprint(s.rng.IntN(8)), strings.Repeat("v", s.rng.IntN(200))+fmt.Sprint(s.rng.Uint32()))
		if s.rng.IntN(60) == 0 {
			ch.Value = []byte(strings.Repeat("l", 5000))
		}
		ch.Priority = state.Priority(s.rng.IntN(3))
		if ch.Deleted = s.rng.IntN(4) == 0; ch.Deleted {
			delete(s.written[n], ch.Slot)
		} else {
			s.written[n][ch.Slot] = string(ch.Value)
		}
		if err := n.WriteState(s.now, []state.Change{ch}); err != nil {
			s.t.Fatal(err)
		}
	}
	s.step(n)
}

// disturb splits, loses, crashes and restarts.
func (s *scribe) disturb() {
	switch s.rng.IntN(5) {
	case 0:
		part := byte(1 + s.rng.IntN(90))
		s.cut = func(from, to netip.AddrPort) bool {
			return (from.Addr().As4()[3] < part) != (to.Addr().As4()[3] < part)
		}
	case 1, 2:
		s.cut = nil
	case 3:
		up := s.up()
		if n := up[1+s.rng.IntN(len(up)-1)]; n.Joined() {
			s.crash(n)
			cfg := n.cfg
			cfg.Seed[0] = s.rng.Uint64()
			s.start(cfg, addressOf(0), up[0].at, up[len(up)-1].at)
		}
	}
}

// lost tells whether a live node lacks something that it wrote.
func (s *scribe) lost() string {
	for _, n := range s.up() {
		own := n.OwnState()
		if contents, _ := own.Len(); contents != len(s.written[n]) {
			return fmt.Sprintf("%s has %d slots and wrote %d", n.cfg.ID, contents, len(s.written[n]))
		}
		for slot, want := range s.written[n] {
			if ch, _ := own.Get(slot); string(ch.Value) != want {
				return fmt.Sprintf("%s has %.20q in %v and wrote %.20q", n.cfg.ID, ch.Value, slot, want)
			}
		}
	}
	return ""
}

func TestRandomWritesEndEqualEverywhere(t *testing.T) {
	nodes, seeds := 100, uint64(1)
	if testing.Short() {
		nodes = 30
	}
	for seed := range seeds {
		c := newCluster(t, 7000+seed)
		c.configure = func(cfg *Config) { cfg.TombstoneLife = time.Minute }
		s := &scribe{cluster: c, rng: rand.New(rand.NewPCG(seed, 7)), written: map[*testNode]map[state.Slot]string{}}
		c.grow(nodes)
		c.within(30*time.Second, "all Up", func() bool { return c.allSee(nodes, StatusUp) })
		c.loss = 0.2
		for i := range 300 {
			s.writeSome()
			if i%15 == 0 {
				s.disturb()
			}
			c.run(time.Duration(s.rng.Int64N(int64(800*time.Millisecond))), nil)
		}
		c.check()
		c.cut = nil
		took := c.stateWithin(3*time.Minute, "equal state everywhere, under loss")
		c.loss = 0
		c.within(time.Minute, "all agree", func() bool { return c.allSee(nodes, StatusUp) && c.sameState() })
		t.Logf("equal after %v", took)
		if lost := s.lost(); lost != "" {
			t.Error(lost)
		}
		asked := 0
		c.run(2*time.Minute, nil) // until the last tombstones are collected
		c.spy = func(from *testNode, out Outbound, _ int) {
			if out.Envelope.Want != nil || len(out.Envelope.State) > 0 || out.Envelope.Sum != nil {
				asked++
			}
		}
		c.run(20*time.Second, nil)
		if asked > 0 {
			t.Errorf("%d datagrams of repair in a quiet cluster", asked)
		}
		c.check()
	}
}
