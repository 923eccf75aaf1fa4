package membership

import (
	"fmt"
	"slices"
	"strings"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// Snapshot is the table of a cluster, made ready once so that many
// coordinators can begin with it and share what it says of each member. It is
// immutable.
type Snapshot struct {
	records []hearsayv1.NodeRecord
	owners  []*ownerPart
	keys    []uint64
	members []Member
	shared  memberList
	// byID and byKey are the indexes of a table whose entries have the numbers
	// of the records, from 1.
	byID, byKey entryIndex
}

// NewSnapshot returns the snapshot of live members, one record each. It keeps
// the records and does not change them. An error, which unwraps to ErrRefused,
// names the record that could not be taken.
func NewSnapshot(records []hearsayv1.NodeRecord) (*Snapshot, error) {
	s := &Snapshot{records: slices.Clone(records)}
	slices.SortFunc(s.records, func(a, b hearsayv1.NodeRecord) int { return strings.Compare(a.ID, b.ID) })
	decoder := newOwnerDecoder()
	for i := range s.records {
		rec := &s.records[i]
		if err := checkRecord(rec); err != nil {
			return nil, fmt.Errorf("%w: record of %q", err, rec.ID)
		}
		if rec.Verdict != hearsayv1.VerdictNone || i > 0 && s.records[i-1].ID == rec.ID {
			return nil, fmt.Errorf("%w: %q is not live or comes twice", ErrRefused, rec.ID)
		}
		owner, err := decoder.decode(rec.Owner)
		if err != nil {
			return nil, fmt.Errorf("%w: record of %q", err, rec.ID)
		}
		s.owners = append(s.owners, owner)
		s.keys = append(s.keys, wire.Key(rec.ID))
		e := Entry{
			id: rec.ID, generation: Generation(rec.Generation), incarnation: Incarnation(rec.Incarnation),
			version: rec.Version, owner: owner,
		}
		s.members = append(s.members, (*Table)(nil).member(&e, e.Shown()))
	}
	keys := slices.Sorted(slices.Values(s.keys))
	for i := 1; i < len(keys); i++ {
		if keys[i] == keys[i-1] {
			return nil, fmt.Errorf("%w: two ids have the key %016x", ErrKeyCollision, keys[i])
		}
	}
	shared := make([]*Member, len(s.members))
	for i := range s.members {
		shared[i] = &s.members[i]
	}
	s.shared = newMemberList(shared)
	s.byID.grow()
	s.byKey.grow()
	for i, key := range s.keys {
		s.byID.add(idTag(s.records[i].ID), uint32(i+1))
		s.byKey.add(uint32(key), uint32(i+1))
	}
	s.byID.shared, s.byKey.shared = true, true
	return s, nil
}

// Import starts the node at now in the middle of its life: as the member of
// that id in the snapshot, with all others known, as if it had joined long ago.
// It takes the place of Join. It is for simulations of large clusters, and for
// drivers that hand a running node over to another process: who takes over
// must be sure that the other has ended.
func (c *Coordinator) Import(now Instant, s *Snapshot) error {
	c.begin(now)
	if c.stage != stageNew {
		return ErrJoined
	}
	own, ok := slices.BinarySearchFunc(s.records, c.cfg.ID, func(r hearsayv1.NodeRecord, id string) int {
		return strings.Compare(r.ID, id)
	})
	if !ok {
		return fmt.Errorf("%w: no record of %q", ErrRefused, c.cfg.ID)
	}
	c.table.adopt(c.now, s, own)
	c.nonce = Generation(s.records[own].Generation).Nonce()
	c.bindState()
	c.stage, c.entrance.done = stageUp, true
	c.clock.start(c.now, c.cfg.Period, c.random.jitter)
	view := &View{Version: 1, Hash: c.table.ViewHash(), Self: c.cfg.ID, live: s.shared}
	c.shown.view, c.shown.told, c.shown.full = view, view, true
	c.shown.version = c.table.Version()
	c.shown.add(TopologyUpdated{View: view, Full: true, Changed: s.members, Joined: s.members})
	return nil
}
