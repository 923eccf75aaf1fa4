package membership

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The chunked list against a map, through any changes.
func TestMemberListsAgainstAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l memberList
		twin := map[string]Member{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			first, count := rapid.IntRange(0, 600).Draw(t, "first"), rapid.IntRange(1, 400).Draw(t, "count")
			status := rapid.SampledFrom([]Status{StatusUp, StatusSuspect, StatusDead, StatusUnknown}).Draw(t, "status")
			stride := rapid.IntRange(1, 50).Draw(t, "stride")
			var changed []listed
			for i := first; i < first+count; i += stride {
				m := Member{ID: fmt.Sprintf("%04d", i), Status: status}
				changed = append(changed, listing(&m))
				if status.Live() {
					twin[m.ID] = m
				} else {
					delete(twin, m.ID)
				}
			}
			before, copied := l, slices.Collect(l.values())
			l = l.with(changed, Status.Live)
			if !slices.EqualFunc(slices.Collect(before.values()), copied, Member.Equal) {
				t.Fatal("the list before has changed")
			}
			checkMemberList(t, &l, twin)
		}
	})
}

func checkMemberList(t *rapid.T, l *memberList, twin map[string]Member) {
	members := slices.Collect(l.values())
	if l.count != len(twin) || len(members) != len(twin) {
		t.Fatalf("%d members, %d counted, %d expected", len(members), l.count, len(twin))
	}
	if !slices.IsSortedFunc(members, func(a, b Member) int { return strings.Compare(a.ID, b.ID) }) {
		t.Fatal("not sorted")
	}
	for i := range 1000 {
		id := fmt.Sprintf("%04d", i)
		m, found := l.find(id)
		if want, known := twin[id]; found != known || found && !m.member().Equal(want) {
			t.Fatalf("found %v, want %v", m, want)
		}
	}
	for _, chunk := range l.chunks {
		if len(chunk) == 0 || len(chunk) > chunkMost {
			t.Fatalf("a chunk of %d", len(chunk))
		}
	}
	again := newMemberList(slices.Collect(l.all()))
	if !again.equal(l) || !l.equal(&again) {
		t.Fatal("it does not equal itself, in other chunks")
	}
}

func TestAViewSharesAllButOneChunkWithTheOneBefore(t *testing.T) {
	var members []listed
	for i := range 10_000 {
		members = append(members, listing(&Member{ID: fmt.Sprintf("%05d", i), Status: StatusUp}))
	}
	before := (&View{}).with(members)
	after := before.with([]listed{listing(&Member{ID: "05000", Status: StatusSuspect})})
	shared := 0
	for i, chunk := range after.live.chunks {
		if &chunk[0] == &before.live.chunks[i][0] {
			shared++
		}
	}
	if n := len(before.live.chunks); n > 10_000/chunkSplit+1 || shared != n-1 || len(after.live.chunks) != n {
		t.Errorf("%d of %d chunks are shared, of which there were %d", shared, len(after.live.chunks), n)
	}
	if m, _ := after.Get("05000"); m.Status != StatusSuspect {
		t.Errorf("it is shown %v", m.Status)
	}
	if !before.Equal(before) || before.Equal(after) {
		t.Error("Equal is wrong")
	}
}

func TestAViewOfManyShrinksToFewChunks(t *testing.T) {
	var members []listed
	for i := range 10_000 {
		members = append(members, listing(&Member{ID: fmt.Sprintf("%05d", i), Status: StatusUp}))
	}
	v := (&View{}).with(members)
	for i := range members {
		if i%100 != 0 {
			v = v.with([]listed{unlisted(members[i].profile)})
		}
	}
	if v.Len() != 100 || len(v.live.chunks) > 2*100/chunkLeast+1 {
		t.Errorf("%d members in %d chunks", v.Len(), len(v.live.chunks))
	}
}
