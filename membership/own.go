package membership

import (
	"errors"
	"fmt"
	"math"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Errors of a node's changes of its own record. None has changed the table.
var (
	// ErrNoLife: the node's life has not begun.
	ErrNoLife = errors.New("membership: no generation yet")
	// ErrOldGeneration: a life must begin above every known generation.
	ErrOldGeneration = errors.New("membership: generation not above the known one")
	// ErrCounterAtMaximum: a counter of this life is at its end. The node must
	// begin a new generation.
	ErrCounterAtMaximum = errors.New("membership: counter at its maximum")
)

// BeginLife makes the node's own record anew: the first of a generation, which
// is greater than every one that the table knows of its id.
func (t *Table) BeginLife(now Instant, g Generation, part *hearsayv1.OwnerPart) error {
	if !g.Valid() {
		return ErrBadGeneration
	}
	if g <= t.KnownGeneration(t.cfg.Self) {
		return fmt.Errorf("%w: %v after %v", ErrOldGeneration, g, t.KnownGeneration(t.cfg.Self))
	}
	raw, err := encodeOwner(t.cfg.Self, part)
	if err != nil {
		return err
	}
	rec := record(t.cfg.Self, uint64(g), 0, hearsayv1.VerdictNone, 1, raw, 0)
	if t.self != nil {
		return t.store(now, t.self, &rec)
	}
	t.self = t.newEntry(t.selfKey)
	if err := t.store(now, t.self, &rec); err != nil {
		t.release(t.self)
		t.self = nil
		return err
	}
	return nil
}

// SetOwner replaces what the node says of itself, under the next version. Equal
// bytes are no change.
func (t *Table) SetOwner(now Instant, part *hearsayv1.OwnerPart) error {
	raw, err := encodeOwner(t.cfg.Self, part)
	if err != nil {
		return err
	}
	if t.self != nil && string(raw) == string(t.self.Owner()) {
		return nil
	}
	return t.changeOwn(now, func(rec *hearsayv1.NodeRecord) bool {
		rec.Owner = raw
		return raise(&rec.Version, rec.Version)
	})
}

// RaiseVersion says again what the node says of itself, under a version above
// one that somebody else used for other words.
func (t *Table) RaiseVersion(now Instant, above uint32) error {
	return t.changeOwn(now, func(rec *hearsayv1.NodeRecord) bool {
		return raise(&rec.Version, above)
	})
}

// Refute takes an incarnation above one that stands accused or condemned.
func (t *Table) Refute(now Instant, above Incarnation) error {
	return t.changeOwn(now, func(rec *hearsayv1.NodeRecord) bool {
		return raise(&rec.Incarnation, uint32(above))
	})
}

// SetStateVersion tells how often the node has written replicated state. It
// only rises.
func (t *Table) SetStateVersion(now Instant, version uint64) error {
	return t.changeOwn(now, func(rec *hearsayv1.NodeRecord) bool {
		rec.StateVersion = max(rec.StateVersion, version)
		return true
	})
}

// RemoveSelf ends the node's life for all: the last word of who leaves.
func (t *Table) RemoveSelf(now Instant) error {
	return t.changeOwn(now, func(rec *hearsayv1.NodeRecord) bool {
		rec.Verdict = hearsayv1.VerdictRemoved
		return true
	})
}

// Condemn raises the verdict on another node, as a record of that generation
// and incarnation would. It is how a detector declares Dead and an operator
// removes; the outcome is that of Merge.
func (t *Table) Condemn(now Instant, key uint64, g Generation, i Incarnation, v hearsayv1.Verdict) (Outcome, error) {
	e := t.Lookup(key)
	if e == nil || v == hearsayv1.VerdictNone {
		return Unchanged, ErrUnknownSubject
	}
	rec := record(e.id, uint64(g), uint32(i), v, 0, nil, 0)
	if e.generation == g {
		rec.Version, rec.Owner, rec.StateVersion = e.version, e.Owner(), e.stateVersion
	}
	return t.Merge(now, &rec)
}

// changeOwn applies a change to the node's own record, which may only rise by
// it. The change tells whether there was room to rise.
func (t *Table) changeOwn(now Instant, change func(*hearsayv1.NodeRecord) bool) error {
	if t.self == nil {
		return ErrNoLife
	}
	rec := t.self.record()
	if !change(&rec) {
		return ErrCounterAtMaximum
	}
	if t.self.holds(&rec) {
		return nil
	}
	return t.store(now, t.self, &rec)
}

// raise sets a counter above another value and above its own.
func raise(counter *uint32, above uint32) bool {
	above = max(above, *counter)
	if above == math.MaxUint32 {
		return false
	}
	*counter = above + 1
	return true
}
