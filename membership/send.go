package membership

import (
	"math"
	"slices"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// displaced tells whether a member says that it listens where this node does,
// and nowhere else that this node could send to.
func (c *Coordinator) displaced(e *Entry) bool {
	if c.quarantine.member(e) {
		return false
	}
	if _, elsewhere := c.toward(e); elsewhere {
		return false
	}
	return slices.ContainsFunc(c.cfg.Endpoints, func(own Endpoint) bool { return e.ListensAt(own.Network, own.Address) })
}

// versionFor returns the highest wire version that both sides are known to
// understand, 0 if there is none.
func (c *Coordinator) versionFor(e *Entry) uint8 {
	lowest, highest := e.WireRange()
	if common := min(highest, c.cfg.WireMax); common >= max(lowest, c.cfg.WireMin) {
		return common
	}
	return 0
}

// open begins an envelope with this node's header.
func (c *Coordinator) open(to destination) *draft {
	d := c.outbox.open(to)
	d.envelope.Sender = c.key
	d.envelope.Generation = c.nonce
	d.envelope.Root = c.table.Root()
	if self := c.table.Self(); self != nil {
		d.envelope.Incarnation = uint32(self.Incarnation())
	} else {
		d.envelope.Flags = uint32(hearsayv1.EnvelopeFlagNoRecord)
	}
	return d
}

// post sends an envelope as it is.
func (c *Coordinator) post(d *draft) {
	if c.shuns(&d.to) {
		return // a seed, or a helper's target
	}
	c.outbox.send(d)
}

// shuns tells whether who is kept out is, or may be, where an envelope goes.
func (c *Coordinator) shuns(to *destination) bool {
	switch q := &c.quarantine; {
	case len(q.list) == 0:
		return false
	case q.address(to.address) || q.key(to.key):
		return true
	case to.key != 0:
		return false
	default:
		e := c.table.AtAddress("", to.address)
		return e != nil && q.member(e)
	}
}

// allowance is how many bytes may be sent yet to whoever sent an envelope. To an
// address that is not proven nothing goes that is, with all else that answers the
// envelope, longer than it, so that nobody can have this node shout at a third.
func (c *Coordinator) allowance(from *correspondent) int {
	if c.proven(from) {
		return math.MaxInt
	}
	return from.envelope.Size() - from.spent
}

// postTo sends an envelope to whoever sent the one that it answers, within the
// allowance.
func (c *Coordinator) postTo(from *correspondent, d *draft) {
	if !c.proven(from) {
		size := d.envelope.Size()
		if size > c.allowance(from) {
			c.stats.AnswersWithheld++
			return
		}
		from.spent += size
	}
	c.post(d)
}

// postFilled sends an envelope after its room was filled: first with what is
// held against the receiver, who must hear it before all others, then with
// rumours.
func (c *Coordinator) postFilled(d *draft) {
	c.fill(d)
	c.post(d)
}

// fill fills the room of an envelope.
func (c *Coordinator) fill(d *draft) {
	accused := false
	if e := c.table.Lookup(d.to.key); e != nil {
		accused = !e.Live() || e.Accused()
	}
	if !accused && c.newsLen() == 0 {
		return // the quiet case: not even measured
	}
	d.measure(c.cfg.DatagramBudget)
	if accused {
		c.confront(d, c.table.Lookup(d.to.key))
	}
	c.rumours.begin(c.rumourLimits())
	c.states.news.begin(c.newsLimits())
	switch {
	case c.states.news.len() == 0:
		pack(d, (*rumourShare)(c))
	case c.rumours.len() == 0:
		pack(d, (*stateShare)(c))
	default:
		pack(d, (*rumourShare)(c), (*stateShare)(c))
	}
	c.states.news.end()
	c.rumours.end()
}

// confront tells a member what is held against it, so that it can refute.
func (c *Coordinator) confront(d *draft, e *Entry) {
	if !e.Live() {
		rec := e.record()
		d.addRecord(&rec)
	}
	var stand [MaxAccusers]hearsayv1.Accusation
	for _, a := range e.AppendAccusations(stand[:0]) {
		d.addAccusation(&a)
	}
}

// pickPeers returns at most count distinct peers at random, but for those that
// skip names. The slice is valid until the next call.
func (c *Coordinator) pickPeers(count int, skip func(*Entry) bool) []*Entry {
	c.picks = c.picks[:0]
	peers, wards := c.table.Peers(), c.shown.wards.list
	total := len(peers) + len(wards)
	if total == 0 {
		return nil
	}
	// Walking from a random place by a random step that has no factor in
	// common with the total visits everybody once, in an order that differs
	// each time, without a copy of the list.
	at, step := c.random.peers.IntN(total), 1
	if total > 2 {
		for step = 1 + c.random.peers.IntN(total-1); gcd(step, total) != 1; step = step%(total-1) + 1 {
		}
	}
	for range total {
		if len(c.picks) == count {
			break
		}
		e := c.peerAt(at)
		at = (at + step) % total
		if e != nil && (skip == nil || !skip(e)) {
			c.picks = append(c.picks, e)
		}
	}
	return c.picks
}

// peerAt numbers the peers, and behind them those whose death is not shown yet.
func (c *Coordinator) peerAt(i int) *Entry {
	peers := c.table.Peers()
	if i < len(peers) {
		return peers[i]
	}
	return c.table.Lookup(c.shown.wards.list[i-len(peers)].key)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
