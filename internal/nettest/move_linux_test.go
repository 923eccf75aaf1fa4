package nettest

import (
	"testing"
	"time"
)

// A cluster moves from UDP to QUIC by rolling restarts, as docs/moving.md says:
// nobody is suspected, nobody is lost, and what members say stays known.
func TestMoveFromUDPToQUIC(t *testing.T) {
	t.Parallel()
	needLab(t)
	c := newCluster(t, "udp", "lab", newLab(t, 4, ipv4Only), ipv4Only)
	all := c.startAll(c.lab.hosts...)
	for _, step := range []struct {
		kind     string
		also     []string
		seedKind string
	}{
		{"udp", []string{"quic"}, "udp"},
		{"quic", []string{"udp"}, "udp"},
		{"quic", nil, "quic"},
	} {
		c.kind, c.also, c.seedKind = step.kind, step.also, step.seedKind
		for i, p := range all {
			p.leave()
			all[i] = c.start(p.id, c.lab.hosts[i])
			all[i].await("its place in the cluster", func() bool { return all[i].latest["joined"].Event != "" })
		}
		agree(t, all...)
		for _, p := range all {
			if told := p.changesTo(0, "dead", "suspect"); len(told) > 0 {
				t.Errorf("%s also %v: %s has shown %v\n%s", step.kind, step.also, p.id, told, p.tail())
			}
			p.knowsNames(all)
		}
		// Seeds are asked by both networks in turn: what is not their own is
		// malformed to them.
		unheard(t, all, "unauthenticated", "replayed", "foreign")
	}
}

// A firewall that does not let the new port through yet, at the step at which all
// prefer it, costs nobody its place, and can be seen.
func TestMoveWithAClosedPort(t *testing.T) {
	t.Parallel()
	needLab(t)
	c := newCluster(t, "quic", "lab", newLab(t, 4, ipv4Only), ipv4Only)
	c.also, c.seedKind = []string{"udp"}, "udp"
	c.lab.hosts[3].shut(ports["quic"])
	all := c.startAll(c.lab.hosts...)
	quiet(t, all, 4*tolerance, "dead", "suspect")
	agree(t, all...)
	for _, p := range all {
		p.await("a closed port in its log", func() bool {
			return p.logged("a member does not answer by the preferred network; is its port closed?") > 0
		})
		p.knowsNames(all)
	}
	all[3].leave()
	for _, p := range all[:3] {
		p.await("n4 gone in good order", func() bool { return p.lastStatus("n4") == "removed" })
	}
}

// knowsNames waits until the node holds what all members say. A process tells
// that only when it is asked.
func (p *process) knowsNames(all []*process) {
	p.t.Helper()
	deadline, again := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer again.Stop()
	for {
		names, missing := p.ask("state").Members, ""
		for _, other := range all {
			if names[other.id] != other.id {
				missing = other.id
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			p.t.Fatalf("%s does not know what %s says of itself\n%s", p.id, missing, p.tail())
		}
	}
}
