package nettest

import (
	"net/netip"
	"syscall"
	"testing"
	"time"
)

func TestJoinAndLeave(t *testing.T) {
	t.Parallel()
	onEach(t, 5, ipv4Only, func(c *cluster) {
		all := c.startAll(c.lab.hosts...)
		all[4].leave()
		for _, p := range all[:4] {
			p.await("n5 gone in good order", func() bool { return p.lastStatus("n5") == "removed" })
		}
		agree(c.t, all[:4]...)
		unheard(c.t, all[:4], "unauthenticated", "replayed", "malformed", "foreign", "limited")
	})
}

// One socket, and one port of UDP open to it, is all that a node needs: a
// firewall drops everything else.
func TestOnePortIsEnough(t *testing.T) {
	t.Parallel()
	onEach(t, 5, ipv4Only, func(c *cluster) {
		c.lab.wall(ports[c.kind])
		all := c.startAll(c.lab.hosts...)
		for _, p := range all {
			if got := p.sockets(); got != 1 {
				c.t.Errorf("%s has %d sockets", p.id, got)
			}
		}
		all[1].kill()
		agree(c.t, without(all, 1)...)
		all[4].leave()
		agree(c.t, all[0], all[2], all[3])
	})
}

func TestCrashIsFound(t *testing.T) {
	t.Parallel()
	onEach(t, 5, ipv4Only, func(c *cluster) {
		all := c.startAll(c.lab.hosts...)
		all[2].kill()
		agree(c.t, without(all, 2)...)
		// It comes back as the same node in a new life.
		all[2] = c.start("n3", c.lab.hosts[2])
		agree(c.t, all...)
	})
}

func TestPulledCableIsFoundAndHeals(t *testing.T) {
	t.Parallel()
	onEach(t, 5, ipv4Only, func(c *cluster) {
		all := c.startAll(c.lab.hosts...)
		c.lab.hosts[3].unplug()
		agree(c.t, without(all, 3)...)
		c.lab.hosts[3].plug()
		agree(c.t, all...)
	})
}

func TestAPauseIsForgiven(t *testing.T) {
	t.Parallel()
	onEach(t, 5, ipv4Only, func(c *cluster) {
		all := c.startAll(c.lab.hosts...)
		stopped := all[1]
		stopped.signal(syscall.SIGSTOP)
		quiet(c.t, without(all, 1), tolerance/2, "dead")
		stopped.signal(syscall.SIGCONT)
		agree(c.t, all...)
		for _, p := range all {
			if told := p.changesTo(0, "dead"); len(told) > 0 {
				c.t.Errorf("%s has shown %v\n%s", p.id, told, p.tail())
			}
		}
	})
}

func TestALongPauseEndsAndHeals(t *testing.T) {
	t.Parallel()
	onEach(t, 5, ipv4Only, func(c *cluster) {
		all := c.startAll(c.lab.hosts...)
		all[4].signal(syscall.SIGSTOP)
		agree(c.t, all[:4]...)
		all[4].signal(syscall.SIGCONT)
		agree(c.t, all...)
	})
}

func TestRandomLoss(t *testing.T) {
	t.Parallel()
	onEach(t, 5, ipv4Only, func(c *cluster) {
		c.lab.lose(15)
		all := c.startAll(c.lab.hosts...)
		all[3].kill()
		agree(c.t, without(all, 3)...)
	})
}

// Two nodes of which one cannot reach the other are found alive through the
// rest.
func TestOneWayCut(t *testing.T) {
	t.Parallel()
	onEach(t, 5, ipv4Only, func(c *cluster) {
		all := c.startAll(c.lab.hosts...)
		c.lab.hosts[2].mute(c.lab.hosts[3])
		quiet(c.t, all, 4*tolerance, "dead")
		c.lab.hosts[2].unmute(c.lab.hosts[3])
		agree(c.t, all...)
	})
}

func TestSplitAndHeal(t *testing.T) {
	t.Parallel()
	onEach(t, 5, ipv4Only, func(c *cluster) {
		all := c.startAll(c.lab.hosts...)
		c.lab.split(c.lab.hosts[0], c.lab.hosts[4])
		agree(c.t, all[0], all[4])
		agree(c.t, all[1:4]...)
		c.lab.heal()
		agree(c.t, all...)
	})
}

// A node comes back under another address, with the same id.
func TestAddressChange(t *testing.T) {
	t.Parallel()
	onEach(t, 4, ipv4Only, func(c *cluster) {
		all := c.startAll(c.lab.hosts...)
		moving := c.lab.hosts[3]
		all[3].kill()
		moving.move(netip.MustParseAddr("10.77.0.99"))
		all[3] = c.start("n4", moving)
		agree(c.t, all...)
	})
}

func TestIPv6Only(t *testing.T) {
	t.Parallel()
	onEach(t, 4, ipv6Only, func(c *cluster) {
		all := c.startAll(c.lab.hosts...)
		all[3].kill()
		agree(c.t, all[:3]...)
	})
}

// Nodes of two clusters whose seeds are each other's.
func TestTwoClustersOnOneNetwork(t *testing.T) {
	t.Parallel()
	onEach(t, 6, ipv4Only, func(c *cluster) {
		hosts := c.lab.hosts
		other := newCluster(c.t, c.kind, "other", c.lab, ipv4Only)
		if c.kind == "udp" {
			other.dir = c.dir // the same keys: the name alone keeps them apart
		}
		var ours, theirs []*process
		for i, id := range []string{"a1", "a2", "a3"} {
			ours = append(ours, c.start(id, hosts[i], hosts[0], hosts[3]))
		}
		for i, id := range []string{"b1", "b2", "b3"} {
			theirs = append(theirs, other.start(id, hosts[3+i], hosts[3], hosts[0]))
		}
		agree(c.t, ours...)
		agree(c.t, theirs...)
		quiet(c.t, append(ours, theirs...), 2*time.Second, "dead", "suspect")
		agree(c.t, ours...)
		agree(c.t, theirs...)
		if c.kind == "udp" && ours[0].stats().Dropped["foreign"] == 0 {
			c.t.Error("nothing of the other cluster was counted as foreign")
		}
	})
}

func TestRollingRestart(t *testing.T) {
	t.Parallel()
	onEach(t, 4, ipv4Only, func(c *cluster) {
		all := c.startAll(c.lab.hosts...)
		for i, p := range all {
			p.leave()
			agree(c.t, without(all, i)...)
			all[i] = c.start(p.id, c.lab.hosts[i])
			agree(c.t, all...)
		}
		for i, p := range all {
			if told := p.changesTo(0, "dead"); i > 0 && len(told) > 0 {
				c.t.Errorf("%s has shown %v", p.id, told)
			}
		}
	})
}
