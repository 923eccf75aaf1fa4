package membership

import (
	"slices"
	"strconv"
	"strings"
)

// list returns how an entry appears in views under a status, which is
// Entry.Shown unless the coordinator shows it otherwise for a while.
func (t *Table) list(e *Entry, shown Status) listed {
	health := HealthUnreported
	if shown.Live() {
		health = e.Health()
	}
	return listed{e.profile, standingOf(shown, health, t.accuserNames(e))}
}

// accuserNames returns the accusers of a member by name, sorted; those that
// the table does not know by key.
func (t *Table) accuserNames(e *Entry) []string {
	n := e.AccuserCount()
	if n == 0 {
		return nil
	}
	names := make([]string, n)
	for i := range names {
		key := e.accused.list[i].key
		if who := t.Lookup(key); who != nil {
			names[i] = who.id
		} else {
			names[i] = keyName(key)
		}
	}
	slices.Sort(names)
	return names
}

// keyName returns a key as it stands for an unknown name.
func keyName(key uint64) string {
	hex := strconv.FormatUint(key, 16)
	return strings.Repeat("0", 16-len(hex)) + hex
}

// forgottenIn appends, as unlisted, those of a view that the table holds no
// longer. Most were gone in the view; one that is found dead and
// forgotten between two views was live.
func (t *Table) forgottenIn(v *View, dst []listed) []listed {
	for _, members := range [2]*memberList{&v.live, &v.gone} {
		for m := range members.all() {
			if t.LookupID(m.id) == nil {
				dst = append(dst, unlisted(m.profile))
			}
		}
	}
	return dst
}

// with returns the members of v as they are once those of changed, which are
// sorted by id, have taken the place of what v says of them; StatusUnknown
// takes a member out. Everything else of the view is its caller's to fill.
func (v *View) with(changed []listed) *View {
	return &View{
		live: v.live.with(changed, Status.Live),
		gone: v.gone.with(changed, Status.gone),
	}
}

func (s Status) gone() bool { return s == StatusDead || s == StatusRemoved }

// ViewBuilder makes views of topology updates alone, for whoever has the events
// and not the node: the views that it makes equal those that the updates
// carry. The zero value is ready to use. It is not safe for concurrent use.
type ViewBuilder struct {
	view *View
}

// Apply returns the view after an update: of the update's Changed, of the view
// before if the update is not full, and of the Version, Hash, Self, ObservedAt and
// Blocked of the update's view. It returns nil for an update that has no
// full one before it, or no view; it does then not count.
func (b *ViewBuilder) Apply(update TopologyUpdated) *View {
	if update.View == nil || !update.Full && b.view == nil {
		return nil
	}
	before := b.view
	if update.Full {
		before = &View{}
	}
	changed := make([]listed, len(update.Changed))
	for i := range changed {
		changed[i] = listing(&update.Changed[i])
	}
	next := before.with(changed)
	next.Version, next.Hash = update.View.Version, update.View.Hash
	next.Self, next.ObservedAt, next.Blocked = update.View.Self, update.View.ObservedAt, update.View.Blocked
	b.view = next
	return next
}

// View returns the view after the last update that counted; nil before it.
func (b *ViewBuilder) View() *View { return b.view }
