package nettest

import (
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// disturb lets a node come and go on h, so that there is news to gossip, until
// what all wait for is so.
func (c *cluster) disturb(h *host, all []*process, isSo func(int, *process) bool) {
	c.t.Helper()
	deadline := time.Now().Add(patience)
	for pending := true; pending; {
		p := c.start("restless", h)
		p.await("its place in the cluster", func() bool { return p.latest["joined"].Event != "" })
		p.leave()
		pending = false
		for i, member := range all {
			member.mu.Lock()
			pending = pending || !isSo(i, member)
			member.mu.Unlock()
		}
		if pending && time.Now().After(deadline) {
			c.t.Fatalf("not all have reloaded\n%s", all[0].tail())
		}
	}
}

// Keys rotate twice while nodes come and go: no member is suspected, and no
// datagram of one refused.
func TestKeyRotationUnderLoad(t *testing.T) {
	t.Parallel()
	needLab(t)
	c := newCluster(t, "udp", "lab", newLab(t, 5, ipv4Only), ipv4Only)
	hosts := c.lab.hosts
	all := c.startAll(hosts[:4]...)
	keys, err := udp.ReadKeyFile(c.keyFile())
	c.check(err)
	reloads := 0
	reload := func(next ...udp.Key) {
		t.Helper()
		c.check(udp.WriteKeyFile(c.keyFile(), next...))
		reloads++
		c.disturb(hosts[4], all, func(_ int, p *process) bool { return p.logged("keys reloaded") == reloads })
	}
	older := keys[0]
	for range 2 {
		newer := udp.NewKey()
		reload(older, newer)
		reload(newer, older)
		reload(newer)
		older = newer
	}
	agree(t, all...)
	for _, p := range all {
		if told := p.changesTo(0, "dead", "suspect"); len(told) > 0 {
			t.Errorf("%s has shown %v\n%s", p.id, told, p.tail())
		}
	}
	unheard(t, all, "unauthenticated", "replayed", "malformed")
}

// Certificates and their authority are replaced while nodes come and go.
func TestCertificateRotationUnderLoad(t *testing.T) {
	t.Parallel()
	needLab(t)
	c := newCluster(t, "quic", "lab", newLab(t, 5, ipv4Only), ipv4Only)
	hosts := c.lab.hosts
	all := c.startAll(hosts[:4]...)
	before, after := c.ca, c.newAuthority()
	const reloaded = "certificate files reloaded"
	step := func(next func()) {
		t.Helper()
		var seen []int
		for _, p := range all {
			seen = append(seen, p.logged(reloaded))
		}
		next()
		c.disturb(hosts[4], all, func(i int, p *process) bool { return p.logged(reloaded) > seen[i] })
	}
	step(func() { c.trust(before, after) })
	step(func() {
		c.ca = after
		for _, p := range all {
			c.issue(p.id, after)
		}
	})
	step(func() { c.trust(after) })
	agree(t, all...)
	for _, p := range all {
		if told := p.changesTo(0, "dead", "suspect"); len(told) > 0 {
			t.Errorf("%s has shown %v\n%s", p.id, told, p.tail())
		}
	}
	// Who has a certificate of the old authority is no member any more.
	c.ca = before
	old := c.start("old", hosts[4])
	quiet(t, append(all, old), tolerance, "dead", "suspect")
	if old.sees("n1", "n2", "n3", "n4", "old") || all[0].sees("n1", "n2", "n3", "n4", "old") {
		t.Error("a certificate of the old authority is still accepted")
	}
}

// logged counts log lines with a message; under the lock.
func (p *process) logged(message string) int {
	count := 0
	for _, e := range p.events {
		if e.Event == "log" && e.Message == message {
			count++
		}
	}
	return count
}
