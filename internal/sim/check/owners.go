package check

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// owners: what stands in a record as its owner's words are its owner's words,
// one for each version, wherever it stands.
type owners struct {
	words    map[authorship]words
	versions map[*sim.Node]uint64
}

type authorship struct {
	id         string
	generation uint64
	version    uint32
}

type words struct {
	text string
	// own: the owner itself was seen to say so.
	own bool
}

func newOwners() *owners {
	return &owners{words: make(map[authorship]words), versions: make(map[*sim.Node]uint64)}
}

// Name is sim.Checker's.
func (*owners) Name() string { return "owners alone write" }

// Started forgets what an earlier life had.
func (o *owners) Started(_ *sim.Cluster, n *sim.Node) error {
	o.versions[n] = 0
	return nil
}

// Sent hears the owner itself: in one step it may say two things, of which its
// table holds the last.
func (o *owners) Sent(_ *sim.Cluster, n *sim.Node, out transport.Outbound, _ []byte) error {
	if out.Envelope.Delta == nil {
		return nil
	}
	for i := range out.Envelope.Delta.Records {
		r := &out.Envelope.Delta.Records[i]
		if r.ID != n.ID() || r.Generation != n.Generation() || r.Version == 0 {
			continue
		}
		author := authorship{r.ID, r.Generation, r.Version}
		if said, known := o.words[author]; known && said.text != string(r.Owner) {
			return fmt.Errorf("version %d, generation %x, of its own is %x here and was %x", r.Version, r.Generation, r.Owner, said.text)
		}
		o.words[author] = words{string(r.Owner), true}
	}
	return nil
}

// Node looks at what has changed.
func (o *owners) Node(c *sim.Cluster, n *sim.Node) error {
	table := n.Coordinator().Table()
	for e := range table.ChangedSince(o.versions[n]) {
		if e.Version() == 0 {
			continue
		}
		if err := o.see(c, n, e, e == table.Self()); err != nil {
			return err
		}
	}
	o.versions[n] = table.Version()
	return nil
}

func (o *owners) see(c *sim.Cluster, n *sim.Node, e *membership.Entry, own bool) error {
	author := authorship{e.ID(), uint64(e.Generation()), e.Version()}
	said, known := o.words[author]
	switch {
	case !known:
		// Where every step is looked at, an owner is seen to write before
		// anybody can have heard of it.
		if !own && c.Options().Checking == sim.CheckEveryStep && !c.Options().Converged {
			return fmt.Errorf("holds version %d of %s, generation %x, which its owner never wrote", author.version, author.id, author.generation)
		}
		o.words[author] = words{string(e.Owner()), own}
	case said.text != string(e.Owner()):
		return fmt.Errorf("version %d of %s, generation %x, is %x here and %x elsewhere",
			author.version, author.id, author.generation, e.Owner(), said.text)
	case own && !said.own:
		o.words[author] = words{said.text, true}
	}
	return nil
}
