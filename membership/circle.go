package membership

// circleReach is how many members that follow it in the circle a node tells in
// turn: the next, and if that was told or cannot hear, those behind it.
const circleReach = 3

// circle is the order of all live members by their keys, closed to a ring, of
// which a node knows those that follow it.
//
// Peers that are picked at random leave out e⁻ᵏ of all members after k sends by
// each: to leave out none of n takes ln n sends and luck. But nearly everybody
// knows the news by then, and so does whoever stands before one that was left
// out. So one send of each gossip interval goes to a follower in the circle, and
// the tail of dissemination ends with the first interval (Karp et al. 2000 end
// it by asking, which costs a round trip and questions in quiet times).
//
// Probes are left to chance likewise: of n members that each probe one other a
// period, e⁻ᵏ are probed by nobody for k periods. Who is probed by the one before
// it in every second period waits two at most.
type circle struct {
	followers []uint64
	// known: the followers are those of the live members as they are.
	known bool
	// turn counts the rumours' sends to followers.
	turn int
	// probed: the last probe of a period went to a follower.
	probed bool
}

// following returns the keys of this node's followers, the next one first.
func (c *Coordinator) following() []uint64 {
	o := &c.circle
	if !o.known {
		o.known = true
		o.followers = nearestAfter(o.followers[:0], c.key, c.table.Peers())
	}
	return o.followers
}

// follower returns the next of this node's followers in turn, or nil.
func (c *Coordinator) follower() *Entry {
	followers := c.following()
	if len(followers) == 0 {
		return nil
	}
	key := followers[c.circle.turn%len(followers)]
	c.circle.turn++
	return c.member(key)
}

// watched returns the follower that this node looks after, or nil: the next one
// that nobody accuses, for who is accused has a jury that probes it.
func (c *Coordinator) watched() *Entry {
	for _, key := range c.following() {
		if e := c.member(key); e != nil && !e.Accused() && !c.quarantine.member(e) {
			return e
		}
	}
	return nil
}

// nearestAfter appends the keys of those who follow a key in the circle, the
// next one first, at most circleReach.
func nearestAfter(dst []uint64, key uint64, peers []*Entry) []uint64 {
	for _, e := range peers {
		// Subtraction that wraps is the way around the circle.
		away, at := e.Key()-key, len(dst)
		for at > 0 && away < dst[at-1]-key {
			at--
		}
		if at == circleReach {
			continue
		}
		if len(dst) < circleReach {
			dst = append(dst, 0)
		}
		copy(dst[at+1:], dst[at:])
		dst[at] = e.Key()
	}
	return dst
}
