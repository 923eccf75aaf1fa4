package sim

import (
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// truth is what is really the case in a run, against which the nodes' opinions
// are held: who runs, who crashed and when, who cannot hear whom.
type truth struct {
	cluster *Cluster
	// crashes are all of the run; open holds, by id, those that some node has
	// yet to notice.
	crashes []*Crash
	open    map[string][]*Crash
	updates []*Update
	// pending are the updates that some node has yet to see.
	pending []*Update
	marks   []*Mark
	waiting []*Mark
	// unseen are the marks that wait for equal views.
	unseen []*Mark
	// crowding is the most entries that a table had for each live member.
	crowding float64
	// splits are those that last or ended a moment ago, the latest last: what
	// a split did to opinions outlasts it.
	splits []split
	false_ FalseDeaths
	deaths []Death
	flaps  map[pair]int
	// disturbed: something was lost, or a fault was aimed at a node.
	disturbed bool
	joins     []time.Duration
	events    eventCounts
}

type pair struct{ observer, subject int }

// eventCounts counts what nodes published.
type eventCounts struct{ topology, status, superseded, evicted uint64 }

// Crash is a process that was killed, and how it was found.
type Crash struct {
	Node       *Node
	Generation uint64
	At         membership.Instant
	// First is when the first healthy node showed it Dead, and All when the last
	// node did that had to; 0 if that has not happened.
	First, All membership.Instant
	// Void: it came back before everyone had noticed.
	Void    bool
	missing map[int]struct{}
}

// Death is a member shown as Dead.
type Death struct {
	At                membership.Instant
	Observer, Subject string
	// False: its process runs.
	False bool
}

// FalseDeaths counts members shown as Dead whose process runs, and that the
// observer could hear: once for each observer and incarnation.
type FalseDeaths struct {
	// Healthy counts those of members at which no fault was aimed, and
	// AtHealthy those of them that healthy observers showed.
	Healthy   int `json:"healthy"`
	AtHealthy int `json:"at_healthy"`
	// Impaired counts those of members at which a fault was aimed.
	Impaired int `json:"impaired"`
}

// Update is a change that a node made of its own record, and who has seen it.
type Update struct {
	Node       *Node
	Generation uint64
	Version    uint32
	At         membership.Instant
	// Seen are the delays after which the other nodes saw it, in order.
	Seen    []time.Duration
	missing map[int]struct{}
}

// Mark is an instant from which on it is measured how long it takes until all
// running nodes agree.
type Mark struct {
	Name string
	At   membership.Instant
	// Agreed is the first instant from At on at which all tables were equal
	// and complete, and Shown that at which so were the views that users have
	// been told of; 0 if there was none.
	Agreed, Shown membership.Instant
	// Changes is MostChanges at the instant itself.
	Changes int
}

func (t *truth) init(c *Cluster) {
	t.cluster = c
	t.open = make(map[string][]*Crash)
	t.flaps = make(map[pair]int)
}

// others returns the running nodes but one.
func (t *truth) others(than *Node) map[int]struct{} {
	set := make(map[int]struct{}, t.cluster.running)
	for _, n := range t.cluster.nodes {
		if n != than && n.Running() {
			set[n.index] = struct{}{}
		}
	}
	return set
}

// started: a new life of n voids what was open about the one before.
func (t *truth) started(n *Node) {
	for _, crash := range t.open[n.id] {
		crash.Void = crash.All == 0
	}
	delete(t.open, n.id)
}

// ended: n does not have to see anything any more.
func (t *truth) ended(n *Node, how Ending) {
	now := t.cluster.now
	if how == EndingCrash && n.coordinator.Joined() && !n.observer {
		crash := &Crash{Node: n, Generation: n.coordinator.Generation(), At: now, missing: t.others(n)}
		for index := range crash.missing {
			// Who shows it Dead already has nothing left to notice.
			m, ok := t.cluster.nodes[index].coordinator.View().Get(n.id)
			if !ok || m.Generation == crash.Generation && !m.Status.Live() {
				delete(crash.missing, index)
			}
		}
		t.crashes = append(t.crashes, crash)
		t.open[n.id] = append(t.open[n.id], crash)
	}
	for _, n2 := range t.cluster.nodes {
		for _, crash := range t.open[n2.id] {
			crash.noticed(n, now, false)
		}
	}
	for _, u := range t.pending {
		delete(u.missing, n.index)
	}
}

// leaving: from now on n's absence is no crash.
func (t *truth) leaving(n *Node) { n.leaving = true }

// updated: n has changed its own record and will be stepped.
func (t *truth) updated(n *Node) {
	self := n.coordinator.Table().Self()
	if self == nil {
		return // it will say so when it joins
	}
	u := &Update{
		Node: n, Generation: uint64(self.Generation()), Version: self.Version(),
		At: t.cluster.now, missing: t.others(n),
	}
	t.updates = append(t.updates, u)
	t.pending = append(t.pending, u)
}

// noticed: an observer shows the crashed as Dead, or does not have to.
func (c *Crash) noticed(observer *Node, now membership.Instant, shows bool) {
	if _, ok := c.missing[observer.index]; !ok {
		return
	}
	delete(c.missing, observer.index)
	if shows && c.First == 0 {
		c.First = now
	}
	if len(c.missing) == 0 && c.First != 0 {
		c.All = now
	}
}

// shown: an observer shows a member with another status.
func (t *truth) shown(o *Node, event membership.MemberStatusChanged) {
	subject := t.lifeOf(event.Member)
	if subject != nil && !o.impaired && event.From > membership.StatusJoining {
		t.flaps[pair{o.index, subject.index}]++
	}
	if event.Member.Status.Live() {
		return
	}
	now := t.cluster.now
	for _, crash := range t.open[event.Member.ID] {
		if crash.Generation == event.Member.Generation {
			// An ill node that finds itself isolated shows everybody as Dead.
			crash.noticed(o, now, !o.impaired)
		}
	}
	if event.Member.Status != membership.StatusDead {
		return
	}
	if o.isolated {
		return // it says that it reaches nobody, and condemns nobody
	}
	false_ := subject != nil && subject.Ended() == EndingNone
	t.deaths = append(t.deaths, Death{At: now, Observer: o.id, Subject: event.Member.ID, False: false_})
	if !false_ || t.severed(o, subject) {
		return
	}
	switch {
	case subject.impaired || subject.leaving:
		t.false_.Impaired++
	default:
		t.false_.Healthy++
		if !o.impaired {
			t.false_.AtHealthy++
		}
	}
}

// lifeOf returns the node whose running life a member is; nil if there is none.
func (t *truth) lifeOf(m membership.Member) *Node {
	for _, n := range t.cluster.byID(m.ID) {
		if n.Running() && n.coordinator.Generation() == m.Generation {
			return n
		}
	}
	return nil
}

// agreed: all tables are equal and complete at this instant.
func (t *truth) agreed() {
	for _, mark := range t.waiting {
		mark.Agreed = t.cluster.now
	}
	t.waiting = t.waiting[:0]
}

// Mark begins to measure the time until all running nodes agree.
func (c *Cluster) Mark(name string) {
	mark := &Mark{Name: name, At: c.now, Changes: c.MostChanges()}
	c.truth.marks = append(c.truth.marks, mark)
	c.truth.waiting = append(c.truth.waiting, mark)
	c.truth.unseen = append(c.truth.unseen, mark)
	c.noteAgreement()
	c.noteViews()
}

// Crashes returns the crashes of the run so far.
func (c *Cluster) Crashes() []*Crash { return c.truth.crashes }

// Marks returns the marks of the run so far.
func (c *Cluster) Marks() []*Mark { return c.truth.marks }

// Updates returns the updates of the run so far.
func (c *Cluster) Updates() []*Update { return c.truth.updates }

// Disturbed tells whether anything was lost or a fault was aimed at a running
// node, other than splits, so far.
func (c *Cluster) Disturbed() bool { return c.truth.disturbed }

// Disturb says that from now on something may be lost.
func (c *Cluster) Disturb() { c.truth.disturbed = true }

// LifeOf returns the node whose running life a member is; nil if there is none.
func (c *Cluster) LifeOf(m membership.Member) *Node { return c.truth.lifeOf(m) }

// FalseDeaths counts the members shown as Dead that were not.
func (c *Cluster) FalseDeaths() FalseDeaths { return c.truth.false_ }

// Deaths returns the members shown as Dead so far.
func (c *Cluster) Deaths() []Death { return c.truth.deaths }

// Done tells whether all nodes that had to have seen the update.
func (u *Update) Done() bool { return len(u.missing) == 0 }

// Joins returns how long the joins took so far.
func (c *Cluster) Joins() []time.Duration { return c.truth.joins }

// MostChanges returns how often the status of one member changed as one healthy
// node showed it, where that was most.
func (c *Cluster) MostChanges() int {
	most := 0
	for _, changes := range c.truth.flaps {
		most = max(most, changes)
	}
	return most
}
