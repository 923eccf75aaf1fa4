package membership

// What an observer does about silence: it asks another member when one has not
// answered within half a gossip interval, so many in all each period, and the
// seeds again when nobody was heard for so many periods.
const (
	observerTries = 3
	silentPeriods = 3
)

// watch is what an observer keeps of its questions. An observer is a node
// without a record: it is in nobody's table, nobody probes it or sends it
// rumours, and it judges nobody. Once it has found its way in like a joiner it
// asks one member each period, at random, for its root, and compares tables
// where that differs. So it sees what the members see, a period later or two,
// and costs the cluster one probe and one ack a period, whatever its size.
type watch struct {
	// asked is when a member was asked last, left how many more may be asked in
	// this period, and next when, if there is no answer.
	asked, next Instant
	left        int
}

// observe begins a period of an observer.
func (c *Coordinator) observe() {
	if c.stage != stageObserving {
		return
	}
	c.watch.left = observerTries
	c.askRoot()
	if c.now.Sub(c.entrance.heard) > silentPeriods*c.cfg.Period {
		c.askSeeds()
	}
}

// askRoot asks a member for its root, which the ack bears; the seeds, while
// nobody is known.
func (c *Coordinator) askRoot() {
	w := &c.watch
	w.left--
	w.asked, w.next = c.now, c.now.Add(c.patience())
	for _, e := range c.pickPeers(1, func(e *Entry) bool { return !e.Live() }) {
		if to, ok := c.toward(e); ok {
			c.prober.send(c, to, c.random.sequence())
			return
		}
	}
	c.askSeeds()
}

// stepWatch asks another member if one is silent. It returns when it must be
// called again.
func (c *Coordinator) stepWatch() Instant {
	w := &c.watch
	if w.left <= 0 || c.entrance.heard > w.asked {
		return Never
	}
	if c.now >= w.next {
		c.askRoot()
	}
	return w.next
}
