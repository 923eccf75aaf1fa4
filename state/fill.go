package state

import (
	"iter"
	"math"
)

// Request returns what to ask for to hold more.
func (c *Copy) Request() Request {
	r := Request{From: c.held, Floor: c.floor}
	if len(c.spans) > 0 {
		r.Until = c.spans[0].from
	}
	if n := len(c.part.change.Value); n > 0 {
		r.PartVersion, r.PartOffset = c.part.change.Version, uint32(n)
	}
	return r
}

// Reached tells whether everything up to a place has come.
func (c *Copy) Reached(m Mark) bool {
	return m.Version <= c.held ||
		m.Offset > 0 && c.part.change.Version == m.Version && len(c.part.change.Value) >= int(m.Offset)
}

// Begin starts an answer to a request. There is nothing to say if it is Done.
func (c *Copy) Begin(r Request) Cursor {
	cur := Cursor{at: r.From, until: c.held, part: r.PartVersion, offset: r.PartOffset, plain: r.Continuing}
	if r.From < c.floor && r.Floor < c.floor {
		// What was removed since is not known any more: it takes the whole.
		cur.at, cur.part, cur.plain = 0, 0, false
	} else if r.Until > r.From {
		cur.until = min(cur.until, r.Until)
	}
	// Who waits for the word of somebody that knows a floor has no use for that
	// of others.
	cur.done = cur.at >= cur.until || r.From < r.Floor && c.floor < r.Floor
	return cur
}

// Done tells whether the answer has come to its end.
func (cur *Cursor) Done() bool { return cur.done }

// Fill makes d the next part of an answer, of at most room bytes encoded, tag
// and length included; whole is the largest room that there ever is. It tells
// whether there is anything in it: if not, the answer is done or needs more
// room than is left. The slice of d is used again; keys and values are the
// copy's.
func (c *Copy) Fill(cur *Cursor, room, whole int, d *Delta) bool {
	c.begin(d)
	d.From, d.To = cur.at, cur.at
	room -= deltaOverhead
	if cur.done || room < 0 {
		return false
	}
	f := filler{copy: c, delta: d, room: room, whole: whole - deltaOverhead}
	if !cur.plain {
		cur.plain = true
		if c.ranked[PriorityHigh.rank()] > 0 && !c.fits(cur.at, cur.until, room) {
			f.first(cur.at)
		}
	}
	f.advance(cur)
	f.end()
	return d.To > d.From || len(d.Changes) > 0
}

// News makes d what has changed since a version, if all of it fits the room;
// otherwise what comes first by priority, and within that what is newest; if
// nothing fits, word of the latest version. It tells whether there is any news,
// and room for it.
func (c *Copy) News(since uint64, room int, d *Delta) bool {
	c.begin(d)
	room -= deltaOverhead
	if room < 0 || since >= c.latest {
		return false
	}
	since = c.before(since)
	d.From, d.To = min(since, c.held), min(since, c.held)
	f := filler{copy: c, delta: d, room: room, whole: room}
	if c.fits(since, math.MaxUint64, room) {
		f.rank(since, -1)
	} else {
		for rank := range ranks {
			if c.ranked[rank] > 0 {
				f.rank(since, rank)
			}
		}
	}
	if since <= c.held {
		d.To = f.covered(since)
	}
	f.end()
	return true
}

// before returns the least version above which there is nothing to be told that is
// not above since too: what was written in between has been overwritten, and
// whoever missed it misses nothing.
func (c *Copy) before(since uint64) (version uint64) {
	for rank := range ranks {
		o, _ := c.lists[rank].before(c.lists[rank].after(since))
		version = max(version, o.version)
	}
	return version
}

// above ranges over what may be told of versions in (from, to], in order.
func (c *Copy) above(from, to uint64) iter.Seq[*register] {
	return ascending(c.lists[:ranks], from, to)
}

// newest ranges over what may be told above a version, the newest first; of one
// rank, or of all if that is negative.
func (c *Copy) newest(since uint64, rank int) iter.Seq[*register] {
	of := c.lists[:ranks]
	if rank >= 0 {
		of = c.lists[rank : rank+1]
	}
	return descending(of, since)
}

