package sim

import (
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// maxSeriesDeaths bounds the deaths kept for a plot.
const maxSeriesDeaths = 1 << 16

// Series are samples of a run at equal distances, for a plot.
type Series struct {
	Every time.Duration
	// Views[s][i] is the number of live members in the table of node i at
	// sample s; −1 while it does not run.
	Views [][]int
	// Bytes and Packets are what was sent between the sample before and this.
	Bytes, Packets []uint64
	// Faults are the timeline as it happened.
	Faults []SeriesFault
	// Deaths are members shown as Dead.
	Deaths []SeriesDeath

	next membership.Instant
	last Traffic
}

// SeriesFault is an entry of the timeline.
type SeriesFault struct {
	At   time.Duration
	Text string
}

// SeriesDeath is a member shown as Dead by a node.
type SeriesDeath struct {
	At      time.Duration
	Node    int
	Subject string
}

func newSeries(every time.Duration) *Series { return &Series{Every: every} }

// advance takes the samples that are due before now.
func (s *Series) advance(c *Cluster, now membership.Instant) {
	for ; s.next <= now; s.next = s.next.Add(s.Every) {
		views := make([]int, len(c.nodes))
		for i, n := range c.nodes {
			views[i] = -1
			if n.Running() {
				views[i] = n.coordinator.Table().LiveCount()
			}
		}
		s.Views = append(s.Views, views)
		sent := c.ledger.total.since(s.last)
		s.last = c.ledger.total
		s.Bytes = append(s.Bytes, sent.Bytes)
		s.Packets = append(s.Packets, sent.Packets)
	}
}

func (s *Series) died(now membership.Instant, n *Node, subject string) {
	if len(s.Deaths) < maxSeriesDeaths {
		s.Deaths = append(s.Deaths, SeriesDeath{time.Duration(now), n.index, subject})
	}
}

// Series returns the samples; nil unless Options.Sample asked for them.
func (c *Cluster) Series() *Series { return c.series }
