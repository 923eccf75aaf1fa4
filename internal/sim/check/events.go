package check

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
)

// eventOrder: what a node tells of a member comes in an order that a life can
// take.
type eventOrder struct {
	told map[*sim.Node]*told
	roll roll
}

// told is what one life of a node has told of the members.
type told struct {
	life int
	// shown is by the number that the member has on the roll.
	shown []shown
	// apart: the node is isolated, and shows all others as Dead.
	apart bool
}

// shown is how a member was told of last; StatusUnknown if it was not.
type shown struct {
	generation  uint64
	incarnation uint32
	status      membership.Status
}

func shownAs(m membership.Member) shown {
	return shown{generation: m.Generation, incarnation: m.Incarnation, status: m.Status}
}

func newEventOrder() *eventOrder {
	return &eventOrder{told: make(map[*sim.Node]*told), roll: make(roll)}
}

// Name is sim.Checker's.
func (*eventOrder) Name() string { return "order of events" }

// Node has nothing to look at.
func (*eventOrder) Node(*sim.Cluster, *sim.Node) error { return nil }

// Event looks at one event.
func (o *eventOrder) Event(_ *sim.Cluster, n *sim.Node, event membership.Event) error {
	update, _ := event.(membership.TopologyUpdated)
	isolated, turned := event.(membership.Isolated)
	e, ok := event.(membership.MemberStatusChanged)
	if !ok && !update.Full && !turned {
		return nil
	}
	if o.told[n] == nil || o.told[n].life != n.Lives() {
		o.told[n] = &told{life: n.Lives()}
	}
	known := o.told[n]
	if turned {
		known.apart = !isolated.Over
	}
	for _, m := range update.Changed {
		// Whoever begins in the middle of a life begins with all that it knows.
		if at := entry(o.roll, &known.shown, m.ID); at.status == membership.StatusUnknown {
			*at = shownAs(m)
		}
	}
	if !ok {
		return nil
	}
	return known.hear(entry(o.roll, &known.shown, e.Member.ID), e)
}

// hear holds an event against what was told before, and remembers it.
func (t *told) hear(at *shown, e membership.MemberStatusChanged) error {
	before, now := *at, shownAs(e.Member)
	if before.status != e.From {
		return fmt.Errorf("%s was shown %v, and now from %v to %v", e.Member.ID, before.status, e.From, now.status)
	}
	*at = now
	switch {
	case now.status == membership.StatusUnknown:
		*at = shown{} // forgotten
		return nil
	case t.apart && now.status == membership.StatusDead:
		// Nobody's verdict: it may come back as it was.
		*at = shown{status: membership.StatusDead}
	}
	if why := illegal(before, now); why != "" {
		return fmt.Errorf("%s, from %v (generation %x, incarnation %d) to %v (generation %x, incarnation %d): %s",
			e.Member.ID, before.status, before.generation, before.incarnation, now.status, now.generation, now.incarnation, why)
	}
	return nil
}

// illegal says why a life cannot go from one state to another.
func illegal(before, now shown) string {
	same := before.generation == now.generation
	switch {
	case before.status == membership.StatusUnknown || now.generation > before.generation:
		return ""
	case now.generation < before.generation:
		return "an earlier life came back"
	case before.status == now.status:
		return "nothing has changed"
	case now.incarnation < before.incarnation:
		return "the incarnation fell"
	case same && before.status == membership.StatusRemoved:
		return "Removed is final for its generation"
	case same && before.status == membership.StatusDead && now.status.Live() && now.incarnation == before.incarnation:
		return "back from the dead without a refutation"
	case same && before.status == membership.StatusUp && now.status == membership.StatusJoining:
		return "a life joins once"
	case same && before.status == membership.StatusLeaving && (now.status == membership.StatusUp || now.status == membership.StatusJoining):
		return "who leaves does not stay"
	}
	return ""
}

// views: a view that is built of topology updates alone is the view that the
// node has.
type views struct {
	built map[*sim.Node]*builtView
}

type builtView struct {
	life    int
	builder membership.ViewBuilder
	version uint64
}

func newViews() *views { return &views{built: make(map[*sim.Node]*builtView)} }

// Name is sim.Checker's.
func (*views) Name() string { return "views from events" }

// Node has nothing to look at.
func (*views) Node(*sim.Cluster, *sim.Node) error { return nil }

// Event applies an update.
func (v *views) Event(c *sim.Cluster, n *sim.Node, event membership.Event) error {
	e, ok := event.(membership.TopologyUpdated)
	if !ok || c.Options().Checking != sim.CheckEveryStep {
		return nil
	}
	known := v.built[n]
	if known == nil || known.life != n.Lives() {
		known = &builtView{life: n.Lives()}
		// A subscriber begins with all that there is.
		known.builder.Apply(membership.TopologyUpdated{View: e.View, Full: true})
		v.built[n] = known
	}
	// Whom the operator keeps out is told of with the view as it is.
	same := e.View.Version == known.version && len(e.Changed) == 0
	if e.View.Version <= known.version && !same {
		return fmt.Errorf("view %d follows view %d", e.View.Version, known.version)
	}
	known.version = e.View.Version
	if built := known.builder.Apply(e); built == nil || !built.Equal(e.View) {
		return fmt.Errorf("view %d built from events is\n%v\nand the node's is\n%v", e.View.Version, built, e.View)
	}
	return nil
}
