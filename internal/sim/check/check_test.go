package check_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/check"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/wire"
)

// forge is a fault: an envelope that no correct node would write arrives.
type forge func(c *sim.Cluster) *hearsayv1.Envelope

func (f forge) Apply(c *sim.Cluster) error {
	from, to := c.Nodes()[1], c.Nodes()[2]
	e := f(c)
	e.Sender, e.Generation = wire.Key(from.ID()), uint32(from.Generation())
	c.Network().Inject(from.Address(), to.Address(), sim.ClusterName, transport.MinWireVersion, e.AppendTo(nil), 0)
	return nil
}

func (forge) String() string { return "forge" }

// recordOf returns what a node's table says of another.
func recordOf(c *sim.Cluster, at, of int) hearsayv1.NodeRecord {
	var r hearsayv1.NodeRecord
	c.Nodes()[at].Coordinator().Table().LookupID(c.Nodes()[of].ID()).CopyTo(&r)
	return r
}

func delta(r hearsayv1.NodeRecord) *hearsayv1.Envelope {
	return &hearsayv1.Envelope{Delta: &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{r}}}
}

// Each rule that can be broken from outside is broken once.
func TestRulesCanFail(t *testing.T) {
	tests := []struct {
		rule  string
		forge forge
	}{
		{"owners alone write", func(c *sim.Cluster) *hearsayv1.Envelope {
			r := recordOf(c, 1, 3)
			part := hearsayv1.OwnerPart{}
			if err := part.Unmarshal(r.Owner); err != nil {
				panic(err)
			}
			part.Zone = "elsewhere"
			r.Version, r.Owner = r.Version+1, part.AppendTo(nil)
			return delta(r)
		}},
		{"no death without a witness", func(c *sim.Cluster) *hearsayv1.Envelope {
			r := recordOf(c, 1, 3)
			r.Verdict = hearsayv1.VerdictDead
			return delta(r)
		}},
		{"accusations", func(c *sim.Cluster) *hearsayv1.Envelope {
			r, e := recordOf(c, 1, 3), &hearsayv1.Envelope{}
			subject := wire.Key(r.ID)
			e.Accusations = []hearsayv1.Accusation{{
				Subject: subject, Generation: r.Generation, Incarnation: r.Incarnation,
				Accuser: subject, Evidence: hearsayv1.EvidenceNack,
			}}
			return e
		}},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			c, err := sim.New(sim.Options{Nodes: 5, Seed: 1, Checkers: check.All})
			if err != nil {
				t.Fatal(err)
			}
			c.At(10*time.Second, test.forge)
			err = c.Run(20 * time.Second)
			var failure *sim.Failure
			if test.rule == "accusations" {
				// The protocol itself refuses it: then there is nothing to see.
				if err != nil && (!errors.As(err, &failure) || failure.Checker != test.rule) {
					t.Fatalf("got %v", err)
				}
				return
			}
			if !errors.As(err, &failure) || failure.Checker != test.rule {
				t.Fatalf("got %v, want a failure of %q", err, test.rule)
			}
			if failure.At < 10*time.Second || failure.Node == "" {
				t.Errorf("it failed at %s, %v", failure.Node, failure.At)
			}
		})
	}
}

