package membership

import (
	"errors"
	"fmt"
	"unicode/utf8"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// The limits of a record. Whatever breaks one is refused on receipt, and by the
// configuration of the node that would have written it.
const (
	// MaxIDBytes is the largest node id.
	MaxIDBytes = 64
	// MaxZoneBytes is the largest zone.
	MaxZoneBytes = 64
	// MaxEndpoints is the largest number of endpoints of a node.
	MaxEndpoints = 8
	// MaxRecordBytes is the largest encoded record.
	MaxRecordBytes = 256
)

// recordOverhead is what the encoding of a record takes besides the bytes of
// id and owner, when every number in it is at its largest: id 2, generation 9,
// incarnation 6, verdict 6, version 6, owner 3, state version 11.
//
// The size of a record is judged with this overhead and not with the one it
// happens to have. Otherwise two records that both fit could join into one
// that does not (a large owner part from one, a large counter from the other),
// and a node would hold a record that no other node accepts.
const recordOverhead = 2 + 9 + 6 + 6 + 6 + 3 + 11

// MaxOwnerBytes returns the largest encoded owner part of a node of that id.
func MaxOwnerBytes(id string) int { return MaxRecordBytes - recordOverhead - len(id) }

// ErrRefused is what all errors about a received record or accusation unwrap
// to. What was refused has changed nothing.
var ErrRefused = errors.New("membership: refused")

// The reasons to refuse a record.
var (
	// ErrBadID: the id is empty, too long or not UTF-8.
	ErrBadID = fmt.Errorf("%w: id must be 1 to 64 bytes of UTF-8", ErrRefused)
	// ErrBadGeneration: the counter is 0 or above MaxCounter.
	ErrBadGeneration = fmt.Errorf("%w: generation counter out of range", ErrRefused)
	// ErrBadVerdict: the verdict is negative.
	ErrBadVerdict = fmt.Errorf("%w: negative verdict", ErrRefused)
	// ErrNoOwner: the record has neither verdict nor owner part.
	ErrNoOwner = fmt.Errorf("%w: neither verdict nor owner part", ErrRefused)
	// ErrBadOwner: the owner part cannot be decoded or breaks a limit.
	ErrBadOwner = fmt.Errorf("%w: malformed owner part", ErrRefused)
	// ErrRecordTooLarge: the record would not fit MaxRecordBytes.
	ErrRecordTooLarge = fmt.Errorf("%w: record too large", ErrRefused)
	// ErrKeyCollision: the key of the id is that of another known id.
	ErrKeyCollision = fmt.Errorf("%w: key belongs to another id", ErrRefused)
	// ErrTableFull: the table holds as many members as it may.
	ErrTableFull = fmt.Errorf("%w: table full", ErrRefused)
)

// checkRecord tells whether the record may be merged, but for what its owner
// bytes hold.
func checkRecord(rec *hearsayv1.NodeRecord) error {
	switch {
	case checkID(rec.ID) != nil:
		return ErrBadID
	case !Generation(rec.Generation).Valid():
		return ErrBadGeneration
	case rec.Verdict < hearsayv1.VerdictNone:
		return ErrBadVerdict
	case len(rec.Owner) > MaxOwnerBytes(rec.ID):
		return ErrRecordTooLarge
	case (rec.Version == 0) != (len(rec.Owner) == 0):
		return ErrBadOwner
	case rec.Version == 0 && rec.Verdict == hearsayv1.VerdictNone:
		return ErrNoOwner
	}
	return nil
}

func checkID(id string) error {
	if len(id) == 0 || len(id) > MaxIDBytes || !utf8.ValidString(id) {
		return ErrBadID
	}
	return nil
}

// recordSize returns the size of the encoded record as protobuf writes it.
func recordSize(rec *hearsayv1.NodeRecord) int {
	size := sizeBytes(len(rec.ID)) + sizeBytes(len(rec.Owner))
	if rec.Generation != 0 {
		size += 9
	}
	return size + sizeNumber(uint64(rec.Incarnation)) + sizeNumber(uint64(rec.Verdict)) +
		sizeNumber(uint64(rec.Version)) + sizeNumber(rec.StateVersion)
}

// sizeBytes returns what a field of n bytes takes, tag included.
func sizeBytes(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + sizeVarint(uint64(n)) + n
}

// sizeNumber returns what a number takes, tag included.
func sizeNumber(v uint64) int {
	if v == 0 {
		return 0
	}
	return 1 + sizeVarint(v)
}

func sizeVarint(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}
