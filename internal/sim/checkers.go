package sim

import (
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// checkers are those of a run, sorted by what they want to see.
type checkers struct {
	all      []Checker
	starting []startCheck
	handing  []handCheck
	sending  []sendCheck
	reading  []receiveCheck
	events   []eventCheck
	ending   []endCheck
}

type (
	startCheck struct {
		Checker
		check StartChecker
	}
	handCheck struct {
		Checker
		check HandChecker
	}
	sendCheck struct {
		Checker
		check SendChecker
	}
	receiveCheck struct {
		Checker
		check ReceiveChecker
	}
	eventCheck struct {
		Checker
		check EventChecker
	}
	endCheck struct {
		Checker
		check EndChecker
	}
)

func (s *checkers) adopt(all []Checker) {
	s.all = all
	for _, checker := range all {
		if check, ok := checker.(StartChecker); ok {
			s.starting = append(s.starting, startCheck{checker, check})
		}
		if check, ok := checker.(HandChecker); ok {
			s.handing = append(s.handing, handCheck{checker, check})
		}
		if check, ok := checker.(SendChecker); ok {
			s.sending = append(s.sending, sendCheck{checker, check})
		}
		if check, ok := checker.(ReceiveChecker); ok {
			s.reading = append(s.reading, receiveCheck{checker, check})
		}
		if check, ok := checker.(EventChecker); ok {
			s.events = append(s.events, eventCheck{checker, check})
		}
		if check, ok := checker.(EndChecker); ok {
			s.ending = append(s.ending, endCheck{checker, check})
		}
	}
}

func (s *checkers) started(c *Cluster, n *Node) {
	for _, s := range s.starting {
		c.Fail(s.Name(), n, s.check.Started(c, n))
	}
}

// stepped has a node looked at: after every step, or once per period.
func (s *checkers) stepped(c *Cluster, n *Node) {
	if len(s.all) == 0 {
		return
	}
	if !n.introduced {
		n.introduced = true
		s.started(c, n)
	}
	if !c.watching() && c.now.Sub(n.checked) < c.options.Period {
		return
	}
	n.checked = c.now
	s.look(c, n)
}

func (s *checkers) look(c *Cluster, n *Node) {
	for _, checker := range s.all {
		if err := checker.Node(c, n); err != nil {
			c.Fail(checker.Name(), n, err)
			return
		}
	}
	n.changed = false
}

func (s *checkers) handed(c *Cluster, n *Node, out transport.Outbound) {
	for _, s := range s.handing {
		c.Fail(s.Name(), n, s.check.Handed(c, n, out))
	}
}

func (s *checkers) sent(c *Cluster, n *Node, out transport.Outbound, encoded []byte) {
	for _, s := range s.sending {
		c.Fail(s.Name(), n, s.check.Sent(c, n, out, encoded))
	}
}

func (s *checkers) received(c *Cluster, n *Node, in transport.Inbound) {
	for _, s := range s.reading {
		c.Fail(s.Name(), n, s.check.Received(c, n, in))
	}
}

func (s *checkers) event(c *Cluster, n *Node, event membership.Event) {
	for _, s := range s.events {
		c.Fail(s.Name(), n, s.check.Event(c, n, event))
	}
}

// Look has the checkers look at every running node now. It returns the failure, if
// there is one.
func (c *Cluster) Look() error {
	for _, n := range c.nodes {
		if n.Running() && c.failure == nil {
			c.checkers.look(c, n)
		}
	}
	if c.failure != nil {
		return c.failure
	}
	return nil
}

// End gives the checkers the last word: every running node is looked at once
// more, and then the cluster. It returns the failure, if there is one.
func (c *Cluster) End() error {
	_ = c.Look() // what it finds is the failure
	for _, s := range c.checkers.ending {
		c.Fail(s.Name(), nil, s.check.End(c))
	}
	c.log.begin(c.now, "end").number("steps", c.steps).number("running", uint64(c.running)).end()
	if c.failure != nil {
		return c.failure
	}
	return nil
}

// Expect ends the run with a failure if err is one: what a scenario demands.
func (c *Cluster) Expect(what string, err error) error {
	c.Fail(what, nil, err)
	if c.failure != nil {
		return c.failure
	}
	return nil
}
