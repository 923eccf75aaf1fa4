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
	// most is the longest time-out; three of them fit in a period.
	most time.Duration
}

func newRTTEstimator(period time.Duration) rttEstimator { return rttEstimator{most: period / 4} }

// observe takes one round trip. Those of repeated probes must not be given: the
// answer may belong to either (RFC 6298, section 3).
func (e *rttEstimator) observe(rtt time.Duration) {
	rtt = max(rtt, 0)
	if e.samples == 0 {
		e.mean, e.deviation = rtt, rtt/2
	} else {
		e.deviation += ((e.mean - rtt).Abs() - e.deviation) / 4
		e.mean += (rtt - e.mean) / 8
	}
	e.samples = min(e.samples+1, minRTTSamples)
}

// timeout returns how long to wait for the answer to a probe.
func (e *rttEstimator) timeout() time.Duration {
	wait := defaultProbeTimeout
	if e.samples >= minRTTSamples {
		wait = max(e.mean+4*e.deviation, minProbeTimeout)
	}
	return min(wait, e.most)
}
