package membership

import (
	"net/netip"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/state"
)

// Entry is what a table knows of one node. It belongs to its table, changes
// when the table does, and is void, and used again for another node, once the
// table forgets the node: keep keys, not entries, between calls.
type Entry struct {
	// profile is what its record says, but for what is held against it and how far
	// its state has come.
	*profile
	key          uint64
	stateVersion uint64
	verdict      hearsayv1.Verdict

	// index is the entry's place in Table.peers or Table.gone; -1 for the
	// node's own entry, which is in neither.
	index int32
	// number names the entry in the indexes, from 1. newer and older are those
	// of its neighbours in the chain of all entries in the order of changed; 0
	// for none.
	number, newer, older uint32
	// agreed is the number of the consensus' epoch in which the node told the
	// root of this table last.
	agreed uint32
	// accused is nil where nobody accuses the node.
	accused *accusations
	// state is what is held of the node's replicated state in this life; nil
	// where it is nothing.
	state *state.Copy

	// leaf is the entry's term of the root, while it is live.
	leaf uint64
	// since is when the entry got its verdict, or none, and changed the version of
	// the table at its last change.
	since   Instant
	changed uint64
}

// ID returns the node's name.
func (e *Entry) ID() string { return e.id }

// Key returns the key of the node's name.
func (e *Entry) Key() uint64 { return e.key }

// Generation returns the newest known life of the node.
func (e *Entry) Generation() Generation { return e.generation }

// Incarnation returns how often the node refuted in this life.
func (e *Entry) Incarnation() Incarnation { return e.incarnation }

// Verdict returns what is held against the node. It may be a value that this
// version of the protocol does not name.
func (e *Entry) Verdict() hearsayv1.Verdict { return e.verdict }

// Version returns the version of the owner part; 0 where it is not known.
func (e *Entry) Version() uint32 { return e.version }

// StateVersion returns how often the node wrote replicated state, as far as the
// table has heard.
func (e *Entry) StateVersion() uint64 { return e.stateVersion }

// StateHeld returns up to which of those writes the table holds everything.
func (e *Entry) StateHeld() uint64 {
	if e.state == nil {
		return 0
	}
	return e.state.Held()
}

// State returns what is held of the node's replicated state; nil where it is
// nothing. It must not be changed.
func (e *Entry) State() *state.Copy { return e.state }

// Owner returns the encoded owner part, as its owner wrote it; nil where it is
// not known. It must not be changed.
func (e *Entry) Owner() []byte { return e.owner() }

// OwnStatus returns what the node says of itself; Unspecified where that is
// not known.
func (e *Entry) OwnStatus() hearsayv1.NodeStatus { return e.claim }

// Endpoints returns where the node listens. The slice must not be changed.
func (e *Entry) Endpoints() []Endpoint { return e.listens() }

// Endpoint returns the node's first endpoint of a network, or its first of all
// if the network is empty.
func (e *Entry) Endpoint(network string) (Endpoint, bool) {
	for _, endpoint := range e.Endpoints() {
		if network == "" || endpoint.Network == network {
			return endpoint, true
		}
	}
	return Endpoint{}, false
}

// ListensAt tells whether the node gives the address as its own. An empty
// network is any.
func (e *Entry) ListensAt(network string, address netip.AddrPort) bool {
	for _, endpoint := range e.Endpoints() {
		if endpoint.Address == address && (network == "" || endpoint.Network == network) {
			return true
		}
	}
	return false
}

// Zone returns where the node runs.
func (e *Entry) Zone() string { return e.zone() }

// WireRange returns the wire versions that the node understands; 0, 0 where
// they are not known.
func (e *Entry) WireRange() (lowest, highest uint8) { return e.wireMin, e.wireMax }

// Live tells whether nothing is held against the node; the suspects are live.
// A verdict that this version does not know excludes as Dead does.
func (e *Entry) Live() bool { return e.verdict == hearsayv1.VerdictNone }

// Shown returns the node's status as users see it: the verdict if there is one,
// else Suspect if it stands accused, else what it says of itself.
func (e *Entry) Shown() Status {
	switch {
	case e.verdict == hearsayv1.VerdictRemoved:
		return StatusRemoved
	case e.verdict != hearsayv1.VerdictNone:
		return StatusDead
	case e.Accused():
		return StatusSuspect
	}
	return e.profile.shown()
}

// Since returns when the node got its verdict here, or lost it: what its time as
// a tombstone is counted from.
func (e *Entry) Since() Instant { return e.since }

// Changed returns the version of the table at the entry's last change.
func (e *Entry) Changed() uint64 { return e.changed }

// CurrentLife tells whether a header's generation bits are those of the life
// that the table knows.
func (e *Entry) CurrentLife(nonce uint32) bool { return e.generation.Nonce() == nonce }

// CopyTo makes dst the entry's record. The bytes of the owner part are copied
// into dst's memory.
func (e *Entry) CopyTo(dst *hearsayv1.NodeRecord) {
	owner := append(dst.Owner[:0], e.Owner()...)
	*dst = record(e.id, uint64(e.generation), uint32(e.incarnation), e.verdict, e.version, owner, e.stateVersion)
}

// RecordSize returns the size of the encoded record, without the tag and the
// length that it takes inside another message.
func (e *Entry) RecordSize() int {
	rec := e.record()
	return recordSize(&rec)
}

// record returns the entry's record, whose owner bytes are the table's.
func (e *Entry) record() hearsayv1.NodeRecord {
	return record(e.id, uint64(e.generation), uint32(e.incarnation), e.verdict, e.version, e.Owner(), e.stateVersion)
}

// holds tells whether the entry's record is rec: the answer to nearly all that
// arrives.
func (e *Entry) holds(rec *hearsayv1.NodeRecord) bool {
	return e.verdict == rec.Verdict && e.stateVersion == rec.StateVersion && e.says(rec)
}
