package membership

import "time"

// Instant is a moment of protocol time: nanoseconds, monotonic, since an
// origin that the driver chooses once. It says nothing of wall-clock time.
type Instant int64

// Never is later than every other Instant.
const Never Instant = 1<<63 - 1

// Add returns the instant d after t; it stays Never and never passes it.
func (t Instant) Add(d time.Duration) Instant {
	if t == Never || d > 0 && Instant(d) > Never-t {
		return Never
	}
	return t + Instant(d)
}

// Sub returns the time from u to t.
func (t Instant) Sub(u Instant) time.Duration { return time.Duration(t - u) }
