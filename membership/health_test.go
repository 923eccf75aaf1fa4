package membership

import (
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

func TestAnUnhealthyMemberIsKnownToAllAndStaysAMember(t *testing.T) {
	c := formed(t, 331, 16, nil)
	n := c.nodes[3]
	healthOf := func(want Health) func() bool {
		return func() bool {
			for _, other := range c.nodes {
				if m, ok := other.View().Get(n.cfg.ID); !ok || m.Health != want {
					return false
				}
			}
			return true
		}
	}
	for _, health := range []Health{HealthUnhealthy, HealthDegraded, HealthHealthy, HealthUnreported} {
		if err := n.SetHealth(c.now, health); err != nil {
			t.Fatal(err)
		}
		n.next = c.now
		c.within(time.Second, health.String()+" is known to all", healthOf(health))
	}
	if err := n.SetHealth(c.now, HealthUnhealthy); err != nil {
		t.Fatal(err)
	}
	c.run(time.Minute, nil)
	if !c.allSee(16, StatusUp) || !healthOf(HealthUnhealthy)() {
		t.Fatal("what a node says of its health costs it its place")
	}
	late := c.start(c.config(20), addressOf(0))
	c.within(5*time.Second, "a late comer knows it too", func() bool {
		m, _ := late.View().Get(n.cfg.ID)
		return m.Health == HealthUnhealthy
	})
}

func TestHealthIsConfiguredOrSetAndChecked(t *testing.T) {
	c := newCluster(t, 332)
	cfg := c.config(0)
	cfg.Health = HealthHealthy
	n := c.start(cfg)
	c.run(time.Second, nil)
	if m, _ := n.View().Get(cfg.ID); m.Health != HealthHealthy {
		t.Errorf("shown as %v", m.Health)
	}
	if err := n.SetHealth(c.now, 9); err == nil || n.cfg.Health != HealthHealthy {
		t.Errorf("no such health: %v", err)
	}
	version := n.table.Self().Version()
	if err := n.SetHealth(c.now, HealthHealthy); err != nil || n.table.Self().Version() != version {
		t.Errorf("what was said before is said again: %v", err)
	}
	_ = n.Leave(c.now)
	c.run(time.Minute, nil)
	if err := n.SetHealth(c.now, HealthHealthy); err != ErrStopped {
		t.Errorf("after the end: %v", err)
	}
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
