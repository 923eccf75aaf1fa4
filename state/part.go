package state

import "slices"

// part is a large value that comes in pieces: at most one at a time, the first
// above what is held.
type part struct {
	// change has what has come without a hole; later are pieces behind one.
	change Change
	whole  uint32
	later  []Change
}

// bytes is what the part counts against the limit.
func (p *part) bytes() int {
	bytes := len(p.change.Value)
	for i := range p.later {
		bytes += len(p.later[i].Value)
	}
	return bytes
}

// maxLater bounds the pieces that wait for one before them.
const maxLater = 32

// piece takes a piece of a value, which came in d. It returns the whole when the
// last has come. Memory is taken for what has come, never for what is announced,
// and counts against the limit.
func (c *Copy) piece(d *Delta, ch *Change, result *Result) (whole *Change) {
	p := &c.part
	end := uint64(ch.Offset) + uint64(len(ch.Value))
	if c.knows(ch) || ch.Version <= c.held || ch.Deleted || len(ch.Value) == 0 || end > uint64(ch.Whole) {
		return nil
	}
	if int64(ch.Whole) > int64(c.cfg.Limit) {
		result.Refused++
		return nil
	}
	if p.change.Slot != ch.Slot || p.change.Version != ch.Version || p.whole != ch.Whole {
		if p.whole != 0 && p.change.Version < ch.Version && !p.overwritten(d, ch) {
			return nil // first what comes first
		}
		*p = part{change: *ch, whole: ch.Whole}
		p.change.Value, p.change.Offset, p.change.Whole = nil, 0, 0
	}
	if c.Bytes()+len(ch.Value) > c.cfg.Limit {
		result.Refused++
		return nil
	}
	if int(ch.Offset) > len(p.change.Value) {
		p.keep(ch)
		return nil
	}
	result.Advanced = p.join(ch) || result.Advanced
	for len(p.later) > 0 && int(p.later[0].Offset) <= len(p.change.Value) {
		p.join(&p.later[0])
		p.later = slices.Delete(p.later, 0, 1)
	}
	if len(p.change.Value) < int(p.whole) {
		return nil
	}
	done := p.change
	*p = part{}
	return &done
}

// overwritten tells whether the rest of the part will never come: its slot has a
// later content, or a sender that holds all changes of a range has it no more.
// Without that a value that was overwritten while its pieces were under way
// would keep all later ones out.
func (p *part) overwritten(d *Delta, ch *Change) bool {
	return p.change.Slot == ch.Slot || d.From < p.change.Version && p.change.Version <= d.To
}

// join appends what of a piece is new. There is no hole before it.
func (p *part) join(ch *Change) bool {
	known := len(p.change.Value) - int(ch.Offset)
	if known >= len(ch.Value) {
		return false
	}
	p.change.Value = append(p.change.Value, ch.Value[known:]...)
	return true
}

// keep remembers a piece behind a hole. The nearest count most.
func (p *part) keep(ch *Change) {
	at, known := slices.BinarySearchFunc(p.later, ch.Offset, func(l Change, offset uint32) int {
		return int(int64(l.Offset) - int64(offset))
	})
	if known {
		return
	}
	if len(p.later) == maxLater {
		if at == maxLater {
			return
		}
		p.later = p.later[:maxLater-1]
	}
	held := *ch
	held.Value = slices.Clone(ch.Value)
	p.later = slices.Insert(p.later, at, held)
}
