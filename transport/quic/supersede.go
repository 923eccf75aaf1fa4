package quic

import "time"

const (
	// supersededGrace is how long a connection that the peer has probably
	// forgotten, because it dialled again, is still read.
	supersededGrace = 2 * time.Second
	// farewellLimit is how long the loser of two connections of a pair is read
	// at most, if its peer does not part with it.
	farewellLimit = 30 * time.Second
	// farewellPause is how long the loser is still read after that word, for
	// packets that arrive out of order.
	farewellPause = 100 * time.Millisecond
)

// stays reports whether, of two connections of one pair, the newer is kept.
func (m *mesh) stays(newer, older *connection) bool {
	return !m.crossed(newer, older) || newer.dialler(m.local.NodeID) < older.dialler(m.local.NodeID)
}

// crossed reports whether two connections of a pair come from both ends having
// dialled at the same time. One that is dialled again by the same end, or much
// later, replaces one that its dialler has lost.
func (m *mesh) crossed(newer, older *connection) bool {
	return newer.dialled != older.dialled && newer.established.Sub(older.established) <= m.config.DialTimeout
}

// dialler returns the id of the node that dialled.
func (c *connection) dialler(self string) string {
	if c.dialled {
		return self
	}
	return c.identity
}

// supersede has the loser of two connections closed, once what is on its way
// over it has arrived. Of connections that crossed both ends know, and they
// part in three steps, however busy they are: the end that dialled the loser
// says farewell, the other one answers with a farewell of its own when it too
// has turned to the winner, and then the first one closes. A farewell is an
// empty stream: it comes behind the datagrams, and QUIC delivers it for
// certain. The lock is held.
func (m *mesh) supersede(loser, winner *connection) {
	crossed := m.crossed(loser, winner) && m.crossed(winner, loser)
	loser.link = nil
	if !crossed {
		m.closeAfter(loser, supersededGrace)
		return
	}
	m.closeAfter(loser, farewellLimit)
	loser.parting = true
	if loser.dialled || loser.gotFarewell {
		m.sayFarewell(loser)
	}
}

// sayFarewell tells the peer that nothing more comes over c. If it cannot be
// said, c stays until farewellLimit. The lock is held.
func (m *mesh) sayFarewell(c *connection) {
	m.spawn(func() { _ = c.sendStream(nil, m.config.StreamTimeout) })
}

// receiveFarewell notes that the peer sends nothing more over c.
func (m *mesh) receiveFarewell(c *connection) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.gotFarewell {
		return
	}
	c.gotFarewell = true
	switch {
	case !c.parting: // this end does not know of the other connection yet
	case c.dialled:
		m.closeAfter(c, farewellPause)
	default:
		m.sayFarewell(c)
	}
}

// closeAfter closes a superseded connection after a while. The lock is held.
func (m *mesh) closeAfter(c *connection, pause time.Duration) {
	if !c.attached {
		return
	}
	c.timer.Stop()
	c.timer = time.AfterFunc(pause, func() { c.close(codeSuperseded, "superseded") })
}
