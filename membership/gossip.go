package membership

import (
	"math"
	"time"
)

// eagerGap is the least time between two eager pushes, as a part of the gossip
// interval: a burst of changes that arrives one datagram at a time is passed on
// in few datagrams, at the price of a few milliseconds.
const eagerGap = 40

// eagerPush is what is known of changes that have not been passed on.
type eagerPush struct {
	pending bool
	// next is the earliest time of the next push.
	next Instant
	// crowd: more rumours came together than can be sent in full. It lasts
	// until none waits, and thin has passed.
	crowd bool
	thin  Instant
}

// crowdSize is how many rumours make a crowd: more than fit in a few datagrams.
// In a crowd, as when many nodes start together, each rumour is sent fewer
// times, and what peers tell of it counts; on its own it is sent in full, for
// then it is time that matters.
const crowdSize = 24

// rumourSends returns how often a rumour is sent by each node that holds it:
// ⌈ln n⌉+4. Infection-style dissemination needs λ·ln n sends (SWIM §4.1); what
// this misses, the roots find.
func rumourSends(n int) int {
	return int(math.Ceil(math.Log(float64(max(n, 1))))) + 4
}

// crowdSends is how often a rumour is sent in a crowd. What a push cannot do
// there without telling most nodes most things several times, comparing tables
// does: it sends what is missing and nothing else.
const crowdSends = 3

// rumourLimits returns how often a record is sent now, and how often a rumour is
// sent in full.
func (c *Coordinator) rumourLimits() (limit, full int) {
	full = rumourSends(c.table.LiveCount())
	if c.eager.crowd {
		return min(full, crowdSends), full
	}
	return full, full
}

// rumour queues news for the peers and has it pushed at once. source is the key
// of the peer that told it; 0 is this node.
//
// A record that says Joining is not pushed: the node is Up a few round trips
// later, as a rule, and then one rumour does for both.
func (c *Coordinator) rumour(name rumourName, source uint64, urgent bool) {
	if c.cfg.Observer {
		return // it has nobody's ear
	}
	var record *Entry
	if name.accuser == 0 {
		record = c.table.Lookup(name.subject)
	}
	if record != nil && !record.Live() {
		c.quickenGossip(&c.clock.loss)
	} else {
		c.quickenGossip(nil)
	}
	if c.rumours.len() == 0 && c.now >= c.eager.thin {
		c.eager.crowd = false
	}
	c.rumours.add(name, source, urgent)
	if c.rumours.len() >= crowdSize {
		c.eager.crowd, c.eager.thin = true, c.now.Add(2*c.cfg.GossipInterval)
	}
	if record != nil && record.Shown() == StatusJoining {
		return
	}
	c.eager.pending = true
}

// quickening is the part of a gossip interval within which the intervals begin
// when there is news: soon, for the few whom the eager push missed wait.
const quickening = 4

// quickenGossip begins the gossip intervals if nothing has waited so far: in a
// random phase, or nodes that learn one thing together would all repeat it
// together. What others act on begins them anew where lesser news, like one accuser
// more, has begun them already: from the instant again on, which is then put off
// by an interval, or a thousand losses would quicken the gossip as such. nil is
// lesser news.
func (c *Coordinator) quickenGossip(again *Instant) {
	begun := c.newsLen() > 0
	if begun && (again == nil || c.now < *again) {
		return
	}
	if again != nil {
		*again = c.now.Add(c.cfg.GossipInterval)
	}
	within := int64(c.cfg.GossipInterval / quickening)
	first := c.now.Add(time.Duration(c.random.jitter.Int64N(within)) + 1)
	if !begun || first < c.clock.gossip {
		c.clock.gossip = first
	}
	c.circle.turn = 0
}

// spread sends rumours that are due: news at once to a few peers, and whatever
// still waits each gossip interval to a few others. It returns when it has to
// be called again.
func (c *Coordinator) spread() Instant {
	if c.newsLen() == 0 {
		c.eager.pending = false
		return Never
	}
	if c.eager.pending && c.now >= c.eager.next {
		gap, fanout := c.cfg.GossipInterval/eagerGap, c.cfg.EagerFanout
		if c.eager.crowd {
			gap, fanout = 4*gap, (fanout+1)/2
		}
		c.eager.pending, c.eager.next = false, c.now.Add(gap)
		c.tellPeers(fanout)
	}
	if c.now >= c.clock.gossip {
		c.clock.gossip = c.now.Add(c.cfg.GossipInterval)
		c.gossip()
	}
	next := c.clock.gossip
	if c.eager.pending {
		next = min(next, c.eager.next)
	}
	return next
}

// gossip sends rumours to GossipFanout peers: one that follows this node in the
// circle and others at random. If there may be only one, it is at random.
func (c *Coordinator) gossip() {
	count := c.cfg.GossipFanout
	if e := c.follower(); e != nil && count > 1 {
		c.tellPeer(e)
		count--
	}
	c.tellPeers(count)
}

// tellPeers sends rumours to count peers at random.
func (c *Coordinator) tellPeers(count int) {
	for _, e := range c.pickPeers(count, nil) {
		c.tellPeer(e)
	}
}

// tellPeer sends a peer what rumours there are.
func (c *Coordinator) tellPeer(e *Entry) {
	to, ok := c.toward(e)
	if !ok || c.newsLen() == 0 {
		return
	}
	d := c.open(to)
	c.fill(d)
	if !d.empty() {
		c.post(d)
	}
}

// rumourShare is the membership's share of an envelope.
type rumourShare Coordinator

// maxMisses is after how many rumours that do not fit an envelope counts as
// full: a smaller one may follow a larger.
const maxMisses = 4

// fill adds rumours, least sent first. It reads them from the table, so what
// was outranked meanwhile goes out as it is now, or not at all.
func (s *rumourShare) fill(d *draft) {
	c := (*Coordinator)(s)
	for misses := 0; misses < maxMisses; {
		r := c.rumours.take()
		if r == nil {
			return
		}
		e := c.table.Lookup(r.name.subject)
		switch {
		case e == nil:
			c.rumours.drop(r.name)
		case r.source != 0 && r.source == d.to.key:
			// Who told it knows it.
		case r.name.accuser != 0:
			if a, stands := e.accusationBy(r.name.accuser); !stands {
				c.rumours.drop(r.name)
			} else if r.sent = d.addAccusation(&a); !r.sent {
				misses++
			}
		case e.Key() == d.to.key && e.Live():
			// Its own record.
		default:
			rec := e.record()
			if r.sent = d.addRecord(&rec); !r.sent {
				misses++
			}
		}
	}
}
