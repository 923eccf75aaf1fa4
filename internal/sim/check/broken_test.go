package check

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/state"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/wire"
)

// Rules that a node cannot be made to break from outside are broken here by
// what they look at.

// formed returns a cluster that has formed, with rules or without.
func formed(t *testing.T, o sim.Options) *sim.Cluster {
	t.Helper()
	c, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	return c
}

// seen fails the test unless a rule that held before is broken now, and says so
// with some words.
func seen(t *testing.T, before, now error, words string) {
	t.Helper()
	if before != nil {
		t.Fatalf("the rule does not hold to begin with: %v", before)
	}
	if now == nil || !strings.Contains(now.Error(), words) {
		t.Errorf("want an error with %q, got %v", words, now)
	}
}

func TestRecordThatFallsIsSeen(t *testing.T) {
	c := formed(t, sim.Options{Nodes: 3, Seed: 1})
	n, rule := c.Nodes()[0], newRising()
	before := rule.Node(c, n)
	known := rule.lives[n]
	entry(rule.roll, &known.seen, c.Nodes()[1].ID()).incarnation = 7
	known.version = 0 // look at all of it again
	seen(t, before, rule.Node(c, n), "fell from")
	known.version = math.MaxUint64
	seen(t, nil, rule.Node(c, n), "version fell")
}

// wrongSums is a table whose sums are not those of its records.
type wrongSums struct{ root, view, bucket uint64 }

func (w wrongSums) Root() uint64                              { return w.root }
func (w wrongSums) ViewHash() uint64                          { return w.view }
func (w wrongSums) Buckets() [256]uint64                      { return [256]uint64{3: w.bucket} }
func (wrongSums) Recount() (root, view uint64, b [256]uint64) { return 1, 2, [256]uint64{3: 4} }

func TestWrongSumsAreSeen(t *testing.T) {
	right := wrongSums{1, 2, 4}
	for words, wrong := range map[string]wrongSums{"root": {0, 2, 4}, "view's hash": {1, 0, 4}, "bucket": {1, 2, 0}} {
		seen(t, addUp(right), addUp(wrong), words)
	}
}

func TestLostRecordIsSeen(t *testing.T) {
	c := formed(t, sim.Options{Nodes: 3, Seed: 1})
	n, rule := c.Nodes()[0], newDelivered()
	newer := hearsayv1.NodeRecord{ID: c.Nodes()[1].ID(), Generation: c.Nodes()[1].Generation(), Incarnation: 5}
	stranger := hearsayv1.NodeRecord{ID: "stranger", Generation: 1 << 32, Version: 1}
	for words, record := range map[string]hearsayv1.NodeRecord{"the table holds": newer, "is unknown": stranger} {
		before := rule.Node(c, n)
		in := transport.Inbound{Envelope: &hearsayv1.Envelope{Delta: &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{record}}}}
		if err := rule.Received(c, n, in); err != nil { // and the node never gets it
			t.Fatal(err)
		}
		seen(t, before, rule.Node(c, n), words)
	}
}

func TestOwnRecordThatIsNotOnesOwnIsSeen(t *testing.T) {
	table, err := membership.NewTable(membership.TableConfig{Cluster: "c", Self: "self"})
	if err != nil {
		t.Fatal(err)
	}
	owner := (&hearsayv1.OwnerPart{
		Endpoints: []hearsayv1.Endpoint{{Transport: "memory", IP: []byte{10, 0, 0, 1}, Port: 1}}, Status: hearsayv1.NodeStatusUp, WireMin: 1, WireMax: 1,
	}).AppendTo(nil)
	const generation = 1<<32 | 5
	for _, record := range []hearsayv1.NodeRecord{
		{ID: "well", Generation: generation, Version: 1, Owner: owner},
		{ID: "dead", Generation: generation, Version: 1, Owner: owner, Verdict: hearsayv1.VerdictDead},
		{ID: "accused", Generation: generation, Version: 1, Owner: owner},
	} {
		if _, err := table.Merge(0, &record); err != nil {
			t.Fatal(err)
		}
	}
	accusation := hearsayv1.Accusation{
		Subject: wire.Key("accused"), Generation: generation, Accuser: wire.Key("well"), Evidence: hearsayv1.EvidenceNack,
	}
	if _, err := table.MergeAccusation(0, &accusation); err != nil {
		t.Fatal(err)
	}
	judge := func(id, own string, g uint64) error { return ownRecord(table.LookupID(id), own, g) }
	well := judge("well", "well", generation)
	seen(t, well, judge("well", "other", generation), "that of well")
	seen(t, well, judge("well", "well", generation+1), "generation")
	seen(t, well, judge("dead", "dead", generation), "says Dead")
	seen(t, well, judge("accused", "accused", generation), "stands accused")
}

func TestWhatGrowsWithoutBoundIsSeen(t *testing.T) {
	fine := within(10, 10, membership.Stats{Rumours: 10})
	seen(t, fine, within(10, 2000, membership.Stats{}), "entries")
	seen(t, fine, within(10, 10, membership.Stats{Rumours: 10_000}), "rumours")
	seen(t, fine, within(10, 10, membership.Stats{OutboundDropped: 1}), "dropped")
}

