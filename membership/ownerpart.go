package membership

import (
	"fmt"
	"math"
	"net/netip"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// ownerPart is what a node says of itself: the bytes as it wrote them, and what
// they mean to this version of the software. It is immutable, so entries and
// views share it. The common case, one endpoint and a few bytes, is a single
// allocation.
type ownerPart struct {
	raw              []byte
	endpoints        []Endpoint
	zone             string
	status           hearsayv1.NodeStatus
	health           Health
	wireMin, wireMax uint8

	firstEndpoint [1]Endpoint
	shortRaw      [40]byte
}

// ownerDecoder decodes owner parts into memory that it reuses.
type ownerDecoder struct {
	scratch hearsayv1.OwnerPart
	words   map[string]string
	// recent are the words found last, which mostly are those of the next
	// owner part too.
	recent [4]string
	oldest int
}

// maxWords bounds the strings that are shared between owner parts.
const maxWords = 256

func newOwnerDecoder() ownerDecoder {
	return ownerDecoder{words: make(map[string]string)}
}

// decode returns the owner part that raw encodes. It copies raw. Its errors
// are ErrBadOwner.
func (d *ownerDecoder) decode(raw []byte) (*ownerPart, error) {
	part := &d.scratch
	if err := part.Unmarshal(raw); err != nil {
		return nil, ErrBadOwner
	}
	if !plausible(part) {
		return nil, ErrBadOwner
	}
	o := &ownerPart{
		zone: d.intern(part.Zone), status: part.Status, health: healthOf(part.Health),
		wireMin: uint8(part.WireMin), wireMax: uint8(part.WireMax),
	}
	o.raw = append(o.shortRaw[:0:len(o.shortRaw)], raw...)
	o.endpoints = o.firstEndpoint[:0:1]
	if len(part.Endpoints) > 1 {
		o.endpoints = make([]Endpoint, 0, len(part.Endpoints))
	}
	for i := range part.Endpoints {
		e := &part.Endpoints[i]
		addr, ok := netip.AddrFromSlice(e.IP)
		if !ok || !reachable(addr.Unmap()) || e.Port == 0 || e.Port > math.MaxUint16 || e.Transport == "" {
			return nil, ErrBadOwner
		}
		o.endpoints = append(o.endpoints, Endpoint{
			Network: d.intern(e.Transport),
			Address: netip.AddrPortFrom(addr.Unmap(), uint16(e.Port)),
			Scope:   d.intern(e.Scope),
		})
	}
	return o, nil
}

// plausible tells whether the numbers of an owner part are in their ranges. A
// status that this version does not know is none of its business: refusing it
// would split the tables of a cluster of mixed versions.
func plausible(part *hearsayv1.OwnerPart) bool {
	return len(part.Endpoints) >= 1 && len(part.Endpoints) <= MaxEndpoints &&
		part.Status > hearsayv1.NodeStatusUnspecified &&
		part.WireMin <= part.WireMax && part.WireMax <= math.MaxUint8 &&
		len(part.Zone) <= MaxZoneBytes
}

// reachable tells whether one node can listen at the address.
func reachable(addr netip.Addr) bool {
	return addr.IsValid() && !addr.IsUnspecified() && !addr.IsMulticast()
}

// intern returns one string for all equal ones: transports, zones and scopes
// are few words that every record repeats.
func (d *ownerDecoder) intern(s string) string {
	if s == "" {
		return ""
	}
	for _, word := range d.recent {
		if word == s {
			return word
		}
	}
	word, ok := d.words[s]
	if !ok {
		if word = s; len(d.words) < maxWords {
			d.words[s] = s
		}
	}
	d.recent[d.oldest] = word
	d.oldest = (d.oldest + 1) % len(d.recent)
	return word
}

// shown returns the status that the node claims, as users see it. A later
// status than those known here is shown as Leaving: statuses only move
// forward, and such a member can still be reached.
func (o *ownerPart) shown() Status {
	switch o.status {
	case hearsayv1.NodeStatusJoining:
		return StatusJoining
	case hearsayv1.NodeStatusUp:
		return StatusUp
	}
	return StatusLeaving
}

// encodeOwner returns the bytes of a node's own owner part, if it may be
// published under that id.
func encodeOwner(id string, part *hearsayv1.OwnerPart) ([]byte, error) {
	raw := part.AppendTo(nil)
	if limit := MaxOwnerBytes(id); len(raw) > limit {
		return nil, fmt.Errorf("%w: %d bytes of endpoints and zone, with an id of %d bytes, where %d fit: use fewer endpoints or shorter names",
			ErrRecordTooLarge, len(raw), len(id), limit)
	}
	return raw, nil
}
