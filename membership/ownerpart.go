package membership

import (
	"bytes"
	"fmt"
	"math"
	"net/netip"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// ownerDecoder decodes owner parts with memory that it reuses.
type ownerDecoder struct {
	scratch hearsayv1.OwnerPart
	words   map[string]*string
	// recent are the words found last, which mostly are those of the next
	// owner part too.
	recent [4]*string
	oldest int
}

// maxWords bounds the strings that are shared between owner parts.
const maxWords = 256

func newOwnerDecoder() ownerDecoder {
	return ownerDecoder{words: make(map[string]*string)}
}

// profile returns the profile of a record, of which it keeps the id and copies
// the rest. Its errors are ErrBadOwner.
func (d *ownerDecoder) profile(rec *hearsayv1.NodeRecord) (*profile, error) {
	p := bare(rec.ID, Generation(rec.Generation), Incarnation(rec.Incarnation))
	if len(rec.Owner) == 0 {
		return p, nil
	}
	part := &d.scratch
	if part.Unmarshal(rec.Owner) != nil || !plausible(part) {
		return nil, ErrBadOwner
	}
	p.version, p.claim, p.place = rec.Version, part.Status, d.intern(part.Zone)
	p.wireMin, p.wireMax = uint8(part.WireMin), uint8(part.WireMax)
	p.setOwner(rec.Owner, len(part.Endpoints))
	endpoints := p.listens()
	for i := range part.Endpoints {
		e := &part.Endpoints[i]
		addr, ok := netip.AddrFromSlice(e.IP)
		if !ok || !reachable(addr.Unmap()) || e.Port == 0 || e.Port > math.MaxUint16 || e.Transport == "" {
			return nil, ErrBadOwner
		}
		endpoints[i] = Endpoint{
			Network: *d.intern(e.Transport), Address: netip.AddrPortFrom(addr.Unmap(), uint16(e.Port)),
		}
		if e.Scope != "" {
			endpoints[i].Scope = *d.intern(e.Scope)
		}
	}
	return p, nil
}

// update returns the profile of a record whose node had the profile p before. It
// is p if that says the same.
func (d *ownerDecoder) update(p *profile, rec *hearsayv1.NodeRecord) (*profile, error) {
	switch {
	case p == nil:
		return d.profile(rec)
	case p.says(rec):
		return p, nil
	case bytes.Equal(p.owner(), rec.Owner):
		next := *p
		next.generation, next.incarnation = Generation(rec.Generation), Incarnation(rec.Incarnation)
		next.version = rec.Version
		return &next, nil
	}
	next, err := d.profile(rec)
	if err == nil {
		next.id = p.id
	}
	return next, err
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

// intern returns one string for all equal ones, nil for the empty one:
// transports, zones and scopes are few words that every record repeats.
func (d *ownerDecoder) intern(s string) *string {
	if s == "" {
		return nil
	}
	for _, word := range d.recent {
		if word != nil && *word == s {
			return word
		}
	}
	word, ok := d.words[s]
	if !ok {
		kept := s // and not s itself, which would be allocated for each call
		if word = &kept; len(d.words) < maxWords {
			d.words[s] = word
		}
	}
	d.recent[d.oldest] = word
	d.oldest = (d.oldest + 1) % len(d.recent)
	return word
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
