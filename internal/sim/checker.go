package sim

import (
	"fmt"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// Checker is a rule that must hold throughout a run. A checker belongs to one
// run. Its error says what is wrong; the run adds where and when.
type Checker interface {
	// Name is one or a few words, for the failure.
	Name() string
	// Node looks at a running node after it was stepped.
	Node(c *Cluster, n *Node) error
}

// A StartChecker is told of each new life of a node, after its first step and
// before Node.
type StartChecker interface {
	Started(c *Cluster, n *Node) error
}

// A HandChecker sees what a node's protocol hands to its transport, which may
// hold it for a while. It is asked in clusters that are checked after every step.
type HandChecker interface {
	Handed(c *Cluster, n *Node, out transport.Outbound) error
}

// A SendChecker sees every datagram that a node sends, with its encoding, which
// is valid during the call. It is asked in clusters that are checked after
// every step.
type SendChecker interface {
	Sent(c *Cluster, n *Node, out transport.Outbound, encoded []byte) error
}

// A ReceiveChecker sees every envelope before the node does. It is asked in
// clusters that are checked after every step.
type ReceiveChecker interface {
	Received(c *Cluster, n *Node, in transport.Inbound) error
}

// An EventChecker sees every event that a node publishes.
type EventChecker interface {
	Event(c *Cluster, n *Node, event membership.Event) error
}

// An EndChecker has the last word, when the run is over.
type EndChecker interface {
	End(c *Cluster) error
}

// Failure is how a run fails: a rule that did not hold.
type Failure struct {
	// Checker is the rule's name.
	Checker string
	// Node is where; empty where it is the cluster.
	Node string
	// At is when.
	At time.Duration
	// Err says what is wrong.
	Err error
	// Repeat is the command that runs it again; the scenario fills it.
	Repeat string
}

// Error names all of it, and how to repeat the run.
func (f *Failure) Error() string {
	where := "the cluster"
	if f.Node != "" {
		where = f.Node
	}
	text := fmt.Sprintf("%s failed at %s, %.6f s: %v", f.Checker, where, f.At.Seconds(), f.Err)
	if f.Repeat != "" {
		text += "\nrepeat with: " + f.Repeat
	}
	return text
}

// Unwrap returns what is wrong.
func (f *Failure) Unwrap() error { return f.Err }

// Fail ends the run with a failure, unless it has one already.
func (c *Cluster) Fail(checker string, n *Node, err error) {
	if err == nil || c.failure != nil {
		return
	}
	c.failure = &Failure{Checker: checker, At: time.Duration(c.now), Err: err}
	if n != nil {
		c.failure.Node = n.id
	}
	c.log.begin(c.now, "failure").word(checker).word(c.failure.Node).word(err.Error()).end()
}