func TestBadAccusationsAreSeen(t *testing.T) {
	c := formed(t, sim.Options{Nodes: 2, Seed: 1})
	rule := newAccused()
	good := hearsayv1.Accusation{Subject: 1, Accuser: 2, Evidence: hearsayv1.EvidenceNack}
	own, bare, alone := good, good, good
	own.Accuser, bare.Evidence, alone.Evidence = 1, hearsayv1.EvidenceUnspecified, hearsayv1.EvidenceSilence
	seen(t, rule.note(c, &good), rule.note(c, &own), "accuses itself")
	seen(t, nil, rule.note(c, &bare), "without a reason")
	seen(t, nil, rule.note(c, &alone), "its own word alone")
	if _, kept := rule.charges[charge{subject: 1}]; !kept || len(rule.charges) != 1 {
		t.Errorf("kept are %v", rule.charges)
	}
}

func TestObserverInATableIsSeen(t *testing.T) {
	c := formed(t, sim.Options{Nodes: 4, Observers: 1, Seed: 1, Checkers: func() []sim.Checker { return []sim.Checker{Observers{}} }})
	from, to, observer := c.Nodes()[1], c.Nodes()[2], c.Nodes()[3]
	record := hearsayv1.NodeRecord{ID: observer.ID(), Generation: 1<<32 | 5, Version: 1}
	from.Coordinator().Table().Self().CopyTo(&record)
	record.ID = observer.ID()
	e := hearsayv1.Envelope{
		Sender: wire.Key(from.ID()), Generation: uint32(from.Generation()),
		Delta: &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{record}},
	}
	c.Network().Inject(from.Address(), to.Address(), sim.ClusterName, transport.MinWireVersion, e.AppendTo(nil), 0)
	var failure *sim.Failure
	if err := c.Run(15 * time.Second); !errors.As(err, &failure) || failure.Checker != (Observers{}).Name() {
		t.Errorf("got %v", err)
	}
}

func TestBrokenQuarantineIsSeen(t *testing.T) {
	c := formed(t, sim.Options{Nodes: 3, Seed: 1, Checkers: func() []sim.Checker { return []sim.Checker{Quarantine{}} }})
	n, out := c.Nodes()[0], c.Nodes()[1]
	if err := n.Quarantine(out, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := c.Run(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	other, self := transport.Outbound{Target: c.Nodes()[2].Address()}, transport.Outbound{Target: out.Address()}
	seen(t, Quarantine{}.Handed(c, n, other), Quarantine{}.Handed(c, n, self), "sent something")
	// The operator of the run does not know of it.
	if !n.Coordinator().Release(membership.Instant(c.Now()), membership.Block{ID: out.ID()}) {
		t.Fatal("nothing to release")
	}
	var failure *sim.Failure
	if err := c.Run(30 * time.Second); !errors.As(err, &failure) || failure.Checker != (Quarantine{}).Name() {
		t.Errorf("got %v", err)
	}
}

func TestWordOfAllThatIsGivenTooEarlyIsSeen(t *testing.T) {
	c := formed(t, sim.Options{Nodes: 3, Seed: 1})
	n, rule := c.Nodes()[0], newConsensus()
	table := n.Coordinator().Table()
	told := membership.Converged{Hash: table.ViewHash(), Members: table.LiveCount()}
	for _, other := range c.Nodes()[1:] {
		rule.of(other).view[told.Hash] = struct{}{}
	}
	before := rule.Event(c, n, told)
	delete(rule.of(c.Nodes()[2]).view, told.Hash)
	seen(t, before, rule.Event(c, n, told), "never had it")
	if err := rule.Sent(c, c.Nodes()[2], transport.Outbound{Envelope: &hearsayv1.Envelope{Root: table.Root()}}, nil); err != nil {
		t.Fatal(err)
	}
	told.Members++
	seen(t, nil, rule.Event(c, n, told), "itself it has")
}

func TestLostAndForgedWritesAreSeen(t *testing.T) {
	slot := state.Slot{Type: 9, Field: 1}
	write := func(text string) state.Change { return state.Change{Slot: slot, Value: []byte(text)} }
	c := formed(t, sim.Options{Nodes: 2, Seed: 1})
	n, other, rule := c.Nodes()[0], c.Nodes()[1], newWrites()
	if err := n.Write(write("one")); err != nil {
		t.Fatal(err)
	}
	if err := c.Run(12 * time.Second); err != nil {
		t.Fatal(err)
	}
	before := errors.Join(rule.Node(c, n), rule.Node(c, other), rule.Node(c, other))
	// What the other holds is not what was written at that version.
	clear(rule.of(other).copies)
	for said := range rule.said {
		rule.said[said]++
	}
	seen(t, before, errors.Join(rule.Node(c, other), rule.Node(c, other)), "not what was written")
	// Written behind the operator's back.
	if err := n.Coordinator().WriteState(membership.Instant(c.Now()), []state.Change{write("two")}); err != nil {
		t.Fatal(err)
	}
	seen(t, nil, rule.Node(c, n), "wrote 3 bytes")
}
