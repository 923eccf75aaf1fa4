package membership

import (
	"bytes"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// profile is what a record says of one node, but for what is held against it: who
// it is, which life it lives, and what it says of itself, as bytes and as what
// they mean to this version of the software. It is immutable, so that the table,
// all views that show the member so, and the tables of many nodes in one process
// share it; a record that says something else gets another. It is made to be
// small: a node has one of each member. The common case, one endpoint and a few
// bytes, is a single allocation of 160 bytes.
type profile struct {
	id          string
	generation  Generation
	incarnation Incarnation
	// version is 0 where only a verdict is known, and then there is no owner part.
	version uint32
	// claim is the status that the node gives itself.
	claim hearsayv1.NodeStatus

	wireMin, wireMax uint8
	// size is the number of the owner part's bytes in short, and endpoints that
	// of the endpoints in first, unless large has both.
	size, endpoints uint8
	// place is the zone, nil for none: one word for many members.
	place *string
	large *largeOwner
	first [1]Endpoint
	short [40]byte
}

// largeOwner is an owner part for which a profile has no room.
type largeOwner struct {
	raw       []byte
	endpoints []Endpoint
}

// bare returns the profile of a life of which no owner part is known.
func bare(id string, g Generation, i Incarnation) *profile {
	return &profile{id: id, generation: g, incarnation: i}
}

// says tells whether the profile is what a record says.
func (p *profile) says(rec *hearsayv1.NodeRecord) bool {
	return uint64(p.generation) == rec.Generation && uint32(p.incarnation) == rec.Incarnation &&
		p.version == rec.Version && bytes.Equal(p.owner(), rec.Owner)
}

// owner returns the encoded owner part; nil where it is not known.
func (p *profile) owner() []byte {
	switch {
	case p.large != nil:
		return p.large.raw
	case p.size == 0:
		return nil
	}
	return p.short[:p.size:p.size]
}

// setOwner keeps a copy of the owner part's bytes, and room for count endpoints.
func (p *profile) setOwner(raw []byte, count int) {
	if len(raw) <= len(p.short) && count <= len(p.first) {
		p.size, p.endpoints = uint8(copy(p.short[:], raw)), uint8(count)
		return
	}
	p.large = &largeOwner{bytes.Clone(raw), make([]Endpoint, count)}
}

// listens returns where the node listens.
func (p *profile) listens() []Endpoint {
	switch {
	case p.large != nil:
		return p.large.endpoints
	case p.endpoints == 0:
		return nil
	}
	return p.first[:]
}

func (p *profile) zone() string {
	if p.place == nil {
		return ""
	}
	return *p.place
}

// shown returns the status that the node claims, as users see it. A later
// status than those known here is shown as Leaving: statuses only move
// forward, and such a member can still be reached.
func (p *profile) shown() Status {
	switch p.claim {
	case hearsayv1.NodeStatusJoining:
		return StatusJoining
	case hearsayv1.NodeStatusUp:
		return StatusUp
	}
	return StatusLeaving
}
