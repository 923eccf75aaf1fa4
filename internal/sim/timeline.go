package sim

import (
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// Fault is something that happens to a cluster at an instant of its timeline:
// a failure, its repair, or an operator's deed.
type Fault interface {
	// Apply makes it happen. Its error is a mistake of the scenario, such as a
	// group that does not exist, and ends the run.
	Apply(c *Cluster) error
	// String says what happens, in a few words, for the event log.
	String() string
}

// appointment is one entry of the timeline.
type appointment struct {
	at       membership.Instant
	sequence uint64
	fault    Fault
}

// timeline is a binary heap of appointments, the earliest first, and at one
// instant in the order in which they were made.
type timeline struct {
	heap     []appointment
	sequence uint64
}

func (t *timeline) next() membership.Instant {
	if len(t.heap) == 0 {
		return membership.Never
	}
	return t.heap[0].at
}

func (t *timeline) add(at membership.Instant, fault Fault) {
	t.sequence++
	t.heap = append(t.heap, appointment{at, t.sequence, fault})
	for i := len(t.heap) - 1; i > 0 && t.before(i, (i-1)/2); i = (i - 1) / 2 {
		t.heap[i], t.heap[(i-1)/2] = t.heap[(i-1)/2], t.heap[i]
	}
}

func (t *timeline) pop() Fault {
	first, last := t.heap[0], len(t.heap)-1
	t.heap[0] = t.heap[last]
	t.heap[last] = appointment{}
	t.heap = t.heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && t.before(child+1, child) {
			child++
		}
		if !t.before(child, i) {
			break
		}
		t.heap[i], t.heap[child] = t.heap[child], t.heap[i]
		i = child
	}
	return first.fault
}

func (t *timeline) before(i, j int) bool {
	a, b := t.heap[i], t.heap[j]
	return a.at < b.at || a.at == b.at && a.sequence < b.sequence
}

// At puts a fault on the timeline, at a time since the beginning of the run.
// What lies in the past happens at the next instant.
func (c *Cluster) At(at time.Duration, fault Fault) {
	c.timeline.add(max(membership.Instant(at), c.now), fault)
}

// After puts a fault on the timeline, at a time from now.
func (c *Cluster) After(d time.Duration, fault Fault) {
	c.timeline.add(c.now.Add(d), fault)
}
