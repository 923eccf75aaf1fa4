package membership

import (
	"slices"
	"time"

	"github.com/hearsay-gossip/hearsay/wire"
)

// The numbers of damping, in periods.
const (
	// flapAccusations within flapWindow make a member one that flaps, and it
	// stays so until flapHold has passed without a further one.
	flapAccusations = 3
	flapWindow      = 60
	flapHold        = 180
	// suspectRest is for how long a member is still shown Suspect that was shown
	// so and has refuted: on a bad link the next accusation is not far.
	suspectRest = 10
	// shortestHold and longestHold bound how long a member that has come back
	// from the dead for the first time must live before it is shown so; one that
	// was away for cutOff was cut off, as a rule, and does not flap: briefHold is
	// enough. The second time it is twice longestHold, and so on up to
	// 2^maxDoublings times. After flapMemory without such a return it is the
	// first time again.
	shortestHold = 15
	longestHold  = 30
	cutOff       = 40
	briefHold    = 5
	maxDoublings = 4
	flapMemory   = 600
	// togetherWindow is how close to one another members must come back that
	// were away together.
	togetherWindow = 10
)

// damping keeps what users see of a member from following every turn of a bad
// link. It changes nothing but what is shown.
//
//   - Who stands accused is shown as Suspect once as many accuse it as a verdict
//     takes, or after a period: most accusations that one node alone makes are
//     refuted before that. Once shown so, it is for suspectRest after it refuted.
//   - Who was accused flapAccusations times within flapWindow is shown as
//     Suspect until flapHold has passed without a new one.
//   - Who comes back from the dead in one life is shown Dead until it has lived,
//     and not been accused, for twice as long as it was away, from shortestHold
//     to longestHold, or only briefHold if that was for cutOff, and for longer
//     each further time; and for flapWindow at least if it counts as one that
//     flaps. But never for longer than the longest of these times, or one that
//     accuses again and again could hide for ever who lives. And not so if many
//     come back at once: then it was the network between two sides that failed,
//     and not they.
type damping struct {
	period time.Duration
	cases  []flapper
	// index finds a member's place in cases.
	index map[uint64]int
	// next is before the first instant at which time alone changes what is
	// shown.
	next Instant
	// returns are who came back last, each once and the newest last.
	returns []comeback
}

// comeback is when a member came back from the dead.
type comeback struct {
	key uint64
	at  Instant
}

// flapper is what is remembered of a member that was accused or died.
type flapper struct {
	key         uint64
	generation  Generation
	incarnation Incarnation
	// recent are when it was accused, each time of another incarnation, the
	// last first; since is that of the accusation that stands.
	recent [flapAccusations]Instant
	count  int
	// calm is until when it counts as one that flaps, away since when it is
	// shown Dead, and back when it may be shown live again; 0 is not at all.
	calm, away, back Instant
	// returned is when it came back, and hold for how long it must live from then
	// on, unaccused, before it is shown so.
	returned Instant
	hold     time.Duration
	// suspect: it is shown Suspect for what it stands accused of; rest is until
	// when it is, after it refuted.
	suspect bool
	rest    Instant
	// times is how often it came back, and blank when that is forgotten.
	times int
	blank Instant
}

func newDamping(period time.Duration) damping {
	return damping{period: period, index: make(map[uint64]int), next: Never}
}

// find returns what is remembered of a member's life, or nil.
func (d *damping) find(e *Entry) *flapper {
	i, ok := d.index[e.key]
	if !ok || d.cases[i].generation != e.generation {
		return nil
	}
	return &d.cases[i]
}

// open returns what is remembered of a member's life, from now on something. A
// new life is not blamed for the one before.
func (d *damping) open(e *Entry) *flapper {
	i, ok := d.index[e.key]
	if !ok {
		i = len(d.cases)
		d.index[e.key] = i
		d.cases = append(d.cases, flapper{})
	}
	f := &d.cases[i]
	if !ok || f.generation != e.generation {
		*f = flapper{key: e.key, generation: e.generation}
	}
	return f
}

// accused notes that a member stands accused.
func (d *damping) accused(now Instant, e *Entry) {
	f := d.open(e)
	if f.count > 0 && f.incarnation == e.incarnation {
		return
	}
	f.incarnation = e.incarnation
	copy(f.recent[1:], f.recent[:])
	f.recent[0] = now
	f.count = min(f.count+1, flapAccusations)
	if now < f.calm || f.count == flapAccusations && now.Sub(f.recent[flapAccusations-1]) <= flapWindow*d.period {
		f.calm = now.Add(flapHold * d.period)
	}
	if f.back > now { // it waits, and begins anew
		d.wait(now, f)
	}
	d.next = min(d.next, now.Add(d.period))
}

// suspected notes that a member is shown Suspect from now on.
func (d *damping) suspected(e *Entry) {
	if f := d.find(e); f != nil {
		f.suspect = e.Accused()
	}
}

// died notes that a member is shown Dead from now on.
func (d *damping) died(now Instant, e *Entry) {
	f := d.open(e)
	if f.away == 0 {
		f.away = now
	}
	f.back, f.suspect = 0, false
	d.next = min(d.next, now.Add(flapWindow*d.period))
}