func (c *Copy) begin(d *Delta) {
	*d = Delta{
		Owner: c.cfg.Owner, Generation: c.cfg.Generation, Floor: c.floor, Latest: c.latest, Changes: d.Changes[:0],
	}
}

// fits tells whether all changes in (from, to] fit the room. It looks at no more
// than do.
func (c *Copy) fits(from, to uint64, room int) bool {
	kind := uint32(0)
	for r := range c.above(from, to) {
		c.looks++
		if kind == 0 {
			kind = r.Type
		}
		if room -= r.size(kind); room < 0 {
			return false
		}
	}
	return true
}

// filler fills one delta.
type filler struct {
	copy        *Copy
	delta       *Delta
	room, whole int
	kind        uint32
	picked      []*register
}

// add takes a register's content into the delta, if it fits.
func (f *filler) add(r *register) bool {
	if len(f.delta.Changes) == 0 {
		f.kind = r.Type
	}
	size := r.size(f.kind)
	if size > f.room {
		return false
	}
	f.room -= size
	f.delta.Changes = append(f.delta.Changes, r.Change)
	r.picked = true
	f.picked = append(f.picked, r)
	return true
}

// first adds what has high priority, the newest first, up to half of the room,
// so that there is progress in any case.
func (f *filler) first(since uint64) {
	keep := f.room / 2
	f.room -= keep
	f.rank(since, PriorityHigh.rank())
	f.room += keep
}

// rank adds what is above a version and of a rank, the newest first; of all
// ranks, in order, if rank is negative. Some that do not fit are passed over.
func (f *filler) rank(since uint64, rank int) {
	misses := 0
	for r := range f.copy.newest(since, rank) {
		f.copy.looks++
		if r.picked || f.add(r) {
			continue
		}
		if misses++; misses == maxMisses {
			return
		}
	}
}

// maxMisses is after how many changes that do not fit a delta counts as full.
const maxMisses = 4

// covered returns up to where everything above a version is in the delta.
func (f *filler) covered(since uint64) uint64 {
	before := since
	for r := range f.copy.above(since, f.copy.held) {
		f.copy.looks++
		if !r.picked {
			return before
		}
		before = r.Version
	}
	return f.copy.held
}

// advance adds, in the order of versions, what lies behind the cursor, and moves
// the cursor and the end of the delta's range.
func (f *filler) advance(cur *Cursor) {
	for r := range f.copy.above(cur.at, cur.until) {
		f.copy.looks++
		if !r.picked && !f.add(r) {
			if r.size(0) > f.whole {
				f.split(cur, r)
			}
			return
		}
		cur.at, f.delta.To = r.Version, r.Version
	}
	cur.at, f.delta.To, cur.done = cur.until, cur.until, true
}

// split adds the next piece of a value that fits no delta. The range of the delta
// ends with that value: whoever has it already, or has all pieces now, holds
// everything up to it.
func (f *filler) split(cur *Cursor, r *register) {
	if f.delta.To > f.delta.From {
		return // that range must not wait for the pieces
	}
	if cur.part != r.Version || int(cur.offset) >= len(r.Value) {
		cur.part, cur.offset = r.Version, 0
	}
	room := f.room - pieceOverhead - len(r.Key)
	if room < minPiece {
		return
	}
	piece := r.Change
	end := min(len(r.Value), int(cur.offset)+room)
	piece.Value = r.Value[cur.offset:end]
	piece.Offset, piece.Whole = cur.offset, uint32(len(r.Value))
	f.delta.Changes = append(f.delta.Changes, piece)
	cur.offset, f.delta.To = uint32(end), r.Version
	if end == len(r.Value) {
		cur.at, cur.part = r.Version, 0
		cur.done = cur.at >= cur.until
	}
}

// end takes the marks away.
func (f *filler) end() {
	for _, r := range f.picked {
		r.picked = false
	}
}
