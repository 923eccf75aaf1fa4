package membership

import "time"

// Bounds of the time-out of a probe.
const (
	minProbeTimeout     = 20 * time.Millisecond
	defaultProbeTimeout = 100 * time.Millisecond
	// minRTTSamples is how many round trips must be known before they count.
	minRTTSamples = 3
)

// rttEstimator is the node's view of its round trips, in the form of RFC 6298:
// smoothed mean and mean deviation. One serves all peers: what delays answers
// is mostly this node's own load and driver, and a member is probed too rarely
// for an estimate of its own.
type rttEstimator struct {
	mean, deviation time.Duration
	samples         int
	// doubled is how often the time-out was doubled since the last sample.
	doubled int
	// most is the longest time-out; three of them fit in a period.
	most time.Duration
}

// maxDoubled bounds the doubling of a time-out.
const maxDoubled = 8

func newRTTEstimator(period time.Duration) rttEstimator { return rttEstimator{most: period / 4} }

// observe takes one round trip. It must be known which probe it answers (RFC
// 6298, section 3): each has a sequence of its own. One that is longer than the
// longest time-out counts as that long: the pauses of a member that is unwell
// must not be waited for with all others, for many periods.
func (e *rttEstimator) observe(rtt time.Duration) {
	rtt = min(max(rtt, 0), e.most)
	if e.samples == 0 {
		e.mean, e.deviation = rtt, rtt/2
	} else {
		e.deviation += ((e.mean - rtt).Abs() - e.deviation) / 4
		e.mean += (rtt - e.mean) / 8
	}
	e.samples = min(e.samples+1, minRTTSamples)
	e.doubled = 0
}

// backOff notes that a time-out passed without an answer: it doubles until a
// sample comes (RFC 6298, sections 5.5 and 5.7).
func (e *rttEstimator) backOff() { e.doubled = min(e.doubled+1, maxDoubled) }

// timeout returns how long to wait for the answer to a probe.
func (e *rttEstimator) timeout() time.Duration {
	wait := defaultProbeTimeout
	if e.samples >= minRTTSamples {
		wait = max(e.mean+4*e.deviation, minProbeTimeout)
	}
	return min(wait<<e.doubled, e.most)
}
