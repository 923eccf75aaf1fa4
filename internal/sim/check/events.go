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
}

// told is what one life of a node has told of the members.
type told struct {
	life  int
	shown map[string]membership.Member
	// apart: the node is isolated, and shows all others as Dead.
	apart bool
}

func newEventOrder() *eventOrder { return &eventOrder{told: make(map[*sim.Node]*told)} }

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
		o.told[n] = &told{life: n.Lives(), shown: make(map[string]membership.Member)}
	}
	known := o.told[n].shown
	if turned {
		o.told[n].apart = !isolated.Over
	}
	for _, m := range update.Changed {
		// Whoever begins in the middle of a life begins with all that it knows.
		if _, told := known[m.ID]; !told {
			known[m.ID] = m
		}
	}
	if !ok {
		return nil
	}
	before, now := known[e.Member.ID], e.Member
	if before.Status != e.From {
		return fmt.Errorf("%s was shown %v, and now from %v to %v", now.ID, before.Status, e.From, now.Status)
	}
	if now.Status == membership.StatusUnknown {
		delete(known, now.ID) // forgotten
		return nil
	}
	known[now.ID] = now
	if o.told[n].apart && now.Status == membership.StatusDead {
		// Nobody's verdict: it may come back as it was.
		known[now.ID] = membership.Member{ID: now.ID, Status: membership.StatusDead}
	}
	if why := illegal(before, now); why != "" {
		return fmt.Errorf("%s, from %v (generation %x, incarnation %d) to %v (generation %x, incarnation %d): %s",
			now.ID, before.Status, before.Generation, before.Incarnation, now.Status, now.Generation, now.Incarnation, why)
	}
	return nil
}

// illegal says why a life cannot go from one state to another.
func illegal(before, now membership.Member) string {
	same := before.Generation == now.Generation
	switch {
	case before.Status == membership.StatusUnknown || now.Generation > before.Generation:
		return ""
	case now.Generation < before.Generation:
		return "an earlier life came back"
	case before.Status == now.Status:
		return "nothing has changed"
	case now.Incarnation < before.Incarnation:
		return "the incarnation fell"
	case same && before.Status == membership.StatusRemoved:
		return "Removed is final for its generation"
	case same && before.Status == membership.StatusDead && now.Status.Live() && now.Incarnation == before.Incarnation:
		return "back from the dead without a refutation"
	case same && before.Status == membership.StatusUp && now.Status == membership.StatusJoining:
		return "a life joins once"
	case same && before.Status == membership.StatusLeaving && (now.Status == membership.StatusUp || now.Status == membership.StatusJoining):
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
	if e.View.Version <= known.version {
		return fmt.Errorf("view %d follows view %d", e.View.Version, known.version)
	}
	known.version = e.View.Version
	if built := known.builder.Apply(e); built == nil || !built.Equal(e.View) {
		return fmt.Errorf("view %d built from events is\n%v\nand the node's is\n%v", e.View.Version, built, e.View)
	}
	return nil
}
