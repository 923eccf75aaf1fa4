package wire

import "time"

// NewTimestamp returns t, which may be any that a time.Time holds.
func NewTimestamp(t time.Time) *Timestamp {
	m := new(Timestamp)
	m.SetTime(t)
	return m
}

// SetTime makes m the time t and leaves its unknown fields alone. It is
// NewTimestamp for a message that is there already.
func (m *Timestamp) SetTime(t time.Time) {
	m.Seconds, m.Nanos = t.Unix(), int32(t.Nanosecond())
}

// Time returns m in UTC. Nanoseconds out of their range, which a decoder keeps
// as they came, are added all the same. nil, which is a field that is absent, is
// the zero time.Time.
func (m *Timestamp) Time() time.Time {
	if m == nil {
		return time.Time{}
	}
	return time.Unix(m.Seconds, int64(m.Nanos)).UTC()
}

// The seconds of the first and the last moment of a valid timestamp.
const (
	firstSecond = -62_135_596_800 // 0001-01-01T00:00:00Z
	lastSecond  = 253_402_300_799 // 9999-12-31T23:59:59Z
)

// IsValid reports whether m is within the ranges of its fields, so that it has a
// form in JSON. nil is not valid.
func (m *Timestamp) IsValid() bool {
	return m != nil && firstSecond <= m.Seconds && m.Seconds <= lastSecond && 0 <= m.Nanos && m.Nanos < 1e9
}
