package membership

import (
	"fmt"
	"math/bits"
	"slices"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// ErrBadDigest: a Sum or Tags has an impossible number of buckets or an even
// salt.
var ErrBadDigest = fmt.Errorf("%w: malformed digest", ErrRefused)

// What a datagram spends on anything but tags, at most: the envelope's header
// and token, and in a Tags message salt 9, buckets 3, covered 34 and the
// lengths around it.
const (
	sumHeadroom  = 96
	tagsHeadroom = 9 + 3 + 34 + 8
	wantHeadroom = 9 + 8
	// recordHeadroom is the tag and length of a record in a delta.
	recordHeadroom = 3
)

// reconcileScratch is memory for comparisons, used again and again.
type reconcileScratch struct {
	differ, empty [leaves]bool
	// members are those of the buckets that differ, bucket by bucket: those of
	// b from start[b] to start[b+1].
	members []*Entry
	start   [leaves + 1]int32
	tags    []uint32
	matched []bool
	// answered marks, by their numbers, the entries that an answer has looked at.
	answered numberSet
}

// numberSet is a set of numbers of entries, a bit for each.
type numberSet []uint64

// empty empties the set and makes room for the numbers up to the given one.
func (s *numberSet) empty(most uint32) {
	words := int(most/64) + 1
	*s = slices.Grow((*s)[:0], words)[:words]
	clear(*s)
}

// add puts in a number, and tells whether it was not there.
func (s numberSet) add(number uint32) bool {
	word, bit := &s[number/64], uint64(1)<<(number%64)
	isNew := *word&bit == 0
	*word |= bit
	return isNew
}

// AppendSum makes dst the sums of the table's buckets under a salt, which is
// odd and random: as many buckets as an envelope of budget bytes can carry.
func (t *Table) AppendSum(dst *hearsayv1.Sum, salt uint64, budget int) {
	count := sumBuckets(budget)
	dst.Salt, dst.Buckets = salt, dst.Buckets[:0]
	for i := range count {
		dst.Buckets = append(dst.Buckets, shorten(t.sums.bucket(i, count), salt))
	}
}

// sumBuckets returns the largest power of two, at most leaves, of which that
// many 4-byte sums fit the budget.
func sumBuckets(budget int) int {
	room := max(1, (budget-sumHeadroom)/4)
	return min(leaves, 1<<(bits.Len(uint(room))-1))
}

// shorten returns the part of a sum or hash that travels. The salt is odd, so
// that it loses nothing before the cut, and random, so that two values that
// collide in one exchange do not in the next.
func shorten(v, salt uint64) uint32 { return uint32(v * salt >> 32) }

// SumAnswer is what a table says to a Sum.
type SumAnswer struct {
	// Tags are messages of at most the datagram size given, to be sent each in
	// an envelope of its own.
	Tags []hearsayv1.Tags
	// Records are those that the other table lacks for sure, in the order in
	// which to send them. They are the table's, valid until it changes.
	Records []*Entry
}

// AnswerSum makes dst the answer to a Sum, of no more than count messages of
// size bytes. For a bucket in which the other side has nothing it holds the
// records themselves; for others that differ, a tag of each record, whole
// buckets to a message. It begins at the bucket that the salt names, so that
// answers which are cut short begin elsewhere each time.
//
// A bucket of more tags than fit one message is told in part, and not marked as
// covered: the other side can then ask for what it lacks, and sends nothing. It
// learns the rest from other exchanges, in which the salt picks other parts.
func (t *Table) AnswerSum(sum *hearsayv1.Sum, size, count int, dst *SumAnswer) error {
	buckets := len(sum.Buckets)
	dst.Tags, dst.Records = dst.Tags[:0], dst.Records[:0]
	if !validBuckets(buckets) || sum.Salt&1 == 0 {
		return ErrBadDigest
	}
	t.gather(sum)
	w := tagWriter{answer: dst, salt: sum.Salt, buckets: buckets, size: size, room: size * count}
	start := int(sum.Salt >> 32 % uint64(buckets))
	for n := range buckets {
		b := (start + n) % buckets
		switch {
		case !t.scratch.differ[b]:
			continue
		case t.scratch.empty[b]:
			w.records(t.scratch.bucket(b))
		default:
			w.tags(b, t.scratch.bucket(b))
		}
		if w.room <= 0 {
			break
		}
	}
	return nil
}

func validBuckets(n int) bool { return n >= 1 && n <= leaves && n&(n-1) == 0 }

// gather finds the buckets that differ and groups the live members in them.
func (t *Table) gather(sum *hearsayv1.Sum) {
	s, buckets := &t.scratch, len(sum.Buckets)
	clear(s.start[:])
	for b, theirs := range sum.Buckets {
		s.differ[b] = shorten(t.sums.bucket(b, buckets), sum.Salt) != theirs
		s.empty[b] = theirs == 0
	}
	// A counting sort: how many are in each bucket, where the bucket ends, and
	// then each member to the end of its bucket, which moves down to its start.
	for e := range t.live() {
		if b := bucketOf(e.key, buckets); s.differ[b] {
			s.start[b]++
		}
	}
	for b := 1; b <= buckets; b++ {
		s.start[b] += s.start[b-1]
	}
	total := int(s.start[buckets])
	s.members = slices.Grow(s.members[:0], total)[:total]
	for e := range t.live() {
		if b := bucketOf(e.key, buckets); s.differ[b] {
			s.start[b]--
			s.members[s.start[b]] = e
		}
	}
}

func (s *reconcileScratch) bucket(b int) []*Entry { return s.members[s.start[b]:s.start[b+1]] }

// live ranges over the live members, the node itself first.
func (t *Table) live() func(yield func(*Entry) bool) {
	return func(yield func(*Entry) bool) {
		if t.self != nil && t.self.Live() && !yield(t.self) {
			return
		}
		for _, e := range t.peers {
			if !yield(e) {
				return
			}
		}
	}
}

// tagWriter fills a SumAnswer within its room.
type tagWriter struct {
	answer        *SumAnswer
	salt          uint64
	buckets       int
	size, room    int
	open          bool
	left, tagsMax int
}

// records adds as many records as there is room for.
func (w *tagWriter) records(entries []*Entry) {
	for _, e := range entries {
		cost := e.RecordSize() + recordHeadroom
		if cost > w.room {
			w.room = 0
			return
		}
		w.room -= cost
		w.answer.Records = append(w.answer.Records, e)
	}
}

// tags adds the tags of one bucket, in a new message if the last has no room
// for all of them.
func (w *tagWriter) tags(bucket int, entries []*Entry) {
	w.tagsMax = max(1, (w.size-tagsHeadroom)/4)
	if !w.open || len(entries) > w.left {
		if !w.begin() {
			return
		}
	}
	message := &w.answer.Tags[len(w.answer.Tags)-1]
	from, part := 0, len(entries)
	if part <= w.tagsMax {
		message.Covered[bucket/8] |= 1 << (bucket % 8)
	} else {
		from, part = int(w.salt>>40%uint64(part)), w.tagsMax
	}
	for i := range part {
		e := entries[(from+i)%len(entries)]
		message.Tags = append(message.Tags, shorten(e.leaf, w.salt))
	}
	w.left -= part
	w.room -= 4 * part
}

// begin starts a message, if there is room for a whole one or none was begun
// yet; what the one before left unused is spent.
func (w *tagWriter) begin() bool {
	if w.open {
		w.room -= 4 * w.left
	}
	if w.room < w.size {
		w.room, w.open, w.left = 0, false, 0
		return false
	}
	tags := w.answer.Tags
	if len(tags) < cap(tags) {
		tags = tags[:len(tags)+1]
	} else {
		tags = append(tags, hearsayv1.Tags{})
	}
	message := &tags[len(tags)-1]
	covered := slices.Grow(message.Covered[:0], (w.buckets+7)/8)[:(w.buckets+7)/8]
	clear(covered)
	*message = hearsayv1.Tags{Salt: w.salt, Buckets: uint32(w.buckets), Covered: covered, Tags: message.Tags[:0]}
	w.answer.Tags = tags
	w.open, w.left = true, w.tagsMax
	w.room -= tagsHeadroom
	return true
}

// TagsAnswer is what a table says to a Tags message.
type TagsAnswer struct {
	// Records are those of this table that the other has not, in the order in
	// which to send them, valid until the table changes.
	Records []*Entry
	// Want are the tags of records that this table has not.
	Want []uint32
}

// AnswerTags makes dst the answer to a Tags message: what the sender lacks of
// the buckets that the message covers, at most room bytes of it, and what this
// table lacks, at most as many tags as fit a message of size bytes.
func (t *Table) AnswerTags(tags *hearsayv1.Tags, size, room int, dst *TagsAnswer) error {
	buckets := int(tags.Buckets)
	dst.Records, dst.Want = dst.Records[:0], dst.Want[:0]
	if tags.Buckets > leaves || !validBuckets(buckets) || tags.Salt&1 == 0 ||
		len(tags.Covered) > (buckets+7)/8 {
		return ErrBadDigest
	}
	t.sortTags(tags.Tags)
	n := t.LiveCount()
	if n == 0 {
		n = 1
	}
	for e := range t.liveFrom(int(tags.Salt >> 32 % uint64(n))) {
		if t.match(shorten(e.leaf, tags.Salt)) {
			continue
		}
		b := bucketOf(e.key, buckets)
		cost := e.RecordSize() + recordHeadroom
		if b/8 < len(tags.Covered) && tags.Covered[b/8]&(1<<(b%8)) != 0 && cost <= room {
			room -= cost
			dst.Records = append(dst.Records, e)
		}
	}
	limit := max(1, (size-wantHeadroom)/4)
	for i, tag := range t.scratch.tags {
		if !t.scratch.matched[i] && len(dst.Want) < limit {
			dst.Want = append(dst.Want, tag)
		}
	}
	return nil
}

// liveFrom ranges over the live members, beginning at the one of a number and
// coming round.
func (t *Table) liveFrom(start int) func(yield func(*Entry) bool) {
	return func(yield func(*Entry) bool) {
		i := 0
		for e := range t.live() {
			if i >= start && !yield(e) {
				return
			}
			i++
		}
		i = 0
		for e := range t.live() {
			if i >= start || !yield(e) {
				return
			}
			i++
		}
	}
}

// sortTags makes the tags searchable.
func (t *Table) sortTags(tags []uint32) {
	s := &t.scratch
	s.tags = append(s.tags[:0], tags...)
	slices.Sort(s.tags)
	s.tags = slices.Compact(s.tags)
	s.matched = slices.Grow(s.matched[:0], len(s.tags))[:len(s.tags)]
	clear(s.matched)
}

// match tells whether the tag is among those sorted, and marks it.
func (t *Table) match(tag uint32) bool {
	at, ok := slices.BinarySearch(t.scratch.tags, tag)
	if ok {
		t.scratch.matched[at] = true
	}
	return ok
}

// AnswerWant appends the entries that a Want asks for, by key and then by tag,
// at most room bytes of records, each once however often it is asked for. They are
// valid until the table changes.
func (t *Table) AnswerWant(want *hearsayv1.Want, room int, dst []*Entry) []*Entry {
	answered := &t.scratch.answered
	answered.empty(uint32(len(t.entries) * entryBatch))
	add := func(e *Entry) {
		if !answered.add(e.number) {
			return
		}
		if cost := e.RecordSize() + recordHeadroom; cost <= room {
			room -= cost
			dst = append(dst, e)
		}
	}
	for _, key := range want.Keys {
		if room < recordOverhead {
			return dst
		}
		if e := t.Lookup(key); e != nil {
			add(e)
		}
	}
	if len(want.Tags) == 0 || want.Salt&1 == 0 {
		return dst
	}
	t.sortTags(want.Tags)
	for e := range t.live() {
		if t.match(shorten(e.leaf, want.Salt)) {
			add(e)
		}
	}
	return dst
}
