package membership

import (
	"container/heap"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

// attacker stands in a sealed network without its keys. It sees every datagram
// and who sends it to whom, but not what is in it. It can send a copy to
// anybody, at once or much later, under any source address, and it is always
// faster than the network; it forges ICMP; only what has passed it cannot stop. Receivers take
// each datagram once, as a transport's replay windows have it, and again after a
// restart, when these are empty.
//
// Where it gives an address of its own as the source, the answers come to it,
// and go on to whom it wants to deceive.
type attacker struct {
	*cluster
	rng  *rand.Rand
	kept []packet
	// eager is the chance that it meddles with a datagram.
	eager float64
	// lures are its own addresses, by port, and what each of them pretends.
	lures []lure
	sent  int
}

// lure is where answers come to that are passed on to victim, as if they were
// from guise.
type lure struct{ victim, guise netip.AddrPort }

var attackerAddr = netip.AddrFrom4([4]byte{192, 0, 2, 66})

func newAttacker(c *cluster, eager float64) *attacker {
	a := &attacker{cluster: c, rng: rand.New(rand.NewPCG(c.seed, 666)), eager: eager}
	c.tap = a.see
	return a
}

// see is shown each datagram that is sent.
func (a *attacker) see(p packet) {
	if p.to.Addr() == attackerAddr {
		l := a.lures[p.to.Port()]
		a.inject(p, l.guise, l.victim)
		return
	}
	if p.from.Addr() == attackerAddr {
		return
	}
	a.kept = append(a.kept, p)
	if a.rng.Float64() >= a.eager {
		return
	}
	switch other := a.anyone(); a.rng.IntN(5) {
	case 0: // another one gets it, too, from wherever
		a.inject(p, a.source(p), other)
	case 1: // it comes back to its sender
		a.inject(p, a.source(p), p.from)
	case 2: // another one answers it, in place of whom it was meant for
		a.inject(p, a.lure(p.from, p.to), other)
	case 3: // it is answered to somebody who never asked
		a.inject(p, a.lure(other, p.to), p.to)
	case 4: // its target's host seems to say, by ICMP, that nobody listens there
		if n := a.find(p.from); n != nil {
			n.notices = append(n.notices, Inbound{Source: p.to, Network: "udp", Notice: NoticeUnreachable})
		}
	}
}

// replay sends so many of the datagrams that were ever sent to a node, or to
// nodes at random.
func (a *attacker) replay(count int, to netip.AddrPort) {
	for range count {
		p := a.kept[a.rng.IntN(len(a.kept))]
		if target := to; target.IsValid() {
			a.inject(p, a.source(p), target)
		} else {
			a.inject(p, a.source(p), a.anyone())
		}
	}
}

func (a *attacker) inject(p packet, from, to netip.AddrPort) {
	p.from, p.to, p.due = from, to, a.now+1
	a.sent++
	heap.Push(&a.queue, p)
}

// source is what a copy may claim to come from.
func (a *attacker) source(p packet) netip.AddrPort {
	switch a.rng.IntN(4) {
	case 0:
		return p.to
	case 1:
		return a.anyone()
	case 2:
		return a.lure(a.anyone(), a.anyone())
	}
	return p.from
}

func (a *attacker) lure(victim, guise netip.AddrPort) netip.AddrPort {
	a.lures = append(a.lures, lure{victim, guise})
	return netip.AddrPortFrom(attackerAddr, uint16(len(a.lures)-1))
}

func (a *attacker) anyone() netip.AddrPort { return a.nodes[a.rng.IntN(len(a.nodes))].at }

// unshaken fails if a node has shown anybody suspect, dead or gone who was not,
// or has refuted something, begun another life, or ended.
func (a *attacker) unshaken(except ...string) {
	a.t.Helper()
	excused := map[string]bool{}
	for _, id := range except {
		excused[id] = true
	}
	for _, n := range a.nodes {
		if n.down {
			continue
		}
		for _, e := range n.events {
			switch e := e.(type) {
			case MemberStatusChanged:
				gone := e.From.Live() && !e.Member.Status.Live()
				if (gone || e.Member.Status == StatusSuspect || e.Member.Status == StatusDead) && !excused[e.Member.ID] {
					a.t.Errorf("%s has shown %s %v", n.cfg.ID, e.Member.ID, e.Member.Status)
				}
			case Evicted, Superseded, Isolated:
				a.t.Errorf("%s: %T %+v", n.cfg.ID, e, e)
			}
		}
		if s := n.Stats(); s.Generations > 0 || s.Refutations > 0 && !excused[n.cfg.ID] {
			a.t.Errorf("%s: %d further generations, %d refutations", n.cfg.ID, s.Generations, s.Refutations)
		}
	}
}

// Who has no key changes nothing, whatever it sends to whom: not while nodes
// join, leave, die and return, and not by all that it ever saw.
func TestWhoHasNoKeyChangesNothing(t *testing.T) {
	for seed := range uint64(6) {
		t.Run("", func(t *testing.T) {
			c := newCluster(t, 700+seed)
			a := newAttacker(c, 0.5)
			c.grow(8)
			c.within(15*time.Second, "all join", func() bool { return c.allSee(8, StatusUp) })
			c.run(20*time.Second, nil)
			a.unshaken()

			leaver, victim := c.nodes[2], c.nodes[5]
			_ = leaver.Leave(c.now)
			c.step(leaver)
			c.run(2*time.Second, nil)
			c.crash(leaver)
			c.within(5*time.Second, "one has left", func() bool { return c.allSee(7, StatusUp) })
			c.start(leaver.cfg, addressOf(0), addressOf(1))
			c.within(10*time.Second, "it is back", func() bool { return c.allSee(8, StatusUp) })
			for range 100 {
				a.replay(50, netip.AddrPort{})
				c.run(100*time.Millisecond, nil)
			}
			a.unshaken(leaver.cfg.ID)

			c.crash(victim)
			died := c.now
			for !c.allSee(7, StatusUp) {
				a.replay(20, netip.AddrPort{})
				c.run(100*time.Millisecond, nil)
				if c.now.Sub(died) > 30*time.Second {
					t.Fatal("a crash is not found while what the dead one sent is sent again")
				}
			}
			t.Logf("the crash was found after %v", c.now.Sub(died))
			a.unshaken(leaver.cfg.ID, victim.cfg.ID)
			t.Logf("%d datagrams, %d copies", len(a.kept), a.sent)
		})
	}
}

// Where all members restart at once nobody remembers what was sent before. What
// keeps that from counting are the counters that they have persisted; without,
// lives of before may outrank those of now, until their owners hear of it.
func TestReplaysAfterAllHaveRestarted(t *testing.T) {
	for name, persisted := range map[string]bool{"with their counters": true, "with nothing": false} {
		t.Run(name, func(t *testing.T) {
			const n = 6
			c := newCluster(t, 711)
			a := newAttacker(c, 0)
			c.grow(n)
			c.within(15*time.Second, "all join", func() bool { return c.allSee(n, StatusUp) })
			for _, leaver := range c.nodes[1:4] {
				_ = leaver.Leave(c.now)
				c.step(leaver)
				c.run(2*time.Second, nil)
			}
			old := append([]*testNode(nil), c.nodes...)
			for _, node := range old {
				c.crash(node)
			}
			c.run(time.Second, nil)
			for i := range n {
				cfg := c.config(i)
				cfg.Seed[0]++
				if persisted {
					cfg.MinCounter = Generation(old[i].Generation()).Counter()
				}
				c.start(cfg, addressOf(0))
				a.replay(50, addressOf(i))
			}
			for range 50 {
				a.replay(50, netip.AddrPort{})
				c.run(100*time.Millisecond, nil)
			}
			c.within(10*time.Second, "all agree", func() bool { return c.allSee(n, StatusUp) })
			if persisted {
				a.unshaken()
			}
		})
	}
}
