package check

import (
	"fmt"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// leastEvidenced returns in how many periods, at least, a node must have heard an
// answer of its own between the first accusation of a member and its own
// verdict: half the pause tolerance, since the node's periods are not those of its
// clock, and the answers of two that follow each other may come in one of these.
func leastEvidenced(o sim.Options) int {
	tolerance := int((o.PauseTolerance + o.Period - 1) / o.Period)
	return (tolerance + 1) / 2
}

// aging: a node that hears nothing lets no suspicion grow old. Who declares a
// member dead has had answers of its own while the suspicion lasted.
type aging struct {
	nodes map[*sim.Node]*suspicions
	// always holds detectors to the rule that do not promise it.
	always bool
}

// suspicions are what one life of a node suspects, and when it heard answers.
type suspicions struct {
	life     int
	version  uint64
	declared uint64
	first    map[charge]time.Duration
	// heard are the last periods, counted by the node's own clock, in which an
	// answer came; the newest last.
	heard []time.Duration
}

// heardPeriods bounds the periods that are remembered.
const heardPeriods = 64

func newAging() *aging { return &aging{nodes: make(map[*sim.Node]*suspicions)} }

// Name is sim.Checker's.
func (*aging) Name() string { return "no ageing without evidence" }

func (a *aging) of(n *sim.Node) *suspicions {
	s := a.nodes[n]
	if s == nil || s.life != n.Lives() {
		s = &suspicions{life: n.Lives(), first: make(map[charge]time.Duration)}
		a.nodes[n] = s
	}
	return s
}

// Received notes answers.
func (a *aging) Received(c *sim.Cluster, n *sim.Node, in transport.Inbound) error {
	if in.Envelope == nil || in.Envelope.Ack == 0 && in.Envelope.ProbeReply == nil {
		return nil
	}
	s, period := a.of(n), n.Clock()/c.Options().Period
	if last := len(s.heard) - 1; last >= 0 && s.heard[last] == period {
		return nil
	}
	if len(s.heard) == heardPeriods {
		s.heard = append(s.heard[:0], s.heard[1:]...)
	}
	s.heard = append(s.heard, period)
	return nil
}

// Node looks at what the node has come to suspect, and to declare.
func (a *aging) Node(c *sim.Cluster, n *sim.Node) error {
	if c.Options().Checking != sim.CheckEveryStep || !a.always && !needsWitness(c) {
		return nil
	}
	s, table := a.of(n), n.Coordinator().Table()
	var dead []*membership.Entry
	for e := range table.ChangedSince(s.version) {
		key := charge{e.Key(), uint64(e.Generation()), uint32(e.Incarnation())}
		switch {
		case e.Verdict() == hearsayv1.VerdictDead:
			dead = append(dead, e)
		case e.Accused():
			if _, known := s.first[key]; !known {
				s.first[key] = n.Clock()
			}
		}
	}
	s.version = table.Version()
	declared := n.Coordinator().Stats().Declared - s.declared
	s.declared += declared
	if uint64(len(dead)) > declared {
		return nil // some of them are hearsay, and nobody can tell which
	}
	for _, e := range dead {
		key := charge{e.Key(), uint64(e.Generation()), uint32(e.Incarnation())}
		if err := s.judge(c, n, e, key); err != nil {
			return err
		}
	}
	return nil
}

// judge looks at one verdict of the node's own.
func (s *suspicions) judge(c *sim.Cluster, n *sim.Node, e *membership.Entry, key charge) error {
	first, known := s.first[key]
	if !known {
		return fmt.Errorf("%s was declared dead at incarnation %d without an accusation before", e.ID(), key.incarnation)
	}
	evidenced := 0
	for _, period := range s.heard {
		if period >= first/c.Options().Period {
			evidenced++
		}
	}
	if evidenced < leastEvidenced(c.Options()) {
		return fmt.Errorf("%s was declared dead %v after the first accusation, and answers came in %d periods only",
			e.ID(), n.Clock()-first, evidenced)
	}
	return nil
}
