package membership

import "time"

// maxHeard is how many of the roots that others told are remembered, and
// heardPeriods for how long they count.
const (
	maxHeard     = 128
	heardPeriods = 10
)

// How many members are asked for their root in one gossip interval while
// somebody waits: an eighth of all, within these bounds.
const (
	leastAsked = 16
	mostAsked  = 256
	askedShare = 8
)

// consensus follows who has told the root that this node has. Equal roots,
// equal tables: who told it has seen all that this node shows.
//
// It costs nothing to keep: an entry bears the number of the epoch in which its
// node agreed last, and an epoch begins with each change of the root.
type consensus struct {
	root  uint64
	epoch uint32
	// agreed counts the peers that agree in this epoch.
	agreed int
	// told: that all agree was told in this epoch.
	told bool
	// awaited: somebody waits for it, so those that have not agreed are asked,
	// at next.
	awaited bool
	next    Instant

	heard [maxHeard]heardRoot
	at    int
}

// heardRoot is a root that a member told.
type heardRoot struct {
	key, root uint64
	when      Instant
}

// follow begins another epoch if the root has changed.
func (k *consensus) follow(root uint64) {
	if root != k.root || k.epoch == 0 {
		k.root, k.agreed, k.told = root, 0, false
		k.epoch++
	}
}

// Agreement is how far a node and the members that it heard agree.
type Agreement struct {
	// Heard is how many members this node heard in the last ten periods, at
	// most 128; Share the part of them whose tables were equal to its own: 0
	// to 1, and 1 if it heard nobody.
	Heard int
	Share float64
}

// Agreement tells how far this node agrees with those that it heard lately, and
// asks nobody. What is under way counts against it: see AwaitConverged for a
// certain answer.
func (c *Coordinator) Agreement(now Instant) Agreement {
	k, root := &c.consensus, c.table.Root()
	result, equal := Agreement{Share: 1}, 0
	seen := make(map[uint64]bool, maxHeard)
	for i := range k.heard {
		h := &k.heard[(k.at-1-i+2*maxHeard)%maxHeard] // the newest first
		if h.key == 0 || now.Sub(h.when) > heardPeriods*c.cfg.Period || seen[h.key] || c.member(h.key) == nil {
			continue
		}
		seen[h.key] = true
		result.Heard++
		if h.root == root {
			equal++
		}
	}
	if result.Heard > 0 {
		result.Share = float64(equal) / float64(result.Heard)
	}
	return result
}

// AwaitConverged has the node find out whether all live members see what it
// sees: while on, those that have not shown so are asked, and Converged is told
// when all have, once more if it was told already. Without it, Converged comes
// when they happen to have shown so.
func (c *Coordinator) AwaitConverged(now Instant, on bool) {
	c.begin(now)
	c.consensus.awaited = on
	if on {
		c.consensus.told, c.consensus.next = false, c.now
	}
}

// hearRoot takes the root in a header.
func (c *Coordinator) hearRoot(from *correspondent) {
	root := from.envelope.Root
	if root == 0 || !from.current || !from.entry.Live() || from.entry.Key() == c.key {
		return
	}
	k, key := &c.consensus, from.entry.Key()
	if last := &k.heard[(k.at+maxHeard-1)%maxHeard]; last.key == key {
		last.root, last.when = root, c.now
	} else {
		k.heard[k.at] = heardRoot{key, root, c.now}
		k.at = (k.at + 1) % maxHeard
	}
	k.follow(c.table.Root())
	if root == k.root && from.entry.agreed != k.epoch {
		from.entry.agreed = k.epoch
		k.agreed++
	}
}

// stepConsensus asks those that have not agreed, if somebody waits, and tells
// when all have and all of it is shown. It returns when it must be called again.
func (c *Coordinator) stepConsensus(wall time.Time) Instant {
	k := &c.consensus
	k.follow(c.table.Root())
	if k.told || !c.entrance.done || c.stage == stageStopped {
		return Never
	}
	if k.agreed == len(c.table.Peers()) {
		// Not before users were told what it is that all have seen.
		if s := &c.shown; !s.dirty && len(s.wards.list) == 0 && len(s.unsaid.ids) == 0 {
			k.told = true
			s.add(Converged{Version: s.view.Version, Hash: c.table.ViewHash(), Members: c.table.LiveCount(), At: wall})
		}
		return Never
	}
	if !k.awaited {
		return Never
	}
	if c.now >= k.next {
		k.next = c.now.Add(c.cfg.GossipInterval)
		count := min(max(len(c.table.Peers())/askedShare, leastAsked), mostAsked)
		for _, e := range c.pickPeers(count, func(e *Entry) bool { return e.agreed == k.epoch || !e.Live() }) {
			if to, ok := c.toward(e); ok {
				c.prober.send(c, to, c.random.sequence())
			}
		}
	}
	return k.next
}
