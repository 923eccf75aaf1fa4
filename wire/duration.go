package wire

import (
	"math"
	"time"
)

// NewDuration returns d.
func NewDuration(d time.Duration) *Duration {
	m := new(Duration)
	m.SetDuration(d)
	return m
}

// SetDuration makes m the duration d and leaves its unknown fields alone. It is
// NewDuration for a message that is there already.
func (m *Duration) SetDuration(d time.Duration) {
	m.Seconds, m.Nanos = int64(d/time.Second), int32(d%time.Second)
}

// Duration returns m, or the time.Duration nearest to it, which holds 292 years
// where this message has 10,000. Nanoseconds out of their range, which a decoder
// keeps as they came, are added all the same. nil, which is a field that is
// absent, is 0.
func (m *Duration) Duration() time.Duration {
	if m == nil {
		return 0
	}
	// Clamped first, so that the sums below cannot wrap.
	seconds := min(max(m.Seconds, -2*mostSeconds), 2*mostSeconds) + int64(m.Nanos/1e9)
	nanos := int64(m.Nanos % 1e9)
	switch {
	case seconds > 0 && nanos < 0:
		seconds, nanos = seconds-1, nanos+1e9
	case seconds < 0 && nanos > 0:
		seconds, nanos = seconds+1, nanos-1e9
	}
	switch {
	case seconds > mostSeconds || seconds == mostSeconds && nanos > mostNanos:
		return math.MaxInt64
	case seconds < -mostSeconds || seconds == -mostSeconds && nanos < -mostNanos:
		return math.MinInt64
	default:
		return time.Duration(seconds*1e9 + nanos)
	}
}

// The largest time.Duration in the two parts.
const (
	mostSeconds = math.MaxInt64 / 1_000_000_000
	mostNanos   = math.MaxInt64 % 1_000_000_000
)

// longestSeconds are those of the longest valid duration: 10,000 years.
const longestSeconds = 315_576_000_000

// IsValid reports whether m is within the ranges of its fields and has one sign,
// so that it has a form in JSON. nil is not valid.
func (m *Duration) IsValid() bool {
	return m != nil && -longestSeconds <= m.Seconds && m.Seconds <= longestSeconds &&
		-1e9 < m.Nanos && m.Nanos < 1e9 && (m.Seconds <= 0 || m.Nanos >= 0) && (m.Seconds >= 0 || m.Nanos <= 0)
}
