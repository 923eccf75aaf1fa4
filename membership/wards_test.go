package membership

import (
	"fmt"
	"slices"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"pgregory.net/rapid"
)

func TestARefutedWardIsPickedOnce(t *testing.T) {
	c := formed(t, 47, 4, nil)
	n, victim := c.nodes[0], c.nodes[3]
	rec := victim.table.Self().record()
	rec.Verdict = hearsayv1.VerdictDead
	n.table.must(c, rec)
	n.changed(n.table.Lookup(victim.key))
	if n.shown.wards.find(victim.key) == nil || len(n.pickPeers(9, nil)) != 3 {
		t.Fatal("it is no ward")
	}
	rec.Verdict = hearsayv1.VerdictNone
	rec.Incarnation++
	n.table.must(c, rec)
	n.changed(n.table.Lookup(victim.key))
	if picked := n.pickPeers(9, nil); len(picked) != 3 || n.shown.wards.find(victim.key) != nil {
		t.Fatalf("picked %d of 3", len(picked))
	}
}

// Its last Tick may be the one in which the time of a ward ends.
func TestWhoHasEndedAsksNobodyAboutItsWards(t *testing.T) {
	c := formed(t, 50, 4, nil)
	n := c.nodes[0]
	if err := n.Leave(c.now); err != nil {
		t.Fatal(err)
	}
	for ; !n.Left(); c.now = c.now.Add(time.Millisecond) {
		n.shown.wards.put(ward{key: c.nodes[3].key, until: c.now})
		n.Tick(c.now, time.Time{})
		for _, out := range n.Outbound() {
			if n.Left() && out.Envelope.Want != nil {
				t.Fatalf("it has left, and asks for %v", out.Envelope.Want.Keys)
			}
		}
	}
}

// must merges a record that is news.
func (t *Table) must(c *cluster, rec hearsayv1.NodeRecord) {
	if outcome, err := t.Merge(c.now, &rec); err != nil || !outcome.Has(Changed) {
		panic(fmt.Sprintf("outcome %d, %v", outcome, err))
	}
}

func TestWardsAgainstAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, want := newWardList(), map[uint64]ward{}
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			key := rapid.Uint64Range(1, 20).Draw(t, "key")
			if rapid.Bool().Draw(t, "drop") {
				l.drop(key)
				delete(want, key)
			} else {
				w := ward{key: key, until: Instant(rapid.Int64Range(1, 9).Draw(t, "until"))}
				l.put(w)
				want[key] = w
			}
			if len(l.list) != len(want) || len(l.index) != len(want) {
				t.Fatalf("%d wards, want %d", len(l.list), len(want))
			}
			for key, w := range want {
				if got := l.find(key); got == nil || *got != w || l.due > w.until {
					t.Fatalf("ward %v, want %v; due %d", got, w, l.due)
				}
			}
		}
	})
}

func TestUnsaidIDsAreBoundedSortedAndDistinct(t *testing.T) {
	var u unsaidIDs
	for i := range 10_000 {
		u.note(fmt.Sprint(i * 7919 % 100))
		if len(u.ids) > 2*100+64+1 {
			t.Fatalf("%d ids of 100", len(u.ids))
		}
	}
	if ids := u.sort(); len(ids) != 100 || !slices.IsSorted(ids) {
		t.Fatalf("%d ids: %v", len(ids), ids)
	}
}

// An accusation that a node made in an earlier life comes back to it.
func TestWhatAnEarlierLifeAccusedIsNoSuspicionOfThisOne(t *testing.T) {
	c := formed(t, 48, 5, func(cfg *Config) { cfg.Detector = DetectorSWIM })
	n, teller, subject := c.nodes[0], c.nodes[1], c.nodes[4]
	env := teller.header()
	env.Accusations = []hearsayv1.Accusation{{
		Subject: subject.key, Generation: subject.Generation(), Accuser: n.key, Evidence: hearsayv1.EvidenceNack,
	}}
	c.ask(n, teller.at, env)
	if e := n.table.Lookup(subject.key); e.AccusedBy(n.key) != hearsayv1.EvidenceNack {
		t.Fatal("it was not merged")
	}
	if s := n.detector.(*swim); len(s.suspicions) != 0 {
		t.Fatalf("it is held for an own suspicion: %+v", s.suspicions)
	}
}

func TestAnAccusationThatIsAheadCountsWhenTheRecordHasCaughtUp(t *testing.T) {
	c := formed(t, 49, 5, nil)
	n, teller, subject := c.nodes[0], c.nodes[1], c.nodes[4]
	c.crash(subject)
	env := teller.header()
	env.Accusations = []hearsayv1.Accusation{{
		Subject: subject.key, Generation: subject.Generation(), Incarnation: 1, Accuser: teller.key, Evidence: hearsayv1.EvidenceNack,
	}}
	c.ask(n, teller.at, env)
	w := n.detector.(*witness)
	if len(w.trials) != 0 {
		t.Fatal("there is a case without a record")
	}
	rec := n.table.Lookup(subject.key).record()
	rec.Incarnation = 1
	c.hearsay(n, teller, rec)
	if len(w.trials) != 1 || !n.rumours.has(rumourName{subject.key, teller.key}) {
		t.Fatalf("%d cases; the accusation waits as a rumour: %v", len(w.trials), n.rumours.has(rumourName{subject.key, teller.key}))
	}
	c.run(2*time.Second, nil)
	if got := n.statusOf(subject.cfg.ID); got != StatusSuspect {
		t.Fatalf("it is shown %v", got)
	}
}
