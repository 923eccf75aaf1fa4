package membership

import (
	"cmp"
	"slices"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// minGone is how many of each kind of the gone are kept in any case.
const minGone = 64

// goneLimit returns how many of the dead, and how many of the removed, are
// kept: what may be remembered is bounded by what is alive.
func (t *Table) goneLimit() int { return max(minGone, 2*t.LiveCount()) }

// keep returns how long an entry that is gone is kept.
func (t *Table) keep(e *Entry) time.Duration {
	if e.verdict == hearsayv1.VerdictRemoved {
		return t.cfg.RemovedKeep
	}
	return t.cfg.DeadKeep
}

// buried notes when e, which has just gone or gone for good, will be forgotten.
func (t *Table) buried(now Instant, e *Entry) {
	t.nextExpiry = min(t.nextExpiry, now.Add(t.keep(e)))
}

// crowded tells whether there are more dead, or more removed, than times the
// number that Expire leaves.
func (t *Table) crowded(times int) bool {
	limit := times * t.goneLimit()
	return t.removed > limit || len(t.gone)-t.removed > limit
}

// Expire forgets those who have been gone for their time, and the oldest beyond
// max(64, 2 × live) dead and as many removed; each leaves a floor. It returns
// how many it has forgotten, and costs nothing while nobody is due. Whoever
// drives the table calls it once a period; a burst that doubles the bound is
// cut at once.
func (t *Table) Expire(now Instant) int {
	if now < t.nextExpiry && !t.crowded(1) {
		return 0
	}
	// Newest first: of those that went at one time, whose record changed last.
	due := slices.Clone(t.gone)
	slices.SortFunc(due, func(a, b *Entry) int {
		return cmp.Or(cmp.Compare(b.since, a.since), cmp.Compare(b.changed, a.changed))
	})
	limit, before := t.goneLimit(), len(t.gone)
	var kept struct{ dead, removed int }
	t.nextExpiry = Never
	for _, e := range due {
		count := &kept.dead
		if e.verdict == hearsayv1.VerdictRemoved {
			count = &kept.removed
		}
		end := e.since.Add(t.keep(e))
		if now >= end || *count == limit {
			t.forget(e)
			continue
		}
		*count++
		t.nextExpiry = min(t.nextExpiry, end)
	}
	return before - len(t.gone)
}

// forget takes a gone entry out of the table and leaves its floor.
func (t *Table) forget(e *Entry) {
	if e.verdict == hearsayv1.VerdictRemoved {
		t.removed--
	}
	t.unlist(e, false)
	t.unchain(e)
	t.unindex(e)
	t.floors.lay(floor{key: e.key, generation: e.generation, incarnation: e.incarnation, verdict: e.verdict})
	t.forgets++
	t.version++
	t.release(e)
}

// Forgets counts the entries that the table has forgotten. While it stands
// still, whoever had an entry has one.
func (t *Table) Forgets() uint64 { return t.forgets }

// Floors returns how many forgotten members are remembered by a floor.
func (t *Table) Floors() int { return t.floors.len() }
