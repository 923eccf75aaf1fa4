package membership

import (
	"iter"
	"slices"
	"strings"
)

// The sizes of the chunks of a memberList: the largest, what one has that was
// split, and below which one is joined with its neighbour.
const (
	chunkMost  = 128
	chunkSplit = 96
	chunkLeast = 32
)

// memberList is an immutable list of members, sorted by id. It is kept in
// chunks, so that a list in which one member differs shares all but one of its
// chunks with the list before: in a large cluster a view is much memory, and a
// change is little.
type memberList struct {
	// chunks are not empty.
	chunks [][]listed
	count  int
}

// newMemberList returns the list of members that are sorted by id. It keeps the
// slice.
func newMemberList(members []listed) memberList {
	l := memberList{}
	l.split(members)
	return l
}

// find returns the member of an id, and whether there is one.
func (l *memberList) find(id string) (listed, bool) {
	// The chunk in question is the last that does not begin after the id.
	at, found := slices.BinarySearchFunc(l.chunks, id, func(chunk []listed, id string) int {
		return strings.Compare(chunk[0].id, id)
	})
	if !found {
		at--
	}
	if at < 0 {
		return listed{}, false
	}
	if i, ok := searchChunk(l.chunks[at], id); ok {
		return l.chunks[at][i], true
	}
	return listed{}, false
}

func searchChunk(chunk []listed, id string) (int, bool) {
	return slices.BinarySearchFunc(chunk, id, func(m listed, id string) int { return strings.Compare(m.id, id) })
}

// all ranges over the members in order.
func (l *memberList) all() iter.Seq[listed] {
	return func(yield func(listed) bool) {
		for _, chunk := range l.chunks {
			for _, m := range chunk {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// values ranges over the members as users see them, in order.
func (l *memberList) values() iter.Seq[Member] {
	return func(yield func(Member) bool) {
		for _, chunk := range l.chunks {
			for _, m := range chunk {
				if !yield(m.member()) {
					return
				}
			}
		}
	}
}

// equal tells whether two lists agree in every member.
func (l *memberList) equal(o *memberList) bool {
	if l.count != o.count {
		return false
	}
	chunk, at := 0, 0
	for m := range l.all() {
		other := o.chunks[chunk][at]
		if !m.equal(other) {
			return false
		}
		if at++; at == len(o.chunks[chunk]) {
			chunk, at = chunk+1, 0
		}
	}
	return true
}

// with returns the list in which those of changed, which are sorted by id, have
// taken the place of what there was of them: those that belong, and nothing of
// the others.
func (l *memberList) with(changed []listed, belongs func(Status) bool) memberList {
	next := memberList{chunks: make([][]listed, 0, len(l.chunks)+1)}
	for i := range max(len(l.chunks), 1) {
		var chunk []listed
		if i < len(l.chunks) {
			chunk = l.chunks[i]
		}
		here := len(changed)
		if i+1 < len(l.chunks) {
			here, _ = slices.BinarySearchFunc(changed, l.chunks[i+1][0].id, func(m listed, id string) int {
				return strings.Compare(m.id, id)
			})
		}
		if merged, differs := mergeChunk(chunk, changed[:here], belongs); differs {
			next.split(merged)
		} else if len(chunk) > 0 {
			next.chunks, next.count = append(next.chunks, chunk), next.count+len(chunk)
		}
		changed = changed[here:]
	}
	return next
}

// mergeChunk returns the members of a chunk as they are after changes, and
// whether any of the changes concerns the chunk.
func mergeChunk(chunk, changed []listed, belongs func(Status) bool) ([]listed, bool) {
	size, differs := len(chunk), false
	for i := range changed {
		_, known := searchChunk(chunk, changed[i].id)
		if known {
			size--
		}
		if belongs(changed[i].status) {
			size++
		}
		differs = differs || known || belongs(changed[i].status)
	}
	if !differs {
		return nil, false
	}
	merged := make([]listed, 0, size)
	for i := range changed {
		at, known := searchChunk(chunk, changed[i].id)
		merged = append(merged, chunk[:at]...)
		chunk = chunk[at:]
		if known {
			chunk = chunk[1:]
		}
		if belongs(changed[i].status) {
			merged = append(merged, changed[i])
		}
	}
	return append(merged, chunk...), true
}

// split appends members behind those that are there, as chunks of good size.
func (l *memberList) split(members []listed) {
	l.count += len(members)
	if last := len(l.chunks) - 1; last >= 0 && len(members) > 0 &&
		min(len(members), len(l.chunks[last])) < chunkLeast && len(members)+len(l.chunks[last]) <= chunkMost {
		l.chunks[last] = slices.Concat(l.chunks[last], members)
		return
	}
	pieces := 1
	if len(members) > chunkMost {
		pieces = (len(members) + chunkSplit - 1) / chunkSplit
	}
	for ; pieces > 0 && len(members) > 0; pieces-- {
		size := (len(members) + pieces - 1) / pieces
		l.chunks = append(l.chunks, members[:size:size])
		members = members[size:]
	}
}
