package transport

import "sync/atomic"

// counters is Stats while it is being counted, by any goroutine.
type counters struct {
	sent, received           atomic.Uint64
	sentBytes, receivedBytes atomic.Uint64
	notices                  atomic.Uint64
	dropped                  [numDrops]atomic.Uint64
}

func (c *counters) drop(cause Drop) { c.dropMany(cause, 1) }

func (c *counters) dropMany(cause Drop, count uint64) {
	if cause < numDrops {
		c.dropped[cause].Add(count)
	}
}

func (c *counters) snapshot() Stats {
	stats := Stats{
		Sent:          c.sent.Load(),
		Received:      c.received.Load(),
		SentBytes:     c.sentBytes.Load(),
		ReceivedBytes: c.receivedBytes.Load(),
		Notices:       c.notices.Load(),
	}
	for cause := range c.dropped {
		stats.Dropped[cause] = c.dropped[cause].Load()
	}
	return stats
}