// pair returns a cluster of two, without rules, to call rules by hand.
func pair(t *testing.T) *sim.Cluster {
	t.Helper()
	c, err := sim.New(sim.Options{Nodes: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	return c
}

// rule returns the rule of a name.
func rule(t *testing.T, name string) sim.Checker {
	t.Helper()
	for _, r := range check.All() {
		if r.Name() == name {
			return r
		}
	}
	t.Fatalf("no rule %q", name)
	return nil
}

func TestEventsOutOfOrderAreSeen(t *testing.T) {
	member := func(status membership.Status, generation uint64, incarnation uint32) membership.Member {
		return membership.Member{ID: "x", Status: status, Generation: generation, Incarnation: incarnation}
	}
	const (
		joining, up, suspect = membership.StatusJoining, membership.StatusUp, membership.StatusSuspect
		leaving, dead, gone  = membership.StatusLeaving, membership.StatusDead, membership.StatusRemoved
	)
	tests := []struct {
		name string
		told []membership.Member
		ok   bool
	}{
		{"a whole life", []membership.Member{member(joining, 5, 0), member(up, 5, 0), member(suspect, 5, 0), member(up, 5, 1), member(leaving, 5, 1), member(gone, 5, 1)}, true},
		{"back with a refutation", []membership.Member{member(up, 5, 0), member(dead, 5, 0), member(up, 5, 1)}, true},
		{"back as a new life", []membership.Member{member(up, 5, 3), member(gone, 5, 3), member(joining, 6, 0)}, true},
		{"back without a refutation", []membership.Member{member(up, 5, 0), member(dead, 5, 0), member(up, 5, 0)}, false},
		{"removed and back", []membership.Member{member(up, 5, 0), member(gone, 5, 0), member(up, 5, 1)}, false},
		{"an earlier life", []membership.Member{member(up, 5, 0), member(dead, 4, 0)}, false},
		{"joins twice", []membership.Member{member(up, 5, 0), member(joining, 5, 0)}, false},
		{"stays after all", []membership.Member{member(leaving, 5, 0), member(up, 5, 1)}, false},
		{"incarnation falls", []membership.Member{member(up, 5, 2), member(suspect, 5, 1)}, false},
		{"nothing new", []membership.Member{member(up, 5, 0), member(up, 5, 0)}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := pair(t)
			order := rule(t, "order of events").(sim.EventChecker)
			from, failed := membership.StatusUnknown, error(nil)
			for _, m := range test.told {
				err := order.Event(c, c.Nodes()[0], membership.MemberStatusChanged{Member: m, From: from})
				failed = errors.Join(failed, err)
				from = m.Status
			}
			if (failed == nil) != test.ok {
				t.Fatalf("got %v", failed)
			}
		})
	}
}

func TestEventThatStartsElsewhereIsSeen(t *testing.T) {
	c := pair(t)
	order := rule(t, "order of events").(sim.EventChecker)
	err := order.Event(c, c.Nodes()[0], membership.MemberStatusChanged{
		Member: membership.Member{ID: "x", Status: membership.StatusDead}, From: membership.StatusUp,
	})
	if err == nil {
		t.Fatal("a member goes from Up to Dead that was never shown Up")
	}
}

func TestViewThatDoesNotFollowFromEventsIsSeen(t *testing.T) {
	c := pair(t)
	n := c.Nodes()[0]
	views := rule(t, "views from events").(sim.EventChecker)
	view := n.Coordinator().View()
	all := membership.TopologyUpdated{View: view, Full: true}
	for m := range view.Members() {
		all.Changed = append(all.Changed, m)
	}
	if err := views.Event(c, n, all); err != nil {
		t.Fatal(err)
	}
	if err := views.Event(c, n, all); err == nil || !strings.Contains(err.Error(), "follows") {
		t.Errorf("the same view twice: %v", err)
	}
	later := *view
	later.Version++
	some := membership.TopologyUpdated{View: &later, Full: true, Changed: all.Changed[:1]}
	if err := views.Event(c, n, some); err == nil {
		t.Error("an update that leaves a member out of a full view was not seen")
	}
}

func TestBadDatagramsAreSeen(t *testing.T) {
	c := pair(t)
	n := c.Nodes()[0]
	datagrams := rule(t, "datagrams").(sim.SendChecker)
	good := hearsayv1.Envelope{Sender: wire.Key(n.ID()), Sequence: 5, Probe: 7}
	send := func(e hearsayv1.Envelope, encoded []byte) error {
		return datagrams.Sent(c, n, transport.Outbound{Envelope: &e}, encoded)
	}
	if err := send(good, good.AppendTo(nil)); err != nil {
		t.Fatal(err)
	}
	foreign, silent, crowded := good, good, good
	foreign.Sender++
	silent.Sequence = 0
	crowded.Sum, crowded.Want = &hearsayv1.Sum{}, &hearsayv1.Want{}
	large := good
	large.Token = make([]byte, c.Options().DatagramBudget)
	for name, e := range map[string]hearsayv1.Envelope{
		"foreign sender": foreign, "probe without sequence": silent, "sum with want": crowded, "over budget": large,
	} {
		if send(e, e.AppendTo(nil)) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
	if send(good, []byte{0xff}) == nil {
		t.Error("bytes that do not decode: not seen")
	}
}

func TestFalseDeathIsSeenOnlyWhereNothingWasDone(t *testing.T) {
	c := pair(t)
	rule := rule(t, "no false death").(sim.EventChecker)
	victim := c.Nodes()[1]
	m, _ := c.Nodes()[0].Coordinator().View().Get(victim.ID())
	m.Status = membership.StatusDead
	death := membership.MemberStatusChanged{Member: m, From: membership.StatusUp}
	if rule.Event(c, c.Nodes()[0], death) == nil {
		t.Error("a false death was not seen")
	}
	c.Disturb()
	if err := rule.Event(c, c.Nodes()[0], death); err != nil {
		t.Errorf("where something was lost: %v", err)
	}
}
