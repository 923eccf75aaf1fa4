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
	// profiles are sorted by id; states and keys are of the same members.
	profiles []*profile
	states   []uint64
	keys     []uint64
	members  []Member
	shared   memberList
	// byID and byKey are the indexes of a table whose entries have the numbers
	// of the profiles, from 1. All tables share them, and so nobody's seed.
	byID, byKey entryIndex
}

// NewSnapshot returns the snapshot of live members, one record each. It keeps
// nothing of the records but strings. An error, which unwraps to ErrRefused,
// names the record that could not be taken.
func NewSnapshot(records []hearsayv1.NodeRecord) (*Snapshot, error) {
	records = slices.Clone(records)
	slices.SortFunc(records, func(a, b hearsayv1.NodeRecord) int { return strings.Compare(a.ID, b.ID) })
	s := &Snapshot{}
	shared := make([]listed, len(records))
	decoder := newOwnerDecoder()
	for i := range records {
		rec := &records[i]
		if err := checkRecord(rec); err != nil {
			return nil, fmt.Errorf("%w: record of %q", err, rec.ID)
		}
		if rec.Verdict != hearsayv1.VerdictNone || i > 0 && records[i-1].ID == rec.ID {
			return nil, fmt.Errorf("%w: %q is not live or comes twice", ErrRefused, rec.ID)
		}
		p, err := decoder.profile(rec)
		if err != nil {
			return nil, fmt.Errorf("%w: record of %q", err, rec.ID)
		}
		s.profiles = append(s.profiles, p)
		s.states = append(s.states, rec.StateVersion)
		s.keys = append(s.keys, wire.Key(rec.ID))
		shared[i] = listed{p, standingOf(p.shown(), HealthUnreported, nil)}
		s.members = append(s.members, shared[i].member())
	}
	keys := slices.Sorted(slices.Values(s.keys))
	for i := 1; i < len(keys); i++ {
		if keys[i] == keys[i-1] {
			return nil, fmt.Errorf("%w: two ids have the key %016x", ErrKeyCollision, keys[i])
		}
	}
	s.shared = newMemberList(shared)
	s.byID, s.byKey = newEntryIndex(0), newEntryIndex(0)
	for i, key := range s.keys {
		s.byID.add(s.byID.tagOfID(s.profiles[i].id), uint32(i+1))
		s.byKey.add(s.byKey.tagOf(key), uint32(i+1))
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
	own, ok := slices.BinarySearchFunc(s.profiles, c.cfg.ID, func(p *profile, id string) int {
		return strings.Compare(p.id, id)
	})
	if !ok {
		return fmt.Errorf("%w: no record of %q", ErrRefused, c.cfg.ID)
	}
	c.table.adopt(c.now, s, own)
	c.nonce = s.profiles[own].generation.Nonce()
	c.bindState()
	c.stage, c.entrance.done = stageUp, true
	c.clock.start(c.now, c.cfg.Period, c.random.jitter)
	view := &View{Version: 1, Hash: c.table.ViewHash(), Self: c.cfg.ID, live: s.shared}
	c.shown.view, c.shown.told, c.shown.full = view, view, true
	c.shown.version = c.table.Version()
	c.shown.add(TopologyUpdated{View: view, Full: true, Changed: s.members, Joined: s.members})
	return nil
}
