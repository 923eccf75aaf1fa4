package membership

import (
	"fmt"
	"strings"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/state"
)

// reports is a write of a node's health.
func reports(health Health) state.Change {
	value := (&hearsayv1.Metadata{Health: hearsayv1.NodeHealth(health)}).AppendTo(nil)
	return state.Change{Slot: healthSlot, Value: value, Deleted: len(value) == 0, Priority: state.PriorityHigh}
}

// shows tells whether a node shows a member's health.
func (n *testNode) shows(member string, want Health) bool {
	m, ok := n.View().Get(member)
	return ok && m.Health == want
}

func TestAnUnhealthyMemberIsKnownToAllAndStaysAMember(t *testing.T) {
	c := formed(t, 331, 16, nil)
	n := c.nodes[3]
	o := c.observer(100, addressOf(0))
	shown := func(want Health) func() bool {
		return func() bool {
			for _, other := range c.nodes[:16] {
				if !other.shows(n.cfg.ID, want) {
					return false
				}
			}
			return true
		}
	}
	version := n.table.Self().Version()
	for _, health := range []Health{HealthUnhealthy, HealthDegraded, HealthHealthy, HealthUnreported} {
		c.write(n, reports(health))
		c.within(time.Second, health.String()+" is known to all", shown(health))
	}
	c.write(n, reports(HealthUnhealthy))
	c.run(time.Minute, nil)
	if !c.allSee(16, StatusUp) || !shown(HealthUnhealthy)() {
		t.Fatal("what a node says of its health costs it its place")
	}
	if n.table.Self().Version() != version {
		t.Error("it is told in the record")
	}
	late := c.start(c.config(20), addressOf(0))
	c.within(5*time.Second, "a late comer and an observer know it too", func() bool {
		return late.shows(n.cfg.ID, HealthUnhealthy) && o.shows(n.cfg.ID, HealthUnhealthy)
	})
	c.check()
}

func TestHealthIsToldOfTheLiveAlone(t *testing.T) {
	c := formed(t, 332, 8, nil)
	watching, n := c.nodes[0], c.nodes[5]
	c.write(n, reports(HealthDegraded))
	c.run(time.Second, nil)
	c.crash(n)
	c.within(20*time.Second, "it is found dead", func() bool { return watching.statusOf(n.cfg.ID) == StatusDead })
	if !watching.shows(n.cfg.ID, HealthUnreported) {
		t.Error("the dead have a health")
	}
	back := c.start(n.cfg, addressOf(0))
	c.write(back, reports(HealthHealthy))
	c.within(10*time.Second, "it is back", func() bool { return watching.shows(n.cfg.ID, HealthHealthy) })
	var told []string
	for _, event := range watching.events {
		switch e := event.(type) {
		case MemberHealthChanged:
			told = append(told, fmt.Sprintf("%s: %v to %v", e.Member.ID, e.From, e.Member.Health))
		case MemberStatusChanged:
			if e.Member.Status == StatusDead {
				told = append(told, e.Member.ID+" is dead")
			}
		}
	}
	want := "node-005: unreported to degraded, node-005 is dead, node-005: unreported to healthy"
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	c.check()
}

func TestHealthAsText(t *testing.T) {
	for h := HealthUnreported; h <= HealthUnhealthy; h++ {
		text, err := h.MarshalText()
		var back Health
		if err != nil || back.UnmarshalText(text) != nil || back != h || string(text) != h.String() {
			t.Errorf("%v: %s, %v", h, text, back)
		}
	}
	var h Health
	if h.UnmarshalText([]byte("fine")) == nil || Health(9).String() != "unreported" {
		t.Error("a word that is none is taken")
	}
	for told, want := range map[hearsayv1.NodeHealth]Health{-1: HealthUnreported, 4: HealthUnreported, 3: HealthUnhealthy, 0: HealthUnreported} {
		if got := healthOf(told); got != want {
			t.Errorf("%d: %v, want %v", told, got, want)
		}
	}
}
