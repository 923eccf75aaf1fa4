package membership

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// chaos does something to a cluster at random.
type chaos struct {
	*cluster
	rng   *rand.Rand
	most  int
	fresh int
}

func (h *chaos) act() {
	up := h.up()
	n := up[h.rng.IntN(len(up))]
	switch h.rng.IntN(9) {
	case 0:
		if len(up) > 3 {
			h.crash(n)
		}
	case 1:
		if len(up) > 3 {
			_ = n.Leave(h.now)
			h.step(n)
		}
	case 2, 3:
		if len(up) < h.most {
			h.fresh++
			h.start(h.config(h.fresh), addressOf(0), up[h.rng.IntN(len(up))].at)
		}
	case 4:
		h.restart()
	case 5:
		h.loss = h.rng.Float64() * 0.4
	case 6:
		h.pause(n, h.now.Add(time.Duration(h.rng.Int64N(int64(8*time.Second)))))
	case 7:
		group := byte(1 + h.rng.IntN(3))
		h.cut = func(from, to netip.AddrPort) bool {
			return from.Addr().As4()[3]%4 < group && to.Addr().As4()[3]%4 >= group // one way
		}
		if h.rng.IntN(2) == 0 {
			oneWay := h.cut
			h.cut = func(from, to netip.AddrPort) bool { return oneWay(from, to) || oneWay(to, from) }
		}
	case 8:
		h.cut, h.loss = nil, 0
	}
}

// restart brings back somebody who went down, now and then elsewhere.
func (h *chaos) restart() {
	for _, n := range h.nodes {
		if !n.down && !n.Stopped() {
			continue
		}
		n.down = true
		cfg := n.cfg
		cfg.Seed[0] = h.rng.Uint64()
		if h.rng.IntN(3) == 0 {
			h.fresh++
			cfg.Endpoints = []Endpoint{{Network: "udp", Address: addressOf(h.fresh)}}
		}
		if slices.ContainsFunc(h.up(), func(o *testNode) bool { return o.cfg.ID == cfg.ID || o.at == cfg.Endpoints[0].Address }) {
			continue
		}
		h.start(cfg, addressOf(0), h.up()[0].at)
		return
	}
}

// TestWhateverHappensAllAgreeInTheEnd crashes, pauses, restarts, cuts and loses
// at random, then leaves the cluster in peace. CHAOS_SEEDS is how many clusters
// to try.
func TestWhateverHappensAllAgreeInTheEnd(t *testing.T) {
	seeds := 12
	if n, err := strconv.Atoi(os.Getenv("CHAOS_SEEDS")); err == nil {
		seeds = n
	}
	for seed := range uint64(seeds) {
		c := newCluster(t, 9000+seed)
		h := &chaos{cluster: c, rng: rand.New(rand.NewPCG(seed, 99)), most: 14, fresh: 5}
		c.grow(6)
		c.run(time.Duration(h.rng.Int64N(int64(3*time.Second))), nil)
		for range 30 {
			h.act()
			c.run(time.Duration(h.rng.Int64N(int64(4*time.Second))), nil)
			c.check()
		}
		c.cut, c.loss = nil, 0
		// Who never heard of each other needs a word from outside: a resolver
		// that names two who run.
		seeds := []netip.AddrPort{c.up()[0].at, c.up()[len(c.up())-1].at}
		for _, n := range c.up() {
			n.SetSeeds(c.now, seeds)
			c.step(n)
		}
		c.run(10*time.Second, nil)
		n := len(c.up())
		took := c.within(3*time.Minute, "all agree", func() bool { return c.allSee(n, StatusUp) })
		c.run(20*time.Second, nil)
		if !c.allSee(n, StatusUp) {
			t.Fatalf("seed %d: it does not stay so", c.seed)
		}
		t.Logf("%d nodes agree after %v", n, took)
		c.check()
	}
}
