package membership

// isolation is what a node knows that nobody answers. It cannot tell whether
// all others died or whether it is itself cut off, and the second is likelier:
// so it accuses nobody, says so, and shows its users that it reaches nobody.
type isolation struct {
	// silent is for how many periods in a row nobody answered.
	silent int
	on     bool
}

// period takes what a period brought. limit is after how many silent ones the
// node is isolated; it tells whether it has become so. A period in which nobody
// was asked, or whose answers the node's driver kept waiting, says nothing.
func (s *isolation) period(report periodReport, limit int) bool {
	switch {
	case report.hears():
		s.silent = 0
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
}

// reach ends the isolation: a member has answered, or there is nobody left who
// could.
func (c *Coordinator) reach() {
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
		c.shown.changed = append(c.shown.changed, Member{ID: e.ID()})
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
