package membership

// detours are the members that answered by another network than the one by
// which this node prefers to reach them, by key. A cluster moves to a new
// network while some firewall does not know its port yet: nobody must be dead
// for that, nor miss what the others tell. Empty, but for such a time.
type detours map[uint64]detour

type detour struct {
	network string
	// times is how many probes in a row were answered so.
	times int
}

// tellingDetours is after how many such probes in a row the user is told: packets
// are lost on any network, and nobody wants to hear of each.
const tellingDetours = 3

// toward returns where a member is reached: by the network by which it answers,
// and that is this node's first at which the member listens, unless there is a
// detour. This node's own address is nowhere to send to, nor is that of whoever
// is kept out.
func (c *Coordinator) toward(e *Entry) (destination, bool) {
	if len(c.detours) > 0 {
		if d, ok := c.detours[e.Key()]; ok && !c.quarantine.member(e) {
			if to, ok := c.by(d.network, e); ok {
				return to, true
			}
		}
	}
	return c.straight(e)
}

// straight returns where a member is reached by the first network of this node
// at which it listens. Probes go there first, whatever else does.
func (c *Coordinator) straight(e *Entry) (destination, bool) {
	if c.quarantine.member(e) {
		return destination{}, false
	}
	for i := range c.cfg.Endpoints {
		if to, ok := c.by(c.cfg.Endpoints[i].Network, e); ok {
			return to, true
		}
	}
	return destination{}, false
}

// roundabout returns where a member is reached by the next network after that,
// or by the same if there is no other.
func (c *Coordinator) roundabout(e *Entry) (destination, bool) {
	first, ok := c.straight(e)
	if !ok {
		return first, false
	}
	for i := range c.cfg.Endpoints {
		if network := c.cfg.Endpoints[i].Network; network != first.network {
			if to, ok := c.by(network, e); ok {
				return to, true
			}
		}
	}
	return first, true
}

// by returns where a member is reached by a network, if it is.
func (c *Coordinator) by(network string, e *Entry) (destination, bool) {
	endpoint, ok := e.Endpoint(network)
	if !ok || c.cfg.ownAddress(endpoint.Address) {
		return destination{}, false
	}
	return destination{
		address: endpoint.Address, network: network, key: e.Key(), id: e.ID(), version: c.versionFor(e),
	}, true
}

// answeredBy notes the network by which a member answered a probe.
func (c *Coordinator) answeredBy(e *Entry, network string) {
	if len(c.cfg.Endpoints) == 1 {
		return
	}
	d := c.detours[e.Key()]
	to, ok := c.straight(e)
	if !ok || to.network == network {
		if delete(c.detours, e.Key()); d.times >= tellingDetours {
			c.shown.add(Detoured{Member: e.ID(), Network: to.network, Over: true})
		}
		return
	}
	c.stats.ProbesDetoured++
	if c.detours == nil {
		c.detours = make(detours)
	}
	c.detours[e.Key()] = detour{network, d.times + 1}
	if d.times+1 == tellingDetours {
		c.shown.add(Detoured{Member: e.ID(), Network: to.network, By: network})
	}
}

// dropDetours forgets those of members that are gone.
func (c *Coordinator) dropDetours() {
	for key := range c.detours {
		if c.member(key) == nil {
			delete(c.detours, key)
		}
	}
}
