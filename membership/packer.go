package membership

import (
	"net/netip"
	"slices"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// What an element costs in an envelope besides its own encoded size: a tag and
// a length, of which one of less than 16 KiB takes two bytes; and, once, the
// same for the delta around the records, whose length may take three.
const (
	elementOverhead = 3
	deltaOverhead   = 4
)

// destination is where an envelope goes, and what is known of who is there.
type destination struct {
	address netip.AddrPort
	network string
	// key and id are 0 and empty if it is not known who is there.
	key     uint64
	id      string
	version uint8
}

// draft is an envelope that is being filled, with the memory that its parts
// need, all of it used again.
type draft struct {
	to       destination
	envelope hearsayv1.Envelope
	// room is how many bytes still fit; it is known once measure was called.
	room int

	delta       hearsayv1.MembershipDelta
	records     []hearsayv1.NodeRecord
	accusations []hearsayv1.Accusation
	request     hearsayv1.ProbeRequest
	reply       hearsayv1.ProbeReply
	sum         hearsayv1.Sum
	tags        hearsayv1.Tags
	want        hearsayv1.Want
	join        hearsayv1.Join
	joinAck     hearsayv1.JoinAck
	states      []hearsayv1.StateDelta
	token       []byte
}

// reset empties the draft and keeps its memory.
func (d *draft) reset(to destination) {
	d.to, d.room = to, 0
	clear(d.records)
	d.records, d.accusations, d.states = d.records[:0], d.accusations[:0], d.states[:0]
	d.token = d.token[:0]
	d.envelope = hearsayv1.Envelope{}
}

// measure sets the room to what budget leaves beside the fixed parts, which
// must all be there.
func (d *draft) measure(budget int) { d.room = budget - d.envelope.Size() }

// addRecord appends a record if it fits. The record's strings and owner bytes
// are shared, not copied.
func (d *draft) addRecord(rec *hearsayv1.NodeRecord) bool {
	cost := rec.Size() + elementOverhead
	if d.envelope.Delta == nil {
		cost += deltaOverhead
	}
	if cost > d.room {
		return false
	}
	d.room -= cost
	d.records = append(d.records, *rec)
	d.delta = hearsayv1.MembershipDelta{Records: d.records}
	d.envelope.Delta = &d.delta
	return true
}

// addAccusation appends an accusation if it fits.
func (d *draft) addAccusation(a *hearsayv1.Accusation) bool {
	cost := a.Size() + elementOverhead
	if cost > d.room {
		return false
	}
	d.room -= cost
	d.accusations = append(d.accusations, *a)
	d.envelope.Accusations = d.accusations
	return true
}

// empty tells whether nothing was added.
func (d *draft) empty() bool {
	return len(d.records) == 0 && len(d.accusations) == 0 && len(d.states) == 0
}

// Bounds of the outbox: what a driver may leave lying there, and how many
// drafts are kept for use when it is empty, of up to 3 KB each: those of a step
// in which there is news, and not those of a crowd.
const (
	maxOutbox  = 8192
	keptDrafts = 8
)

// outbox holds what is to be sent until the driver takes it.
type outbox struct {
	drafts []*draft
	used   int
	out    []Outbound
	// taken: the driver has what is in out; the drafts are free again at the
	// next input.
	taken   bool
	dropped uint64
}

// begin frees the drafts that the driver has taken.
func (b *outbox) begin() {
	if !b.taken {
		return
	}
	b.taken, b.used = false, 0
	b.out = emptied(b.out)
	if len(b.drafts) > keptDrafts {
		b.drafts = slices.Clone(b.drafts[:keptDrafts])
	}
}

// open returns an empty draft. It is gone unless send follows before the next
// open.
func (b *outbox) open(to destination) *draft {
	if b.used == len(b.drafts) {
		b.drafts = append(b.drafts, &draft{})
	}
	d := b.drafts[b.used]
	d.reset(to)
	return d
}

// send puts the draft that was opened last among what the driver takes.
func (b *outbox) send(d *draft) {
	if len(b.out) >= maxOutbox {
		b.dropped++
		return
	}
	b.used++
	b.out = append(b.out, Outbound{
		Target: d.to.address, Network: d.to.network, Expect: d.to.id, Version: d.to.version, Envelope: &d.envelope,
	})
}

// take hands what is to be sent to the driver.
func (b *outbox) take() []Outbound {
	b.taken = true
	return b.out
}

// share is one kind of content that competes for the room of an envelope.
type share interface {
	// fill adds to the draft what fits into its room.
	fill(d *draft)
}

// pack divides the room of a draft among shares: each first gets an equal part
// of it, so that none starves another, then in order what is left.
func pack(d *draft, shares ...share) {
	each := d.room / max(len(shares), 1)
	if len(shares) > 1 {
		for _, s := range shares {
			rest := d.room - each
			d.room = each
			s.fill(d)
			d.room += rest
		}
	}
	for _, s := range shares {
		s.fill(d)
	}
}