// changed follows a change of a member in a cluster of n: one that is shown
// Suspect may have refuted, and one that is shown Dead have come back, or be dead
// once more.
func (d *damping) changed(now Instant, e *Entry, n int) {
	f := d.find(e)
	if f != nil && f.suspect && e.Live() && !e.Accused() {
		f.suspect, f.rest = false, now.Add(suspectRest*d.period)
		d.next = min(d.next, f.rest)
	}
	switch {
	case f == nil || f.away == 0:
		return
	case !e.Live():
		f.back = 0
		return
	case f.back != 0:
		return
	}
	if now >= f.blank {
		f.times = 0
	}
	f.hold = longestHold << f.times * d.period
	switch away := now.Sub(f.away); {
	case f.times > 0:
	case away >= cutOff*d.period:
		f.hold = briefHold * d.period
	default:
		f.hold = min(f.hold, max(2*away, shortestHold*d.period))
	}
	f.returned = now
	d.wait(now, f)
	f.times = min(f.times+1, maxDoublings)
	d.next = min(d.next, f.back)
	d.returns = append(slices.DeleteFunc(d.returns, func(r comeback) bool {
		return r.key == e.key || now.Sub(r.at) > togetherWindow*d.period
	}), comeback{e.key, now})
	if len(d.returns) <= max(1, n/16) {
		return
	}
	// The network was cut in two.
	for i := range d.cases {
		if f := &d.cases[i]; f.back > now {
			f.back, f.times = now, 0
		}
	}
	d.next = now
}

// wait sets when a member that came back may be shown live again if nobody
// accuses it meanwhile.
func (d *damping) wait(now Instant, f *flapper) {
	if now < f.calm {
		f.hold = max(f.hold, flapWindow*d.period)
	}
	f.back = min(now.Add(f.hold), f.returned.Add(longestHold<<maxDoublings*d.period))
	f.blank = f.back.Add(flapMemory * d.period)
}

// shown returns how a member is shown in a cluster of n.
func (d *damping) shown(now Instant, e *Entry, n int) Status {
	status, f := e.Shown(), d.find(e)
	if f == nil || !status.Live() {
		return status
	}
	switch {
	case f.away != 0 && (f.back == 0 || now < f.back):
		return StatusDead
	case status == StatusLeaving:
		return status
	case now < f.calm || now < f.rest:
		return StatusSuspect
	case status == StatusSuspect && e.AccuserCount() < needed(n) && now < f.recent[0].Add(d.period):
		return e.profile.shown()
	}
	return status
}

// step names those who are, by now, to be shown otherwise because time passed,
// and forgets what is over. It returns when it must be called again. dead tells
// whether a member is dead.
func (d *damping) step(now Instant, dead func(key uint64) bool, changed func(key uint64)) Instant {
	if now < d.next {
		return d.next
	}
	d.next = Never
	for i := 0; i < len(d.cases); {
		f := &d.cases[i]
		next := Never
		for _, at := range [...]Instant{f.recent[0].Add(d.period), f.recent[0].Add(flapWindow * d.period), f.calm, f.rest, f.back, f.blank} {
			if at > now {
				next = min(next, at)
			}
		}
		changed(f.key)
		if f.back != 0 && now >= f.back {
			f.away, f.back = 0, 0
		}
		if next == Never && f.away == 0 {
			d.forget(i)
			continue
		}
		if next == Never && !dead(f.key) {
			d.forget(i) // its life is over and a new one has begun
			continue
		}
		d.next = min(d.next, next)
		i++
	}
	return d.next
}

// noteDamped notes what damping has to know of a change of how a member is shown.
// Who is shown no longer, forgotten or kept out, is not blamed for what was.
func (c *Coordinator) noteDamped(was Status, m *Member) {
	e := c.table.LookupID(m.ID)
	switch {
	case m.Status == StatusUnknown:
		c.damping.drop(wire.Key(m.ID))
	case e == nil:
	case m.Status == StatusSuspect:
		c.damping.suspected(e)
	case m.Status == StatusDead && was.Live() && !e.Live():
		c.damping.died(c.now, e)
	}
}

// drop forgets what is remembered of a member.
func (d *damping) drop(key uint64) {
	if i, ok := d.index[key]; ok {
		d.forget(i)
	}
}

func (d *damping) forget(i int) {
	last := len(d.cases) - 1
	delete(d.index, d.cases[i].key)
	if i != last {
		d.cases[i] = d.cases[last]
		d.index[d.cases[i].key] = i
	}
	d.cases = d.cases[:last]
}

// damped returns how a member is shown to users. The detectors that are there
// to be compared are shown as they are.
func (c *Coordinator) damped(e *Entry) Status {
	if c.cfg.Detector != DetectorWitness {
		return e.Shown()
	}
	return c.damping.shown(c.now, e, c.table.LiveCount())
}

// stepDamping shows anew what time has changed, and returns when it must be
// called again.
func (c *Coordinator) stepDamping() Instant {
	if c.now < c.damping.next {
		return c.damping.next
	}
	return c.damping.step(c.now, func(key uint64) bool {
		e := c.table.Lookup(key)
		return e != nil && !e.Live()
	}, func(key uint64) {
		if e := c.table.Lookup(key); e != nil {
			c.shown.review(e)
		}
	})
}

// heldBack is the part of the view's hash that belongs to members that live and
// are shown Dead.
func (c *Coordinator) heldBack() (hash uint64) {
	for i := range c.damping.cases {
		f := &c.damping.cases[i]
		if f.away == 0 {
			continue
		}
		if e := c.table.Lookup(f.key); e != nil && e.Live() && c.damped(e) == StatusDead {
			hash += c.viewTerm(e)
		}
	}
	return hash
}
