package membership

import (
	"math"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// told is what a liar says.
type told struct {
	records     []hearsayv1.NodeRecord
	accusations []hearsayv1.Accusation
}

// lie is something that no correct node says of a victim, and what of its hearer
// must rise; nil if nothing need, as it is outdone.
type lie struct {
	say   func(victim *testNode) told
	rises func(Stats) uint64
}

func refusedRecords(s Stats) uint64 { return s.RecordsRefused }

// ofRecord is a lie about a victim's record.
func ofRecord(rises func(Stats) uint64, change func(rec *hearsayv1.NodeRecord)) lie {
	return lie{func(v *testNode) told {
		rec := v.table.Self().record()
		change(&rec)
		return told{records: []hearsayv1.NodeRecord{rec}}
	}, rises}
}

// ofGuilt is one by which somebody accuses the victim.
func ofGuilt(rises func(Stats) uint64, change func(a *hearsayv1.Accusation)) lie {
	return lie{func(v *testNode) told {
		a := hearsayv1.Accusation{Subject: v.key, Generation: v.Generation(), Accuser: 3, Evidence: hearsayv1.EvidenceNack}
		change(&a)
		return told{accusations: []hearsayv1.Accusation{a}}
	}, rises}
}

var lies = map[string]lie{
	"an accusation of nobody known": ofGuilt(refusedRecords, func(a *hearsayv1.Accusation) { a.Subject = 1 }),
	"an accusation by the accused":  ofGuilt(nil, func(a *hearsayv1.Accusation) { a.Accuser = a.Subject }),
	"an accusation of the last incarnation": ofGuilt(nil, func(a *hearsayv1.Accusation) {
		a.Incarnation = math.MaxUint32
	}),
	"an accusation of a life to come": ofGuilt(nil, func(a *hearsayv1.Accusation) { a.Generation += 1 << 40 }),
	"a generation beyond the last": ofRecord(refusedRecords, func(rec *hearsayv1.NodeRecord) {
		rec.Generation = uint64(NewGeneration(MaxCounter, 1)) + 1<<32
	}),
	"a generation of no counter": ofRecord(refusedRecords, func(rec *hearsayv1.NodeRecord) { rec.Generation = 5 }),
	"a version from the future":  ofRecord(nil, func(rec *hearsayv1.NodeRecord) { rec.Version = math.MaxUint32 }),
	"other words under the last version": ofRecord(nil, func(rec *hearsayv1.NodeRecord) {
		part := hearsayv1.OwnerPart{Status: hearsayv1.NodeStatusUp, Zone: "elsewhere", WireMin: 1, WireMax: 1}
		part.Endpoints = []hearsayv1.Endpoint{{Transport: "udp", IP: []byte{10, 9, 9, 9}, Port: 7946}}
		rec.Version, rec.Owner = math.MaxUint32, part.AppendTo(nil)
	}),
	"a death in the last incarnation": ofRecord(nil, func(rec *hearsayv1.NodeRecord) {
		rec.Incarnation, rec.Verdict = math.MaxUint32, hearsayv1.VerdictDead
	}),
	"a removal":           ofRecord(nil, func(rec *hearsayv1.NodeRecord) { rec.Verdict = hearsayv1.VerdictRemoved }),
	"progress at its end": ofRecord(nil, func(rec *hearsayv1.NodeRecord) { rec.StateVersion = math.MaxUint64 }),
	"a record of no id":   ofRecord(refusedRecords, func(rec *hearsayv1.NodeRecord) { rec.ID = "" }),
}

// What no correct node says in the name of a member is taken, outdone or refused
// and counted, one way or another; it changes nobody's own record but by the node
// itself, and the cluster is soon as it was.
func TestWhatNoCorrectNodeSaysIsOutdoneOrCounted(t *testing.T) {
	for name, test := range lies {
		for _, about := range []string{"itself", "another"} {
			t.Run(name+" about "+about, func(t *testing.T) {
				c := formed(t, 3300, 4, nil)
				n, victim, liar := c.nodes[0], c.nodes[0], c.nodes[1]
				if about == "another" {
					victim = c.nodes[2]
				}
				say := test.say(victim)
				env := &hearsayv1.Envelope{Sender: liar.key, Generation: liar.nonce, Accusations: say.accusations}
				if len(say.records) > 0 {
					env.Delta = &hearsayv1.MembershipDelta{Records: say.records}
				}
				before := n.Stats()
				n.Handle(c.now, Inbound{Source: liar.at, Network: "udp", Version: 1, Envelope: env})
				c.step(n)
				c.check()
				if test.rises != nil && test.rises(n.Stats()) == test.rises(before) {
					t.Errorf("nothing is counted: %+v", n.Stats())
				}
				c.within(20*time.Second, "all are Up again", func() bool { return c.allSee(4, StatusUp) })
				for _, node := range c.nodes {
					if node.table.Self().Zone() != "" {
						t.Errorf("%s says what another wrote for it", node.cfg.ID)
					}
				}
				c.check()
			})
		}
	}
}

// Who is dead is found so, whatever a member says all the time of lives and
// incarnations that it never had.
func TestNobodyIsMadeImmortal(t *testing.T) {
	for name, ahead := range map[string]func(a *hearsayv1.Accusation, second int){
		"by lives to come":        func(a *hearsayv1.Accusation, second int) { a.Generation += 1<<40 + uint64(second)<<32 },
		"by incarnations to come": func(a *hearsayv1.Accusation, second int) { a.Incarnation += 1 + uint32(second) },
		"by the last incarnation": func(a *hearsayv1.Accusation, _ int) { a.Incarnation = math.MaxUint32 },
	} {
		t.Run(name, func(t *testing.T) {
			c := formed(t, 3310, 6, nil)
			victim := c.nodes[5]
			tell := func(second int) {
				for i, n := range c.nodes[:5] {
					liar := c.nodes[(i+1)%5] // whoever lies in whose name
					a := hearsayv1.Accusation{
						Subject: victim.key, Generation: victim.Generation(), Accuser: liar.key, Evidence: hearsayv1.EvidenceNack,
					}
					ahead(&a, second)
					env := &hearsayv1.Envelope{Sender: liar.key, Generation: liar.nonce, Accusations: []hearsayv1.Accusation{a}}
					n.Handle(c.now, Inbound{Source: liar.at, Network: "udp", Version: 1, Envelope: env})
					c.step(n)
				}
			}
			for second := range 60 {
				if second == 2 {
					c.crash(victim)
				}
				tell(second)
				c.run(time.Second, nil)
				c.check()
				if c.allSee(5, StatusUp) {
					t.Logf("found after %d s", second-2)
					return
				}
			}
			t.Error("a dead member is shown as alive")
		})
	}
}
