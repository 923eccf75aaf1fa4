package membership

import (
	"bytes"
	"errors"
	"net/netip"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// TableConfig is what a table is made of.
type TableConfig struct {
	// Cluster seeds the hashes: tables of one cluster have comparable sums.
	Cluster string
	// Self is the id of the node whose table it is.
	Self string
	// Seed is of the indexes by which the table finds members: best a number that
	// those who choose ids do not know. What the table does is the same under any.
	Seed uint64
	// MaxMembers bounds the members, live and gone, that the table holds;
	// beyond it unknown ones are refused. Default 65,536.
	MaxMembers int
	// MaxFloors bounds the forgotten members whose end is remembered; the one
	// not heard of for longest goes first. A floor takes about 64 bytes.
	// Default 65,536.
	MaxFloors int
	// DeadKeep is how long the dead are kept, with their endpoints, so that
	// they can be knocked on. Default 7 days.
	DeadKeep time.Duration
	// RemovedKeep is how long those who left stay visible. Default 1 hour.
	RemovedKeep time.Duration
	// AheadKeep is how long accusations that are ahead of a member's record keep
	// out those of the record as it is: longer than the record takes that
	// catches up with them. Default 5 s.
	AheadKeep time.Duration
}

func (c TableConfig) withDefaults() TableConfig {
	if c.MaxMembers == 0 {
		c.MaxMembers = 1 << 16
	}
	if c.MaxFloors == 0 {
		c.MaxFloors = 1 << 16
	}
	if c.DeadKeep == 0 {
		c.DeadKeep = 7 * 24 * time.Hour
	}
	if c.RemovedKeep == 0 {
		c.RemovedKeep = time.Hour
	}
	if c.AheadKeep == 0 {
		c.AheadKeep = 5 * time.Second
	}
	return c
}

// Table is all that one node knows of the others and of itself: a map from
// names to records that only ever rises in the order of Join, the accusations
// that stand, and the floors of those it has forgotten. It is not safe for
// concurrent use. Equal calls in equal order make equal tables, down to the
// order of its slices.
type Table struct {
	cfg     TableConfig
	seed    uint64
	selfKey uint64

	// entries are allocated many at a time; unused are the numbers of those
	// that are free.
	entries     []*[entryBatch]Entry
	unused      []uint32
	byID, byKey entryIndex

	// self is nil until the node's life begins.
	self *Entry
	// peers are the live members but self, and gone the others, both without
	// holes and in an order that depends on nothing but the calls.
	peers, gone []*Entry
	// removed is how many of gone are Removed and not Dead.
	removed int

	sums sums
	// version counts changes; newest and oldest are the numbers of the
	// entries at the ends of the chain in their order; 0 for none.
	version        uint64
	newest, oldest uint32

	floors  floors
	forgets uint64
	owners  ownerDecoder

	// stateless are those whose state was dropped since somebody asked.
	stateless []droppedState

	// nextExpiry is before the end of the time of whoever is gone.
	nextExpiry Instant
	scratch    reconcileScratch
}

// NewTable returns an empty table.
func NewTable(cfg TableConfig) (*Table, error) {
	cfg = cfg.withDefaults()
	if err := checkID(cfg.Self); err != nil {
		return nil, err
	}
	if cfg.MaxMembers < 1 || cfg.MaxFloors < 1 || cfg.DeadKeep < 0 || cfg.RemovedKeep < 0 || cfg.AheadKeep < 0 {
		return nil, errors.New("membership: TableConfig: bounds and times must be positive")
	}
	t := &Table{
		cfg: cfg, seed: clusterSeed(cfg.Cluster), selfKey: wire.Key(cfg.Self),
		byID: newEntryIndex(cfg.Seed), byKey: newEntryIndex(cfg.Seed),
		floors: newFloors(cfg.MaxFloors), owners: newOwnerDecoder(), nextExpiry: Never,
	}
	return t, nil
}

// Outcome is what came of handing something to a table: a set of bits, of
// which none stands for "nothing new on either side".
type Outcome uint8

// The bits of an outcome.
const (
	// Changed: the table has risen. The result is worth passing on.
	Changed Outcome = 1 << iota
	// Stale: the incoming thing lacked something that the table knows. Its
	// sender should hear the table's record (Answer). Together with Changed:
	// both sides knew something that the other did not.
	Stale
	// Contested: the record is about this node itself and says something that
	// its own does not. The table has not changed, for nobody writes about
	// itself but the node; the coordinator refutes, raises its version or
	// takes a new generation.
	Contested
	// Behind: an accusation names a life or an incarnation that the table does
	// not know yet. The record should be asked for.
	Behind
	// Announced: the table has risen in nothing but how often the member is known
	// to have written replicated state, which its state itself tells the others.
	Announced

	// Unchanged is the outcome without bits.
	Unchanged Outcome = 0
)

// Has tells whether all bits of want are in o.
func (o Outcome) Has(want Outcome) bool { return o&want == want }

// Merge joins a record into the table. It reads rec during the call and keeps
// nothing of it but strings. An error, which unwraps to ErrRefused, says why
// the record was not taken; then the table is as before.
func (t *Table) Merge(now Instant, rec *hearsayv1.NodeRecord) (Outcome, error) {
	e := t.LookupID(rec.ID)
	if e != nil && e.holds(rec) {
		return Unchanged, nil
	}
	if err := checkRecord(rec); err != nil {
		return Unchanged, err
	}
	switch {
	case rec.ID == t.cfg.Self:
		return t.mergeOwn(rec)
	case e == nil:
		return t.mergeUnknown(now, rec)
	}
	stored := e.record()
	joined := Join(stored, *rec)
	outcome := Unchanged
	if !sameButState(&joined, rec) {
		outcome |= Stale
	}
	if sameRecord(&joined, &stored) {
		return outcome, nil
	}
	if sameButState(&joined, &stored) {
		outcome |= Announced
	}
	if err := t.store(now, e, &joined); err != nil {
		return Unchanged, err
	}
	return outcome | Changed, nil
}

// mergeOwn compares a record about this node with its own. Whoever else wrote
// it, it is only stored if it says nothing new. One that no other node would
// take is refused here too, and need not be outdone.
func (t *Table) mergeOwn(rec *hearsayv1.NodeRecord) (Outcome, error) {
	if len(rec.Owner) > 0 && (t.self == nil || !bytes.Equal(rec.Owner, t.self.Owner())) {
		if _, err := t.owners.profile(rec); err != nil {
			return Unchanged, err
		}
	}
	if t.self == nil {
		return Contested, nil
	}
	stored := t.self.record()
	joined := Join(stored, *rec)
	switch {
	case !sameRecord(&joined, &stored):
		return Contested, nil
	case sameButState(&joined, rec):
		return Unchanged, nil
	}
	return Stale, nil
}

// mergeUnknown takes a record of a node that has no entry: it joins it with the
// node's floor, if there is one, which is a record without content.
func (t *Table) mergeUnknown(now Instant, rec *hearsayv1.NodeRecord) (Outcome, error) {
	key := wire.Key(rec.ID)
	if t.Lookup(key) != nil || key == t.selfKey {
		return Unchanged, ErrKeyCollision
	}
	joined, outcome := *rec, Changed
	if f, ok := t.floors.find(key); ok {
		floor := f.record(rec.ID)
		joined = Join(floor, *rec)
		if joined.Generation == floor.Generation && compareJudgement(
			joined.Incarnation, joined.Verdict, floor.Incarnation, floor.Verdict) == 0 {
			// What the floor says holds. Content does not count: the dead do
			// not come back by hearsay.
			t.floors.touch(key)
			if compareJudgement(rec.Incarnation, rec.Verdict, floor.Incarnation, floor.Verdict) == 0 &&
				rec.Generation == floor.Generation {
				return Unchanged, nil
			}
			return Stale, nil
		}
	}
	if t.Len() >= t.cfg.MaxMembers {
		return Unchanged, ErrTableFull
	}
	e := t.newEntry(key)
	if err := t.store(now, e, &joined); err != nil {
		t.release(e)
		return Unchanged, err
	}
	t.floors.drop(key)
	return outcome, nil
}

// Answer makes dst the table's record of an id, for the sender of a stale one:
// the entry's, or the floor's, which is a verdict without owner part. It tells
// whether there is one.
func (t *Table) Answer(id string, dst *hearsayv1.NodeRecord) bool {
	if e := t.LookupID(id); e != nil {
		e.CopyTo(dst)
		return true
	}
	f, ok := t.floors.find(wire.Key(id))
	if !ok {
		return false
	}
	*dst = f.record(id)
	return true
}

// KnownGeneration returns the greatest generation that the table knows of an
// id, live, gone or forgotten; 0 if it knows none.
func (t *Table) KnownGeneration(id string) Generation {
	if e := t.LookupID(id); e != nil {
		return e.generation
	}
	f, _ := t.floors.find(wire.Key(id))
	return f.generation
}

// Self returns the node's own entry; nil before its life begins.
func (t *Table) Self() *Entry { return t.self }

// AtAddress returns who listens at an address by its own word: a live peer
// before one that is gone, and of several the one with the smallest key; nil
// if nobody does. An empty network is any. It looks at every entry.
func (t *Table) AtAddress(network string, address netip.AddrPort) *Entry {
	for _, entries := range [2][]*Entry{t.peers, t.gone} {
		var found *Entry
		for _, e := range entries {
			if e.ListensAt(network, address) && (found == nil || e.key < found.key) {
				found = e
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// Peers returns the live members but the node itself, suspects included, in an
// order that is arbitrary and the same for equal calls: for picking at random.
// The slice is the table's, valid until its next change.
func (t *Table) Peers() []*Entry { return t.peers }

// Gone returns those with a verdict, like Peers.
func (t *Table) Gone() []*Entry { return t.gone }

// LiveCount returns the number of live members, suspects and the node itself
// included.
func (t *Table) LiveCount() int {
	n := len(t.peers)
	if t.self != nil && t.self.Live() {
		n++
	}
	return n
}

// Len returns the number of entries, live and gone.
func (t *Table) Len() int { return t.byID.count }
