package membership

import (
	"net/netip"
	"slices"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// silentAsks is how many times a seed is asked in vain, over three periods at
// least, before it is called silent.
const silentAsks = 4

// seed is an address that may lead into the cluster.
type seed struct {
	address netip.AddrPort
	// network is the place, in the node's own list, of the network by which the
	// address is asked: an address does not tell by which it is reached.
	network int
	// own: it is this node's address, by configuration or because the node's
	// own question came back from it and nobody else answered. echoed: it came
	// back, which it also does if somebody on the way sends it back.
	own, echoed bool
	// key is who answered there last.
	key uint64
	// sequence is that of the last question; asked counts those since the last
	// answer, of which the first was at first and the last at last. due is when it
	// is asked again.
	sequence         uint32
	asked            int
	first, last, due Instant
	answered         bool
	told             bool
	// found: not configured, but where an envelope came from while the node
	// was looking for a way in.
	found bool
}

// maxFound bounds the seeds that were found, of which the oldest goes first.
const maxFound = 4

// seedList holds the seeds in the order in which they were given, and behind
// them those that were found.
type seedList struct {
	list []seed
	// nextFound is the earliest time at which another seed is found: who forges
	// addresses can have few Joins sent to them.
	nextFound Instant
}

// set replaces the addresses. What is known of those that stay is kept.
func (l *seedList) set(now Instant, addresses []netip.AddrPort, own func(netip.AddrPort) bool) {
	old := l.list
	l.list = make([]seed, 0, min(len(addresses), maxSeeds))
	for _, address := range addresses {
		address = netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
		usable := address.IsValid() && address.Port() != 0 && !address.Addr().IsUnspecified()
		if !usable || len(l.list) == maxSeeds || at(l.list, address) >= 0 {
			continue
		}
		if i := at(old, address); i >= 0 {
			l.list = append(l.list, old[i])
			continue
		}
		l.list = append(l.list, seed{address: address, own: own(address), due: now})
	}
}

// find takes in an address at which a member was heard.
func (l *seedList) find(now Instant, address netip.AddrPort, network int, gap time.Duration) {
	if now < l.nextFound || at(l.list, address) >= 0 {
		return
	}
	first, found := -1, 0
	for i := range l.list {
		if l.list[i].found {
			if found++; first < 0 {
				first = i
			}
		}
	}
	if found == maxFound {
		l.list = slices.Delete(l.list, first, first+1)
	}
	l.nextFound = now.Add(gap)
	l.list = append(l.list, seed{address: address, network: network, due: now, found: true, told: true})
}

// dropFound forgets the seeds that were found, once they have led the node in.
func (l *seedList) dropFound() {
	l.list = slices.DeleteFunc(l.list, func(s seed) bool { return s.found })
}

func at(seeds []seed, address netip.AddrPort) int {
	return slices.IndexFunc(seeds, func(s seed) bool { return s.address == address })
}

// others counts the seeds that are not this node.
func (l *seedList) others() int {
	n := 0
	for i := range l.list {
		if !l.list[i].own {
			n++
		}
	}
	return n
}

// pending tells whether a seed was asked and has not answered.
func (l *seedList) pending() bool {
	return slices.ContainsFunc(l.list, func(s seed) bool { return !s.own && !s.answered })
}

// bySequence returns the seed that was asked with a sequence, or nil.
func (l *seedList) bySequence(sequence uint32) *seed {
	if sequence == 0 {
		return nil
	}
	for i := range l.list {
		if l.list[i].sequence == sequence {
			return &l.list[i]
		}
	}
	return nil
}

// next returns when the next seed is to be asked again.
func (l *seedList) next() Instant {
	next := Never
	for i := range l.list {
		if s := &l.list[i]; !s.own {
			next = min(next, s.due)
		}
	}
	return next
}

// askSeeds asks the seeds that are due, a bounded number at once. It returns
// when it wants to be called again.
func (c *Coordinator) askSeeds() Instant {
	fanout := c.cfg.JoinFanout
	for i := range c.seeds.list {
		s := &c.seeds.list[i]
		if s.asked > 0 && !s.answered && c.now < s.last.Add(c.cfg.GossipInterval) {
			fanout--
		}
	}
	for i := range c.seeds.list {
		s := &c.seeds.list[i]
		if s.own || c.now < s.due {
			continue
		}
		if fanout <= 0 {
			return c.now.Add(c.cfg.GossipInterval)
		}
		fanout--
		c.askSeed(s)
	}
	return c.seeds.next()
}

// findSeed asks whoever talks to a node that has no way in yet. Its own seeds
// may all be gone, while the cluster remembers the node and knocks.
func (c *Coordinator) findSeed(from *correspondent) {
	network := c.cfg.networkIndex(from.in.Network)
	if from.envelope.Flags&uint32(hearsayv1.EnvelopeFlagNoRecord) != 0 || from.envelope.JoinAck != nil ||
		network < 0 || c.cfg.ownAddress(from.in.Source) {
		return
	}
	c.seeds.find(c.now, from.in.Source, network, c.cfg.GossipInterval)
}

// askSeed sends a Join, and says when to repeat it: after a gossip interval at
// first, later after ten periods, give or take a quarter, so that nodes that
// lost the same seed do not all come back at one moment. A node on several
// networks takes the next of them each time that it was asked in vain.
func (c *Coordinator) askSeed(s *seed) {
	if s.echoed && !s.own {
		c.seedIsSelf(s)
		return
	}
	if s.asked == 0 {
		s.first = c.now
	} else {
		s.network = (s.network + 1) % len(c.cfg.Endpoints)
	}
	s.last = c.now
	if s.asked >= silentAsks && !s.told && c.now.Sub(s.first) >= 3*c.cfg.Period {
		s.told = true
		c.shown.add(SeedSilent{Address: s.address})
	}
	wait := 10 * c.cfg.Period
	if s.asked < 16 {
		wait = min(wait, c.cfg.GossipInterval<<s.asked)
	}
	wait = wait*3/4 + time.Duration(c.random.jitter.Int64N(int64(wait/2)+1))
	s.asked++
	s.answered = false
	s.due = c.now.Add(wait)
	s.sequence = c.random.sequence()
	c.stats.JoinsSent++
	c.sendJoin(s)
}

// heard notes that a seed answered.
func (s *seed) heard(key uint64) {
	s.key, s.answered, s.asked = key, true, 0
	s.own, s.echoed = false, false
}
