package quic

import "time"

// pace says how many dials may be in flight. A handshake is the dearest thing
// that two nodes do, and where many have just heard of each other all of them
// want it at once: more at a time only make each one later, until they run into
// their time-outs and have to be made again. So the window is small at first,
// grows with every dial that succeeds soon, and is halved by one that succeeds
// late.
//
// A dial to where nobody answers says nothing about that, and keeps nobody
// waiting: after a while it no longer counts in the window, and is bounded by
// MaxDialsInFlight alone.
type pace struct {
	limit  float64 // MaxDialsInFlight
	window float64 // leastWindow to limit
	fresh  int     // dials in flight that count in the window
	stale  int     // those that do not any more
	shrunk time.Time
}

const (
	leastWindow = 2
	// lateDial is more than a handshake takes on all but the longest of paths,
	// unless one of its ends is busy.
	lateDial = 300 * time.Millisecond
	// staleDial is after how long no answer is expected any more.
	staleDial = time.Second
)

func newPace(limit int) pace {
	return pace{limit: float64(limit), window: min(leastWindow, float64(limit))}
}

// room reports whether one more dial may begin.
func (p *pace) room() bool { return p.fresh < int(p.window) && p.fresh+p.stale < int(p.limit) }

// succeeded notes how long a dial took. Those that began together are late
// together: they halve the window once.
func (p *pace) succeeded(took time.Duration, now time.Time) {
	switch {
	case took < lateDial:
		p.window = min(p.window+1/p.window, p.limit)
	case now.Sub(p.shrunk) >= took:
		p.window, p.shrunk = max(p.window/2, min(leastWindow, p.limit)), now
	}
}

// attempt is one dial as the pace sees it.
type attempt struct {
	began       time.Time
	stale, over bool
	timer       *time.Timer // makes it stale
}

// beginAttempt takes a place in the window. The lock is held.
func (m *mesh) beginAttempt(now time.Time) *attempt {
	m.pace.fresh++
	a := &attempt{began: now}
	a.timer = time.AfterFunc(staleDial, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if a.over || m.closed.Load() {
			return
		}
		a.stale = true
		m.pace.fresh--
		m.pace.stale++
		m.pump(time.Now())
	})
	return a
}

// endAttempt gives the place back. The lock is held.
func (m *mesh) endAttempt(a *attempt, succeeded bool, now time.Time) {
	a.over = true
	a.timer.Stop()
	if a.stale {
		m.pace.stale--
	} else {
		m.pace.fresh--
	}
	if succeeded {
		m.pace.succeeded(now.Sub(a.began), now)
	}
}
