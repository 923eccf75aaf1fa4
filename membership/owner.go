package membership

import (
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// ownerPartOf returns what the node says of itself under a status.
func ownerPartOf(cfg *Config, status hearsayv1.NodeStatus) *hearsayv1.OwnerPart {
	part := &hearsayv1.OwnerPart{
		Status: status, WireMin: uint32(cfg.WireMin), WireMax: uint32(cfg.WireMax), Zone: cfg.Zone,
	}
	for _, endpoint := range cfg.Endpoints {
		part.Endpoints = append(part.Endpoints, hearsayv1.Endpoint{
			Transport: endpoint.Network, IP: endpoint.Address.Addr().AsSlice(),
			Port: uint32(endpoint.Address.Port()), Scope: endpoint.Scope,
		})
	}
	return part
}

// enter begins a life of the node above every counter that is known. It tells
// whether that was possible.
func (c *Coordinator) enter(known uint32, status hearsayv1.NodeStatus) bool {
	counter := max(known, c.cfg.MinCounter, c.table.KnownGeneration(c.cfg.ID).Counter())
	if counter >= MaxCounter {
		c.stats.GenerationsExhausted++
		return false
	}
	if c.table.BeginLife(c.now, NewGeneration(counter+1, c.nonce), ownerPartOf(&c.cfg, status)) != nil {
		return false
	}
	c.bindState()
	c.ownChanged(false)
	return true
}

// settle makes a joining node Up, or one that observes.
func (c *Coordinator) settle() {
	n := &c.entrance
	if c.cfg.Observer {
		c.stage, n.done = stageObserving, true
		return
	}
	c.stage = stageUp
	n.done, n.young, n.upSince, n.calm, n.sequence = true, true, c.now, 0, 0
	n.next = c.now.Add(c.patience())
	c.setStatus(hearsayv1.NodeStatusUp)
}

// setStatus says something else of the node, or begins a new life if the
// counter of what it says is at its end.
func (c *Coordinator) setStatus(status hearsayv1.NodeStatus) {
	if c.table.SetOwner(c.now, ownerPartOf(&c.cfg, status)) != nil {
		c.renew(0)
		return
	}
	c.ownChanged(status == hearsayv1.NodeStatusLeaving)
}

// ownChanged tells the peers of a change of this node's own record.
func (c *Coordinator) ownChanged(urgent bool) {
	c.shown.dirty = true
	c.repair.changed = c.now
	c.rumour(rumourName{subject: c.key}, 0, urgent)
}

// ownStatus is the status that belongs to the stage.
func (c *Coordinator) ownStatus() hearsayv1.NodeStatus {
	switch c.stage {
	case stageUp:
		return hearsayv1.NodeStatusUp
	case stageLeaving:
		return hearsayv1.NodeStatusLeaving
	}
	return hearsayv1.NodeStatusJoining
}

// renew begins a new life, above a counter and all that are known. It tells
// whether that was possible.
func (c *Coordinator) renew(above uint32) bool {
	was := c.nonce
	c.nonce = c.random.sequence()
	if !c.enter(above, c.ownStatus()) {
		c.nonce = was
		return false
	}
	c.stats.Generations++
	c.rumour(rumourName{subject: c.key}, 0, true)
	return true
}

// contested answers a record about this node that says something which its own
// does not. Only the node itself writes about itself, so none of it is merged:
// it is outdone.
func (c *Coordinator) contested(rec *hearsayv1.NodeRecord) {
	self, g := c.table.Self(), Generation(rec.Generation)
	switch {
	case self == nil:
		c.entrance.known = max(c.entrance.known, g.Counter()) // an earlier life
	case g > self.Generation():
		c.outlived(rec)
	case !self.Live():
		// The node has left; what others hold of it does not matter to it.
	case rec.Verdict == hearsayv1.VerdictRemoved:
		old := self.Generation()
		if c.renew(0) {
			c.shown.add(Evicted{Old: uint64(old), New: uint64(c.table.Self().Generation())})
		}
	default:
		c.outdo(rec)
	}
}

// outdo raises what a record of this life says otherwise than this node: it
// refutes a verdict, and says again what somebody put other words to.
func (c *Coordinator) outdo(rec *hearsayv1.NodeRecord) {
	self := c.table.Self()
	incarnation := Incarnation(rec.Incarnation)
	if rec.Verdict != hearsayv1.VerdictNone && incarnation >= self.Incarnation() || incarnation > self.Incarnation() {
		c.refute(incarnation)
	}
	self = c.table.Self()
	if rec.Version > self.Version() || rec.Version == self.Version() && string(rec.Owner) != string(self.Owner()) {
		if c.table.RaiseVersion(c.now, rec.Version) != nil {
			c.renew(0)
			return
		}
		c.ownChanged(true)
	}
	c.outdoState(rec.StateVersion, 0)
}

// refute takes an incarnation above one that stands accused or condemned.
func (c *Coordinator) refute(above Incarnation) {
	c.stats.Refutations++
	c.detector.blamed()
	if c.table.Refute(c.now, above) != nil {
		c.renew(0)
		return
	}
	c.ownChanged(true)
}

// accusedSelf answers an accusation of this node: by a refutation if it is
// about this life as it is now, by its record if it is about something older.
func (c *Coordinator) accusedSelf(a *hearsayv1.Accusation) {
	self := c.table.Self()
	if self == nil || a.Evidence <= hearsayv1.EvidenceUnspecified {
		return
	}
	g, i := Generation(a.Generation), Incarnation(a.Incarnation)
	switch {
	case g > self.Generation() || !self.Live():
	case g == self.Generation() && i >= self.Incarnation():
		c.refute(i)
	case len(c.stale) < maxStale:
		c.stale = append(c.stale, c.cfg.ID)
	}
}

// rival is a later life of this node's id that is not its own: its past, if
// nobody answers for it, or another process that has taken its place.
type rival struct {
	generation Generation
	to         destination
	sequence   uint32
	tried      int
}

// rivalPeriods is for how many periods a rival is asked before its silence
// means that it is this node's past.
func (c *Coordinator) rivalPeriods() int { return int(c.cfg.PauseTolerance/c.cfg.Period) + 1 }

// outlived finds out about a record of a later life of this node's id. It is
// this node's past if it is dead or at this node's address; otherwise it is
// asked.
func (c *Coordinator) outlived(rec *hearsayv1.NodeRecord) {
	g := Generation(rec.Generation)
	if g == c.rival.generation {
		return
	}
	told, err := c.table.owners.profile(rec)
	if err != nil {
		return
	}
	if rec.Verdict != hearsayv1.VerdictNone {
		c.renew(g.Counter())
		return
	}
	reachable := Entry{profile: told, key: c.key}
	to, ok := c.toward(&reachable)
	if !ok || c.cfg.ownAddress(to.address) {
		c.renew(g.Counter())
		return
	}
	c.rival = rival{generation: g, to: to}
	c.askRival()
}

// askRival probes the rival at its address.
func (c *Coordinator) askRival() {
	r := &c.rival
	r.tried++
	r.sequence = c.random.sequence()
	d := c.open(r.to)
	d.envelope.Probe, d.envelope.Sequence = c.key, r.sequence
	c.post(d)
}

// stepRival asks a rival again, once a period, or takes its silence for proof
// that it is this node's past.
func (c *Coordinator) stepRival() {
	r := &c.rival
	switch self := c.table.Self(); {
	case r.generation == 0:
	case self == nil || self.Generation() > r.generation:
		*r = rival{}
	case r.tried > c.rivalPeriods():
		above := r.generation.Counter()
		*r = rival{}
		c.renew(above)
	default:
		c.askRival()
	}
}

// rivalAnswered ends this node if its rival lives: the newer process wins,
// without a duel.
func (c *Coordinator) rivalAnswered(from *correspondent) {
	r, env := &c.rival, from.envelope
	if r.generation == 0 || env.Sender != c.key || env.Ack != r.sequence || env.Generation != r.generation.Nonce() {
		return
	}
	c.shown.add(Superseded{Generation: uint64(r.generation), Address: from.in.Source})
	c.stage = stageStopped
}

// strayed handles an envelope that bears this node's own key: its own, come
// back from an address that is its own, or a rival's. It tells whether to go on
// with it as with any other.
func (c *Coordinator) strayed(from *correspondent) bool {
	env := from.envelope
	if env.Generation != c.nonce {
		return true
	}
	if s := c.seeds.bySequence(env.Sequence); env.Join != nil && s != nil {
		s.echoed = !s.answered // it counts if nobody answers before it is asked again
		if s.own {
			s.asked = 0 // known, and not silent
		}
	}
	return false
}

// seedIsSelf notes that a seed is this node. If there is no other, the node is
// on its own.
func (c *Coordinator) seedIsSelf(s *seed) {
	s.own = true
	if c.stage == stageAsking && c.seeds.others() == 0 && !c.cfg.Observer {
		c.stage = stageUp
		c.enter(c.cfg.MinCounter, hearsayv1.NodeStatusUp)
		c.entrance.done = true
	}
}
