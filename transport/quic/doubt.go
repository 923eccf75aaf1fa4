package quic

import "time"

// doubt is what was sent over a connection that this node dialled before the
// peer was heard over it. Until then the peer may still refuse the connection,
// because of our certificate or because it has too many handshakes at a time,
// and what was sent over it is lost. So it is kept, for as long as an envelope
// waits anyhow, and sent again over the next connection. The side that is
// dialled says at once that it has accepted, with an empty datagram, so as a
// rule this takes a round trip.
type doubt struct {
	entries []entry
	bytes   int
}

// add keeps an entry that was sent, if there is room.
func (d *doubt) add(e entry, c Config) {
	d.trim(e.queued.Add(-c.QueueExpiry))
	if len(d.entries) >= c.QueueEnvelopes || d.bytes+len(*e.payload) > c.QueueBytes {
		freePayload(e.payload)
		return
	}
	d.entries = append(d.entries, e)
	d.bytes += len(*e.payload)
}

// trim lets go of what was queued before an instant.
func (d *doubt) trim(before time.Time) {
	for len(d.entries) > 0 && d.entries[0].queued.Before(before) {
		d.bytes -= len(*d.entries[0].payload)
		freePayload(d.entries[0].payload)
		d.entries = d.entries[1:]
	}
}

// settle lets go of everything.
func (d *doubt) settle() {
	for _, e := range d.entries {
		freePayload(e.payload)
	}
	*d = doubt{}
}

// requeue puts back what has not expired, before whatever waits.
func (d *doubt) requeue(q *queue, now time.Time, expiry time.Duration) {
	d.trim(now.Add(-expiry))
	for i := len(d.entries) - 1; i >= 0; i-- {
		q.pushFront(d.entries[i])
	}
	*d = doubt{}
}
