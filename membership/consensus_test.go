package membership

import (
	"testing"
	"time"
)

// converged returns the Converged events that a node has told.
func (n *testNode) converged() (told []Converged) {
	for _, e := range n.events {
		if e, ok := e.(Converged); ok {
			told = append(told, e)
		}
	}
	return told
}

func TestWhoWaitsHearsThatAllHaveSeenAView(t *testing.T) {
	c := formed(t, 60, 40, nil)
	n := c.nodes[7]
	n.events = nil
	if err := c.nodes[3].SetZone(c.now, "elsewhere"); err != nil {
		t.Fatal(err)
	}
	c.step(c.nodes[3])
	n.AwaitConverged(c.now, true)
	c.step(n)
	var told Converged
	took := c.within(3*time.Second, "all have seen it", func() bool {
		for _, e := range n.converged() {
			told = e
			return e.Hash == c.nodes[3].table.ViewHash()
		}
		return false
	})
	t.Logf("took %v", took)
	for _, node := range c.nodes {
		if node.table.ViewHash() != told.Hash {
			t.Errorf("%s has not seen it", node.cfg.ID)
		}
	}
	if told.Members != 40 || told.Version != n.View().Version {
		t.Errorf("told %+v", told)
	}
}

func TestNobodyIsAskedUnlessSomebodyWaits(t *testing.T) {
	c := formed(t, 61, 24, nil)
	c.run(20*time.Second, nil)
	n := c.nodes[0]
	before := n.sent
	c.run(10*time.Second, nil)
	quiet := n.sent - before
	if quiet > 2*(10+3) {
		t.Errorf("%d envelopes in 10 quiet periods", quiet)
	}
	n.AwaitConverged(c.now, true)
	c.step(n)
	c.run(time.Second, nil)
	if told := n.converged(); len(told) == 0 {
		t.Fatal("it was not told again")
	}
	n.AwaitConverged(c.now, false)
	before = n.sent
	c.run(10*time.Second, nil)
	if n.sent-before > quiet+6 {
		t.Errorf("%d envelopes in 10 periods after the wait, %d before", n.sent-before, quiet)
	}
}

func TestThereIsNoConsensusWithoutThoseThatCannotBeReached(t *testing.T) {
	c := formed(t, 62, 6, nil)
	n := c.nodes[0]
	c.crash(c.nodes[5])
	if err := n.SetZone(c.now, "moved"); err != nil {
		t.Fatal(err)
	}
	n.events = nil
	n.AwaitConverged(c.now, true)
	c.step(n)
	c.run(2*time.Second, nil)
	if len(n.converged()) > 0 {
		t.Fatal("it was told while one had not seen it")
	}
	c.within(20*time.Second, "told when the dead one counts no more", func() bool {
		told := n.converged()
		return len(told) > 0 && told[0].Members == 5
	})
}

func TestANodeThatIsAloneAgreesWithItself(t *testing.T) {
	c := newCluster(t, 63)
	n := c.start(c.config(0))
	c.run(time.Second, nil)
	if told := n.converged(); len(told) != 1 || told[0].Members != 1 {
		t.Errorf("told %+v", told)
	}
	if a := n.Agreement(c.now); a != (Agreement{Share: 1}) {
		t.Errorf("agreement %+v", a)
	}
}

func TestAgreementIsTheShareOfThoseHeardLately(t *testing.T) {
	c := formed(t, 64, 10, nil)
	c.run(20*time.Second, nil)
	n := c.nodes[0]
	if a := n.Agreement(c.now); a.Share != 1 || a.Heard < 8 || a.Heard > 9 {
		t.Errorf("in a still cluster: %+v", a)
	}
	// What this node alone knows, the others do not.
	if err := n.SetZone(c.now, "moved"); err != nil {
		t.Fatal(err)
	}
	if a := n.Agreement(c.now); a.Share != 0 || a.Heard < 8 {
		t.Errorf("after a change of its own: %+v", a)
	}
	if a := n.Agreement(c.now.Add(time.Minute)); a.Heard != 0 || a.Share != 1 {
		t.Errorf("after a minute without a word: %+v", a)
	}
}
