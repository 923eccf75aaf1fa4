package membership

import (
	"slices"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// dampingBench drives a damping by hand, one second a period.
type dampingBench struct {
	t *testing.T
	damping
	now Instant
	e   *Entry
	n   int
	// turned are the members that were to be shown anew.
	turned []uint64
}

func newDampingBench(t *testing.T) *dampingBench {
	e := &Entry{profile: &profile{id: "x", generation: 1 << 32, claim: hearsayv1.NodeStatusUp}, key: 9}
	return &dampingBench{t: t, damping: newDamping(time.Second), now: 1, e: e, n: 128}
}

// accuse has so many members accuse it.
func (b *dampingBench) accuse(accusers uint64) {
	b.e.accused = &accusations{generation: b.e.generation, incarnation: b.e.incarnation}
	for key := range accusers {
		b.e.accused.add(b.e.key, accuser{key + 1, hearsayv1.EvidenceNack})
	}
	b.accused(b.now, b.e)
}

func (b *dampingBench) refute() {
	b.e.incarnation++
	b.e.accused, b.e.verdict = nil, hearsayv1.VerdictNone
	b.changed(b.now, b.e, b.n)
}

func (b *dampingBench) die() {
	b.e.verdict = hearsayv1.VerdictDead
	b.changed(b.now, b.e, b.n)
	b.died(b.now, b.e)
}

// pass lets time pass, with a step at each deadline.
func (b *dampingBench) pass(d time.Duration) {
	for end := b.now.Add(d); b.now < end; {
		b.now = min(end, max(b.next, b.now+1))
		b.step(b.now, func(uint64) bool { return !b.e.Live() }, func(key uint64) { b.turned = append(b.turned, key) })
	}
}

func (b *dampingBench) want(when string, status Status) {
	b.t.Helper()
	if got := b.shown(b.now, b.e, b.n); got != status {
		b.t.Fatalf("%s: shown %v, want %v", when, got, status)
	}
}

func TestSuspectIsShownAtEnoughAccusersOrAfterAPeriod(t *testing.T) {
	b := newDampingBench(t)
	b.want("nothing was said", StatusUp)
	b.accuse(2)
	b.want("two accusers", StatusUp)
	b.accuse(3)
	b.want("three accusers", StatusSuspect)
	b.refute()
	b.want("refuted", StatusUp)
	b.accuse(1)
	b.pass(time.Second - 1)
	b.want("one accuser, for less than a period", StatusUp)
	if len(b.turned) != 0 {
		t.Fatal("shown anew before anything is due")
	}
	b.pass(1)
	b.want("one accuser, for a period", StatusSuspect)
	if !slices.Equal(b.turned, []uint64{9}) {
		t.Fatalf("shown anew: %v", b.turned)
	}
	b.e.claim = hearsayv1.NodeStatusLeaving
	b.refute()
	b.want("who leaves is shown so", StatusLeaving)
}

func TestWhoWasShownSuspectIsForAWhileAfterItRefuted(t *testing.T) {
	b := newDampingBench(t)
	b.accuse(3)
	b.suspected(b.e)
	b.pass(2 * time.Second)
	b.refute()
	b.want("refuted just now", StatusSuspect)
	b.pass(suspectRest*time.Second - 1)
	b.want("before its rest is over", StatusSuspect)
	b.turned = nil
	b.pass(1)
	b.want("its rest is over", StatusUp)
	if !slices.Equal(b.turned, []uint64{9}) {
		t.Fatalf("shown anew: %v", b.turned)
	}

	b.accuse(1)
	b.refute()
	b.want("accused, and not shown so", StatusUp)
	b.accuse(3)
	b.suspected(b.e)
	b.die()
	b.want("dead while it was Suspect", StatusDead)
}

func TestWhoIsAccusedThreeTimesStaysSuspect(t *testing.T) {
	b := newDampingBench(t)
	for range 3 {
		b.want("before", StatusUp)
		b.accuse(1)
		b.pass(100 * time.Millisecond)
		b.refute()
		b.pass(29 * time.Second)
	}
	b.want("three times within a minute", StatusSuspect)
	b.pass((flapHold - 30) * time.Second)
	b.want("just before the hold is over", StatusSuspect)
	b.accuse(1)
	b.refute()
	b.pass((flapHold - 1) * time.Second)
	b.want("accused once more meanwhile", StatusSuspect)
	b.pass(time.Second)
	b.want("the hold is over", StatusUp)
	if len(b.cases) != 0 || len(b.index) != 0 || b.next != Never {
		t.Fatalf("%d cases are kept, next step at %v", len(b.cases), b.next)
	}
}

func TestWhoIsAccusedNowAndThenIsNotDamped(t *testing.T) {
	b := newDampingBench(t)
	for range 20 {
		b.accuse(1)
		b.accuse(2) // the same case
		b.refute()
		b.want("31 s apart", StatusUp)
		b.pass(31 * time.Second)
	}
	b.pass(flapWindow * time.Second)
	if len(b.cases) != 0 {
		t.Fatal("it is remembered for ever")
	}
}

func TestANewLifeIsNotBlamedForTheOneBefore(t *testing.T) {
	b := newDampingBench(t)
	for range 3 {
		b.accuse(3)
		b.refute()
	}
	b.die()
	b.want("dead", StatusDead)
	b.e.generation, b.e.incarnation, b.e.verdict = 2<<32, 0, hearsayv1.VerdictNone
	b.changed(b.now, b.e, b.n)
	b.want("a new life", StatusUp)
	b.pass(time.Hour)
	if len(b.cases) != 0 {
		t.Fatal("the old life is remembered for ever")
	}
}

func TestWhoComesBackMustLiveTwiceAsLongAsItWasAway(t *testing.T) {
	b := newDampingBench(t)
	b.die()
	b.pass(10 * time.Second)
	b.refute()
	b.want("back", StatusDead)
	b.pass(20*time.Second - 1)
	b.want("for not quite twice as long", StatusDead)
	b.turned = nil
	b.pass(1)
	b.want("for twice as long", StatusUp)
	if !slices.Equal(b.turned, []uint64{9}) {
		t.Fatalf("shown anew: %v", b.turned)
	}
}

func TestWhoWasAwayForAMomentMustLiveForAWhile(t *testing.T) {
	b := newDampingBench(t)
	b.die()
	b.pass(time.Second)
	b.refute()
	b.pass(shortestHold*time.Second - 1)
	b.want("back for not quite long enough", StatusDead)
	b.pass(1)
	b.want("back for long enough", StatusUp)
}

func TestWhoIsAccusedWhileItWaitsBeginsAnew(t *testing.T) {
	b := newDampingBench(t)
	b.die()
	b.pass(10 * time.Second)
	b.refute()
	b.pass(19 * time.Second)
	b.accuse(3)
	b.want("accused", StatusDead)
	b.refute()
	b.pass(20*time.Second - 1)
	b.want("not for long enough since it was accused", StatusDead)
	b.pass(1)
	b.want("unaccused for long enough", StatusUp)
}

func TestWhoIsAccusedForEverIsNotHiddenForEver(t *testing.T) {
	b := newDampingBench(t)
	b.die()
	b.pass(10 * time.Second)
	b.refute()
	for waited := time.Duration(0); waited < longestHold<<maxDoublings*time.Second; waited += 10 * time.Second {
		b.want("accused every 10 s", StatusDead)
		b.accuse(1)
		b.refute()
		b.pass(10 * time.Second)
	}
	b.want("it has lived for the longest time that there is", StatusSuspect)
}

func TestWhoFlapsAndDiedMustLiveForLonger(t *testing.T) {
	b := newDampingBench(t)
	for range 3 {
		b.accuse(3)
		b.suspected(b.e)
		b.refute()
		b.pass(time.Second)
	}
	b.die()
	b.pass(10 * time.Second)
	b.refute()
	b.pass(flapWindow*time.Second - 1)
	b.want("not for long enough", StatusDead)
	b.pass(1)
	b.want("for long enough, but it still flaps", StatusSuspect)
}

func TestWhoWasCutOffForLongIsShownSoon(t *testing.T) {
	b := newDampingBench(t)
	b.die()
	b.pass(cutOff * time.Second)
	b.refute()
	b.pass(briefHold*time.Second - 1)
	b.want("just back", StatusDead)
	b.pass(1)
	b.want("the first time", StatusUp)
	b.die()
	b.pass(cutOff * time.Second)
	b.refute()
	b.pass(2*longestHold*time.Second - 1)
	b.want("the second time, it may be one that flaps", StatusDead)
}

func TestWhoIsShownNoLongerIsNotBlamed(t *testing.T) {
	b := newDampingBench(t)
	b.die()
	b.drop(b.e.key)
	b.refute()
	b.want("nothing was said", StatusUp)
	if len(b.cases) != 0 {
		t.Fatal("it is remembered")
	}
}

func TestWhoComesBackAgainAndAgainWaitsLonger(t *testing.T) {
	b := newDampingBench(t)
	for _, hold := range []time.Duration{30, 60, 120, 240, 480, 480} {
		b.die()
		b.pass(30 * time.Second)
		b.refute()
		b.pass(hold*time.Second - 1)
		b.want("just before its time", StatusDead)
		b.pass(1)
		b.want("its time has come", StatusUp)
	}
	b.pass(flapMemory * time.Second)
	if len(b.cases) != 0 {
		t.Fatal("it is remembered for ever")
	}
	b.die()
	b.pass(10 * time.Second)
	b.refute()
	b.pass(20 * time.Second)
	b.want("forgiven, it waits as the first time", StatusUp)
}

func TestWhoDiesWhileItWaitsWasAwayAllTheTime(t *testing.T) {
	b := newDampingBench(t)
	b.die()
	b.pass(5 * time.Second)
	b.refute()
	b.pass(5 * time.Second)
	b.e.verdict = hearsayv1.VerdictDead // nothing new to show
	b.changed(b.now, b.e, b.n)
	b.pass(100 * time.Second)
	b.want("dead again", StatusDead)
	b.refute()
	b.pass(2*longestHold*time.Second - 1)
	b.want("the second time", StatusDead)
	b.pass(1)
	b.want("the second time is over", StatusUp)
}

func TestManyWhoComeBackAtOnceAreShownAtOnce(t *testing.T) {
	b := newDampingBench(t)
	b.n = 32
	var others []*Entry
	for key := uint64(10); key < 13; key++ {
		others = append(others, &Entry{profile: &profile{id: "y", generation: 1 << 32, claim: hearsayv1.NodeStatusUp}, key: key})
	}
	for _, e := range others {
		e.verdict = hearsayv1.VerdictDead
		b.died(b.now, e)
	}
	b.pass(50 * time.Second)
	for i, e := range others {
		e.verdict, e.incarnation = hearsayv1.VerdictNone, 1
		b.changed(b.now, e, b.n)
		for j, seen := range others[:i+1] {
			if live := b.shown(b.now, seen, b.n) == StatusUp; live != (i == 2) {
				t.Errorf("%d are back: number %d is shown live: %v", i+1, j+1, live)
			}
		}
		b.pass(time.Second)
	}
}

func TestOneThatComesBackAgainAndAgainIsNotMany(t *testing.T) {
	b := newDampingBench(t)
	b.n = 8
	for range 5 {
		b.die()
		b.pass(2 * time.Second)
		b.refute()
		b.pass(2 * time.Second)
		b.want("back", StatusDead)
	}
}

func TestAFlappingMemberIsShownSuspectAndThenUp(t *testing.T) {
	c := formed(t, 311, 8, nil)
	x, watcher := c.nodes[3], c.nodes[0]
	watcher.events = nil
	for range 4 {
		c.pause(x, c.now.Add(2*time.Second))
		c.run(12*time.Second, nil)
	}
	c.within((flapHold+10)*time.Second, "it is shown Up again", func() bool { return c.everywhere(x.cfg.ID, StatusUp) })
	var turns []Status
	for _, e := range watcher.events {
		if e, ok := e.(MemberStatusChanged); ok && e.Member.ID == x.cfg.ID {
			turns = append(turns, e.Member.Status)
		}
	}
	// What happened before the third accusation may have shown.
	if len(turns) < 2 || len(turns) > 6 || turns[len(turns)-2] != StatusSuspect {
		t.Fatalf("shown %v", turns)
	}
	c.run(time.Hour, nil)
	if len(watcher.damping.cases) != 0 {
		t.Fatal("it is remembered for ever")
	}
}
