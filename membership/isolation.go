package membership

// isolation is what a node knows that nobody answers, and that hears nobody. It
// cannot tell whether all others died or whether it is itself cut off, and the
// second is likelier: so it accuses nobody, says so, and shows its users that it
// reaches nobody.
//
// That nobody answers is not enough: on the small side of a split nearly all
// whom a node asks are on the other one, and its neighbours are well.
type isolation struct {
	// silent is for how many periods in a row nobody was heard; heard tells
	// that somebody was, in this period.
	silent int
	heard  bool
	on     bool
	// asked is how many were asked by askRound since somebody was heard.
	asked int
}

// period takes what a period brought. limit is after how many silent ones the
// node is isolated; it tells whether it has become so. A period in which nobody
// was asked, or whose answers the node's driver kept waiting, says nothing.
func (s *isolation) period(report periodReport, limit int) bool {
	heard := s.heard || report.hears()
	s.heard = false
	switch {
	case heard:
		s.silent, s.asked = 0, 0
	case report.sent > 0 && report.voided == 0:
		s.silent++
	}
	if s.on || s.silent < limit {
		return false
	}
	s.on = true
	return true
}

// stepIsolation finds out, once a period, whether this node is isolated: after
// as many periods as it takes an accuser to condemn alone, or where there is
// but one to ask, and so no helper and no accuser, after the pause tolerance.
func (c *Coordinator) stepIsolation() {
	if c.cfg.Detector != DetectorWitness {
		return
	}
	live := c.table.LiveCount()
	if live < 2 {
		c.isolation.silent = 0
		c.reach()
		return
	}
	limit := lonePeriods * c.cfg.tolerancePeriods()
	if live == 2 {
		limit = c.cfg.tolerancePeriods()
	}
	if c.isolation.period(c.prober.report, limit) {
		c.shown.add(Isolated{})
		c.showPeers()
	}
	if left := limit - c.isolation.silent; live > 2 && !c.isolation.on && left <= c.cfg.tolerancePeriods() {
		c.askRound(left)
	}
}

// maxRound bounds how many are asked in one period whether anybody is there.
const maxRound = 512

// askRound asks, before this node takes itself for isolated, all whom it knows,
// once each in the periods that are left: of many who were split off with one
// neighbour, the probes of as few periods find none.
func (c *Coordinator) askRound(left int) {
	s, peers := &c.isolation, c.table.Peers()
	for range min((len(peers)-s.asked+left-1)/left, maxRound) {
		e := peers[s.asked%len(peers)]
		s.asked++
		if to, ok := c.toward(e); ok {
			c.prober.send(c, to, c.random.sequence())
		}
	}
}

// reach notes that a member was heard, or that there is nobody left who could
// be, which ends the isolation.
func (c *Coordinator) reach() {
	c.isolation.heard = true
	if !c.isolation.on {
		return
	}
	c.isolation = isolation{}
	c.shown.add(Isolated{Over: true})
	c.showPeers()
}

// showPeers has all members shown anew.
func (c *Coordinator) showPeers() {
	for _, e := range c.table.Peers() {
		c.shown.review(e)
	}
	c.shown.dirty = true
}

// unreached returns the members that this node shows Dead although nobody found
// them so: all others, while it is isolated.
func (c *Coordinator) unreached() []*Entry {
	if !c.isolation.on {
		return nil
	}
	return c.table.Peers()
}
