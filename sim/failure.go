package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// Errors of a cluster. Test for them with errors.Is.
var (
	// ErrNotReached: the time of Until was over, and its condition did not hold.
	// The run may go on.
	ErrNotReached = errors.New("not reached")
	// ErrReentered: Run, Until or Check was called by what they run: a Main, a
	// timer, a handler of events, a rule. It ends the run.
	ErrReentered = errors.New("sim: Run, Until and Check are the test's to call: a service uses After and OnEvent")
)

// Failure is how a run fails: a rule did not hold, one of the test's
// (Cluster.Always) or one of the protocol's, or something panicked. If the rule
// is the protocol's, it is a bug of hearsay: please report it with the seed and
// the test.
type Failure struct {
	// Seed is that of the run, which repeats it.
	Seed uint64
	// Rule is the name of what did not hold.
	Rule string
	// Node is where; empty where it is the cluster.
	Node string
	// At is when, since the beginning of the run.
	At time.Duration
	// Err says what is wrong.
	Err error
}

// Error names all of it, and the seed first.
func (f *Failure) Error() string {
	where := ""
	if f.Node != "" {
		where = " at " + f.Node
	}
	return fmt.Sprintf("sim: seed %d: after %v%s: %s: %v", f.Seed, f.At, where, f.Rule, f.Err)
}

// Unwrap returns what is wrong.
func (f *Failure) Unwrap() error { return f.Err }

// fail ends the run with an error, unless it has ended.
func (c *Cluster) fail(err error) {
	if c.err == nil && err != nil {
		c.err = err
	}
}

// failed gives an error of the simulator the form of this package.
func (c *Cluster) failed(err error) error {
	var inner *sim.Failure
	switch {
	case err == nil:
		return nil
	case errors.As(err, &inner):
		return &Failure{Seed: c.seed, Rule: inner.Checker, Node: inner.Node, At: inner.At, Err: inner.Err}
	}
	return fmt.Errorf("sim: seed %d: after %v: %w", c.seed, c.Now(), err)
}

// broken is the failure of a rule of the test.
func (c *Cluster) broken(rule string, err error) error {
	return &Failure{Seed: c.seed, Rule: rule, At: c.Now(), Err: err}
}

// maxShown bounds the views that a message tells of.
const maxShown = 6

// whoSeesWhom tells in words which nodes show which members, those of equal views
// together, and the most of them first.
func (c *Cluster) whoSeesWhom() string {
	var order []string
	seen := map[string][]string{}
	for _, n := range c.nodes {
		if !n.Running() {
			continue
		}
		members := ids(n)
		if seen[members] == nil {
			order = append(order, members)
		}
		seen[members] = append(seen[members], n.ID())
	}
	slices.SortStableFunc(order, func(a, b string) int { return len(seen[b]) - len(seen[a]) })
	var text strings.Builder
	for i, members := range order {
		if i == maxShown {
			fmt.Fprintf(&text, "; and %d views more", len(order)-i)
			break
		}
		if i > 0 {
			text.WriteString("; ")
		}
		fmt.Fprintf(&text, "%s see %s", shortened(seen[members]), members)
	}
	return text.String()
}

// ids returns the members that a node shows, in words.
func ids(n *Node) string {
	var members []string
	for m := range n.Members() {
		members = append(members, m.ID)
	}
	return shortened(members)
}

// shortened joins words, and leaves out most of many.
func shortened(words []string) string {
	const most = 12
	if len(words) == 0 {
		return "nobody"
	}
	if extra := len(words) - most; extra > 0 {
		words = append(slices.Clone(words[:most]), fmt.Sprintf("and %d more", extra))
	}
	return strings.Join(words, " ")
}
