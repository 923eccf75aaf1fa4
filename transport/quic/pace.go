package quic

import "time"

// pace says when a dial may begin. A handshake is the dearest thing that two
// nodes do, and where many have just heard of each other all of them want it at
// once: more at a time only make each one later, until they run into their
// time-outs and have to be made again. So there is a window of dials in flight,
// small at first, which grows with every dial that succeeds soon and is halved by
// one that succeeds late. Below one it is the part of the time in which a dial is
// in flight: where several hundred nodes share a machine, one at a time by each is
// too many.
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
	// rested is when the next dial may begin, and took how long they take,
	// smoothed.
	rested time.Time
	took   time.Duration
}

const (
	firstWindow = 2
	leastWindow = 1.0 / 4
	// lateDial is more than a handshake takes on all but the longest of paths,
	// unless one of its ends is busy.
	lateDial = 300 * time.Millisecond
	// staleDial is after how long no answer is expected any more. One that comes
	// later has not been kept by the path.
	staleDial = time.Second
)

func newPace(limit int) pace {
	return pace{limit: float64(limit), window: min(firstWindow, float64(limit))}
}

// room reports whether one more dial may begin.
func (p *pace) room(now time.Time) bool {
	return p.fresh < max(1, int(p.window)) && p.fresh+p.stale < int(p.limit) && !now.Before(p.rested)
}

// delay is how long a dial would wait behind others that do, as it seems.
func (p *pace) delay(waiting int) time.Duration {
	return time.Duration(float64(p.took) / p.window * float64(waiting+1))
}

// succeeded notes how long a dial took. Those that began together are late
// together: they halve the window once.
func (p *pace) succeeded(took time.Duration, now time.Time) {
	if p.took == 0 {
		p.took = took
	}
	p.took += (took - p.took) / 4
	switch {
	case took < lateDial:
		p.window = min(p.window+min(p.window, 1/p.window), p.limit)
	case now.Sub(p.shrunk) >= took:
		least := 1.0
		if took >= staleDial {
			least = leastWindow
		}
		p.window, p.shrunk = min(p.window, max(p.window/2, least)), now
	}
	if p.window < 1 {
		p.rested = now.Add(time.Duration(float64(min(took, staleDial)) * (1/p.window - 1)))
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
	if !succeeded {
		return
	}
	m.pace.succeeded(now.Sub(a.began), now)
	if rest := m.pace.rested.Sub(now); rest > 0 {
		time.AfterFunc(rest, func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			if !m.closed.Load() {
				m.pump(time.Now())
			}
		})
	}
}
