package state

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

func slot(field uint32, key string) Slot { return Slot{Type: 7, Field: field, Key: key} }

func set(field uint32, key, value string) Change {
	return Change{Slot: slot(field, key), Value: []byte(value)}
}

func remove(field uint32, key string) Change {
	return Change{Slot: slot(field, key), Deleted: true}
}

// failer is a test or a rapid one.
type failer interface {
	Helper()
	Fatal(...any)
}

// write makes changes that must succeed.
func write(t failer, c *Copy, changes ...Change) []Change {
	t.Helper()
	out, err := c.Write(changes, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// answer returns all deltas of an answer.
func answer(c *Copy, r Request, room int) []Delta {
	cur := c.Begin(r)
	var all []Delta
	for {
		var d Delta
		if !c.Fill(&cur, room, room, &d) {
			return all
		}
		all = append(all, d)
	}
}

// pull has one copy ask another until that has nothing more, and returns how
// many deltas it took.
func pull(t failer, from, to *Copy, room int) int {
	t.Helper()
	count := 0
	for range 10_000 {
		advanced := false
		for _, d := range answer(from, to.Request(), room) {
			_, result := to.Apply(&d, nil)
			advanced = advanced || result.Advanced || result.Fell
			count++
		}
		if !advanced {
			return count
		}
	}
	t.Fatal("pulling does not end")
	return 0
}

func get(c *Copy, s Slot) string {
	ch, _ := c.Get(s)
	return string(ch.Value)
}

func TestAWriteIsOneVersionPerSlotThatDiffers(t *testing.T) {
	c := NewCopy(Config{})
	if out := write(t, c, set(1, "", "a"), set(2, "x", "b")); len(out) != 2 || out[1].Version != 2 {
		t.Errorf("two writes are %+v", out)
	}
	if out := write(t, c, set(1, "", "a"), remove(9, "")); len(out) != 0 || c.Latest() != 2 {
		t.Errorf("what changes nothing is %+v, version %d", out, c.Latest())
	}
	if out := write(t, c, remove(2, "x")); len(out) != 1 || !out[0].Deleted || c.Held() != 3 {
		t.Errorf("a removal is %+v", out)
	}
	if _, ok := c.Get(slot(2, "x")); ok {
		t.Error("what was removed is still there")
	}
	if contents, tombstones := c.Len(); contents != 1 || tombstones != 1 {
		t.Errorf("%d contents and %d tombstones", contents, tombstones)
	}
}

func TestAMillionUpdatesOfOneKeyTakeNoMemory(t *testing.T) {
	c := NewCopy(Config{})
	for i := range 1_000_000 {
		write(t, c, Change{Slot: slot(1, "k"), Value: []byte{byte(i), byte(i >> 8)}})
	}
	if len(c.slots) != 1 || len(c.lists[PriorityNormal.rank()].chunks) != 1 {
		t.Errorf("%d chunks and %d slots are kept", len(c.lists[PriorityNormal.rank()].chunks), len(c.slots))
	}
	if n := pull(t, c, NewCopy(Config{}), 500); n != 1 {
		t.Errorf("the state takes %d deltas, want 1", n)
	}
}

// What is told again and again, or in parts, is one range that is remembered.
func TestRangesThatTouchAreOne(t *testing.T) {
	c := NewCopy(Config{})
	for _, step := range []struct {
		from, to uint64
		want     []span
	}{
		{10, 12, []span{{10, 12}}},
		{10, 12, []span{{10, 12}}},
		{20, 22, []span{{10, 12}, {20, 22}}},
		{12, 14, []span{{10, 14}, {20, 22}}},
		{2, 3, []span{{2, 3}, {10, 14}, {20, 22}}},
		{11, 21, []span{{2, 3}, {10, 22}}},
		{0, 1, []span{{2, 3}, {10, 22}}},
		{1, 15, nil},
	} {
		c.Apply(&Delta{From: step.from, To: step.to}, nil)
		if !slices.Equal(c.spans, step.want) {
			t.Fatalf("after (%d, %d] remembered are %v, want %v", step.from, step.to, c.spans, step.want)
		}
	}
	if c.Held() != 22 {
		t.Errorf("held up to %d", c.Held())
	}
	for i := range uint64(2 * maxSpans) {
		c.Apply(&Delta{From: 1000 - 10*i, To: 1001 - 10*i}, nil)
	}
	if n := len(c.spans); n != maxSpans || c.spans[0].from != 1000-10*(2*maxSpans-1) {
		t.Errorf("%d remembered, from %v on", n, c.spans[0])
	}
}

func TestAWriteBeyondTheBudgetChangesNothing(t *testing.T) {
	c := NewCopy(Config{Limit: 3 * (SlotOverhead + 10)})
	write(t, c, set(1, "", "0123456789"), set(2, "", "0123456789"))
	_, err := c.Write([]Change{set(3, "", "0123456789"), set(4, "", "")}, nil)
	problem, ok := errors.AsType[*BudgetError](err)
	if !errors.Is(err, ErrBudget) || !ok || problem.Bytes != 4*SlotOverhead+30 || problem.Budget != 3*SlotOverhead+30 {
		t.Fatalf("the error is %v", err)
	}
	if c.Latest() != 2 || c.Bytes() != 2*SlotOverhead+20 {
		t.Errorf("version %d, %d bytes", c.Latest(), c.Bytes())
	}
	if _, err := c.Write([]Change{set(1, "", "x"), set(1, "", "01234567890123456789"), set(3, "", "")}, nil); err != nil {
		t.Errorf("of a slot that is written twice the last value counts: %v", err)
	}
	write(t, c, remove(1, ""), remove(2, "")) // removing is always possible
	// Their tombstones make way where they must.
	write(t, c, set(5, "", "0123456789"), set(6, "", "0123456789"))
	if _, tombstones := c.Len(); tombstones != 0 || c.Floor() == 0 {
		t.Errorf("%d tombstones, floor %d", tombstones, c.Floor())
	}
	if _, err := c.Write([]Change{set(1, string(make([]byte, MaxKeyBytes+1)), "")}, nil); !errors.Is(err, ErrFieldTooLarge) {
		t.Errorf("a long key: %v", err)
	}
}

func TestVersionsEnd(t *testing.T) {
	c := NewCopy(Config{})
	write(t, c, set(1, "", "a"), remove(1, ""), set(2, "", "b"))
	if !c.Raise(math.MaxUint64-1, 0) || c.Raise(math.MaxUint64, 0) || c.Raise(0, math.MaxUint64) {
		t.Error("the last version can be taken, and none after it")
	}
	if _, err := c.Write([]Change{set(1, "", "c")}, nil); !errors.Is(err, ErrExhausted) {
		t.Errorf("a write beyond the last version: %v", err)
	}
	c.Renew(9)
	if c.Generation() != 9 || c.Held() != 1 || get(c, slot(2, "")) != "b" {
		t.Errorf("after renewal: generation %d, version %d", c.Generation(), c.Held())
	}
}

func TestAFloorAtTheLastVersionDoesNotBeginAnew(t *testing.T) {
	c := NewCopy(Config{})
	c.Raise(math.MaxUint64-1, 0)
	if c.Raise(0, 5) || c.Latest() != math.MaxUint64 {
		t.Errorf("no version is greater than the last one, and now it is %d", c.Latest())
	}
}

func TestAChangeAppliesWheneverItComes(t *testing.T) {
	owner, other := NewCopy(Config{}), NewCopy(Config{})
	write(t, owner, set(1, "", "a"))
	write(t, owner, set(2, "", "b"))
	write(t, owner, set(3, "", "c"))
	deltas := make([]Delta, 3)
	for i := range deltas {
		cur := owner.Begin(Request{From: uint64(i), Until: uint64(i + 1)})
		owner.Fill(&cur, 1000, 1000, &deltas[i])
	}
	for i, want := range []uint64{0, 0, 3} {
		d := deltas[2-i]
		out, result := other.Apply(&d, nil)
		if len(out) != 1 || other.Held() != want || result.Advanced != (want > 0) {
			t.Errorf("after version %d: %d is held, changed %+v", 3-i, other.Held(), out)
		}
	}
	if out, result := other.Apply(&deltas[0], nil); len(out) != 0 || result.Advanced {
		t.Errorf("a repeated delta changes %+v", out)
	}
	if !owner.Equal(other) {
		t.Error("the copies differ")
	}
}

func TestANodeThatMissedOverwrittenWritesHasNoGap(t *testing.T) {
	owner, other := NewCopy(Config{}), NewCopy(Config{})
	write(t, owner, set(1, "", "a"))
	pull(t, owner, other, 1000)
	for i := range 100 {
		write(t, owner, set(2, "", fmt.Sprint(i)))
	}
	var news Delta
	if !owner.News(owner.Latest()-1, 1000, &news) || news.From != 1 || news.To != 101 || len(news.Changes) != 1 {
		t.Fatalf("the news are %+v", news)
	}
	if other.Apply(&news, nil); other.Held() != 101 {
		t.Errorf("%d is held", other.Held())
	}
}

func TestALargeValueGoesInPieces(t *testing.T) {
	owner, other := NewCopy(Config{}), NewCopy(Config{Limit: 1 << 20})
	large := make([]byte, 100_000)
	for i := range large {
		large[i] = byte(i * 7)
	}
	write(t, owner, set(1, "", "a"), Change{Slot: slot(2, "large"), Value: large}, set(3, "", "c"))
	for i := 0; other.Held() < owner.Held() && i < 1000; i++ {
		deltas := answer(owner, other.Request(), 1000)
		for j, d := range deltas[:min(8, len(deltas))] {
			if i%3 == 0 && j == 4 {
				continue // lost
			}
			other.Apply(&d, nil)
		}
	}
	if !owner.Equal(other) {
		t.Errorf("%d of %d is held", other.Held(), owner.Held())
	}
	// A last piece whose others were lost does not count as held.
	late := NewCopy(Config{})
	deltas := answer(owner, Request{}, 1000)
	for _, i := range []int{0, len(deltas) - 1} {
		late.Apply(&deltas[i], nil)
	}
	if late.Held() >= 2 {
		t.Errorf("%d is held of a value that did not come", late.Held())
	}
	refusing := NewCopy(Config{Limit: 50_000})
	for _, d := range deltas {
		refusing.Apply(&d, nil)
	}
	if len(refusing.part.change.Value) > 0 || refusing.Held() >= 2 {
		t.Errorf("%d bytes are held of a value beyond the limit, version %d", len(refusing.part.change.Value), refusing.Held())
	}
}

func TestPiecesCountAgainstTheLimitAndMakeWay(t *testing.T) {
	owner, other := NewCopy(Config{}), NewCopy(Config{Limit: 2*SlotOverhead + 5000})
	write(t, owner, set(1, "", string(make([]byte, 4000))))
	pieces := answer(owner, Request{}, 1000)
	for _, i := range []int{0, 1, 3} { // the last waits for the one before it
		other.Apply(&pieces[i], nil)
	}
	came := 0
	for _, i := range []int{0, 1, 3} {
		came += len(pieces[i].Changes[0].Value)
	}
	if other.Bytes() != came {
		t.Errorf("%d bytes are counted, %d came", other.Bytes(), came)
	}
	small := func(version uint64, size int) (refused int) {
		ch := set(uint32(version), "", string(make([]byte, size)))
		ch.Version = version
		_, result := other.Apply(&Delta{Changes: []Change{ch}}, nil)
		return result.Refused
	}
	if small(2, 1000) != 0 || other.Bytes() != came+SlotOverhead+1000 {
		t.Error("a content beside the pieces is refused")
	}
	if small(3, 5000) != 1 || other.Bytes() != came+SlotOverhead+1000 {
		t.Error("a content beyond the limit is not refused, or costs the pieces")
	}
	if small(3, 3000) != 0 || other.Bytes() != 2*SlotOverhead+4000 {
		t.Errorf("%d bytes are held: pieces do not make way", other.Bytes())
	}
	_, first := other.Apply(&pieces[0], nil)
	_, second := other.Apply(&pieces[1], nil)
	if first.Refused != 0 || second.Refused != 1 {
		t.Errorf("of two pieces that have no room together %d and %d are refused", first.Refused, second.Refused)
	}
}

func TestALargeValueThatIsOverwrittenHalfWayIsGivenUp(t *testing.T) {
	owner, other := NewCopy(Config{}), NewCopy(Config{})
	write(t, owner, set(1, "", "a"), set(2, "", string(make([]byte, 5000))))
	for _, d := range answer(owner, Request{}, 1000)[:3] {
		other.Apply(&d, nil)
	}
	write(t, owner, remove(2, ""), set(3, "", string(make([]byte, 6000))))
	pull(t, owner, other, 1000)
	if !other.Equal(owner) {
		t.Errorf("%d of %d is held", other.Held(), owner.Held())
	}
}

func TestWhatIsBeyondTheLimitIsRefusedAndNotHeld(t *testing.T) {
	owner, other := NewCopy(Config{}), NewCopy(Config{Limit: 2*SlotOverhead + 50})
	write(t, owner, set(1, "", "a"), set(2, "", string(make([]byte, 100))), set(3, "", "c"))
	var d Delta
	owner.News(0, 1000, &d)
	if _, result := other.Apply(&d, nil); result.Refused != 1 || other.Held() != 0 || get(other, slot(3, "")) != "c" {
		t.Errorf("refused %d, held %d", result.Refused, other.Held())
	}
}

func TestHighPriorityComesFirst(t *testing.T) {
	owner := NewCopy(Config{})
	for i := range uint32(100) {
		ch := set(i+1, "", string(make([]byte, 50)))
		switch i {
		case 70:
			ch.Priority = PriorityHigh
		case 0, 90:
			ch.Priority = PriorityLow
		}
		write(t, owner, ch)
	}
	var d Delta
	cur := owner.Begin(Request{})
	owner.Fill(&cur, 600, 600, &d)
	if d.Changes[0].Field != 71 || d.Changes[1].Field != 1 || d.From != 0 || d.To == 0 {
		t.Errorf("the answer begins with field %d, %d and covers (%d, %d]", d.Changes[0].Field, d.Changes[1].Field, d.From, d.To)
	}
	cur = owner.Begin(Request{Continuing: true})
	if owner.Fill(&cur, 600, 600, &d); d.Changes[0].Field != 1 {
		t.Errorf("a continued answer begins with field %d", d.Changes[0].Field)
	}
	owner.News(0, 600, &d)
	if d.Changes[0].Field != 71 || d.Changes[1].Field != 100 || d.To != 0 {
		t.Errorf("the news begin with field %d, %d and cover (%d, %d]", d.Changes[0].Field, d.Changes[1].Field, d.From, d.To)
	}
	if slices.ContainsFunc(d.Changes, func(c Change) bool { return c.Priority == PriorityLow }) {
		t.Error("news that do not fit hold what has low priority")
	}
}

func TestCollectedTombstonesReachWhoWasAwayForLonger(t *testing.T) {
	owner, near, away := NewCopy(Config{}), NewCopy(Config{}), NewCopy(Config{})
	for i := range 50 {
		write(t, owner, set(1, fmt.Sprint(i), "v"))
	}
	pull(t, owner, near, 300)
	pull(t, owner, away, 300)
	for i := range 25 {
		write(t, owner, remove(1, fmt.Sprint(i)))
	}
	var stale Delta // of the time before, still under way
	away.News(0, 300, &stale)
	pull(t, owner, near, 300)
	if !owner.Collect(owner.Latest()) || owner.Collect(owner.Latest()) {
		t.Fatal("there are tombstones to collect, once")
	}
	pull(t, owner, near, 300)
	if _, tombstones := near.Len(); tombstones != 0 || !near.Equal(owner) {
		t.Errorf("%d tombstones are kept", tombstones)
	}
	if out, _ := near.Apply(&stale, nil); len(out) != 0 {
		t.Errorf("a ghost returns: %+v", out)
	}
	write(t, owner, set(1, "new", "v"))
	var gone []string
	for i := 0; !away.Equal(owner) && i < 100; i++ {
		for _, d := range answer(near, away.Request(), 300) {
			out, _ := away.Apply(&d, nil)
			for _, ch := range out {
				if ch.Deleted {
					gone = append(gone, ch.Key)
				}
			}
		}
		pull(t, owner, near, 300)
	}
	if len(gone) != 25 || !away.Equal(owner) {
		t.Errorf("%d were removed, %d of %d held", len(gone), away.Held(), owner.Held())
	}
}

func TestTheDeadsContentsAreDroppedAndHadAgain(t *testing.T) {
	owner, other := NewCopy(Config{}), NewCopy(Config{})
	brief := set(1, "", "brief")
	brief.DropAfter = 10
	long := set(3, "", "long")
	long.DropAfter = 60
	write(t, owner, brief, set(2, "", "kept"), long)
	pull(t, owner, other, 1000)
	if other.Revive() {
		t.Error("nothing was pruned")
	}
	if out, next := other.Prune(9*time.Second, nil); len(out) != 0 || next != 10*time.Second {
		t.Errorf("after 9 s %+v are dropped, the next after %v", out, next)
	}
	out, next := other.Prune(10*time.Second, nil)
	if len(out) != 1 || !out[0].Deleted || out[0].Field != 1 || next != time.Minute {
		t.Errorf("after 10 s %+v are dropped, the next after %v", out, next)
	}
	if !other.Revive() || other.Held() != 0 || get(other, slot(2, "")) != "kept" {
		t.Error("after its return nothing counts as held, and what was kept is there")
	}
	pull(t, owner, other, 1000)
	if !other.Equal(owner) {
		t.Error("what was dropped is not had again")
	}
}
