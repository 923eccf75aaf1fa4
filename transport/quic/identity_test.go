package quic_test

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
	"github.com/hearsay-gossip/hearsay/wire"
)

func TestNobodySpeaksForAnother(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", nil), ca.open("b", nil)
	forged := a.envelope(1)
	forged.Sender = wire.Key("c")
	a.send(b.addr(), "b", forged)
	large := a.sized(2, 8000)
	large.Sender = wire.Key("c")
	a.send(b.addr(), "b", large)
	eventually(t, b, "two envelopes dropped as not authenticated", func(s transport.Stats) bool {
		return s.Dropped[transport.DropUnauthenticated] == 2
	})
	a.send(b.addr(), "b", a.envelope(3))
	if r := b.nextEnvelope(); r.envelope.Sequence != 3 {
		t.Fatalf("received sequence %d, which speaks for another", r.envelope.Sequence)
	}
}

func TestWrongIdentity(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", nil), ca.open("b", nil)
	check := func() {
		t.Helper()
		if r := a.nextNotice(); r.Notice != transport.NoticeWrongIdentity || r.Identity != "b" || r.Source != b.addr() {
			t.Fatalf("notice %v: %q at %v", r.Notice, r.Identity, r.Source)
		}
	}
	a.send(b.addr(), "c", a.envelope(1))
	check()
	// The connection that was made on the way serves whoever means its node,
	// and one who does not has the address asked again, not too often.
	exchange(t, a, b, 2)
	err := a.Send(transport.Outbound{Target: b.addr(), Expect: "c", Envelope: a.envelope(3)})
	if !errors.Is(err, transport.ErrBackoff) {
		t.Errorf("at once again: %v, want ErrBackoff", err)
	}
	a.send(b.addr(), "", a.envelope(4))
	if r := b.nextEnvelope(); r.envelope.Sequence != 4 {
		t.Fatalf("received sequence %d, want 4 and nothing meant for another node", r.envelope.Sequence)
	}
	if stats := a.Info().Stats; stats.Dropped[transport.DropSend] != 1 {
		t.Errorf("%d envelopes dropped, want 1", stats.Dropped[transport.DropSend])
	}
}

// An address whose node was replaced by another is served again at once.
func TestAnotherNodeTakesTheAddress(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", nil), ca.open("b", nil)
	exchange(t, a, b, 1)
	at := b.addr()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	c := ca.open("c", func(config *quic.Config) { config.Listen = at })
	exchange(t, a, c, 2)
	a.send(at, "b", a.envelope(3))
	r := a.nextNotice()
	for r.Notice == transport.NoticeUnreachable {
		r = a.nextNotice() // the address was nobody's for a moment
	}
	if r.Notice != transport.NoticeWrongIdentity || r.Identity != "c" {
		t.Fatalf("notice %v: %q, want wrong identity c", r.Notice, r.Identity)
	}
}

// Whoever cannot prove to be of the cluster reaches nobody: both ends refuse,
// and the one that sent is told.
func TestStrangersAreRefused(t *testing.T) {
	ca := newAuthority(t, "prod")
	stranger := newAuthority(t, "prod")
	own := ca.config("b")

	// A certificate that only its own key vouches for: of an authority that
	// nobody else trusts.
	unknown := stranger.config("a")
	// One that trusts the cluster's authority, and is not trusted by it.
	halfway := unknown
	halfway.CAFile = filepath.Join(ca.dir, "both.pem")
	concatenate(t, halfway.CAFile, own.CAFile, unknown.CAFile)

	for name, config := range map[string]quic.Config{"unknown authority": unknown, "trusts but is not trusted": halfway} {
		t.Run(name, func(t *testing.T) {
			b := openNode(t, own, transport.Local{NodeID: "b", Cluster: "prod"})
			a := openNode(t, config, transport.Local{NodeID: "a", Cluster: "prod"})
			a.send(b.addr(), "", a.envelope(1))
			if r := a.nextNotice(); r.Notice != transport.NoticeRefused || r.Source != b.addr() {
				t.Fatalf("notice %v, want refused", r.Notice)
			}
			// It is not tried again and again.
			err := a.Send(transport.Outbound{Target: b.addr(), Envelope: a.envelope(2)})
			if !errors.Is(err, transport.ErrBackoff) {
				t.Errorf("at once again: %v, want ErrBackoff", err)
			}
			b.send(a.addr(), "", b.envelope(3))
			if r := b.nextNotice(); r.Notice != transport.NoticeRefused {
				t.Fatalf("notice %v to the other side, want refused", r.Notice)
			}
			if got := b.Info().Stats; got.Received != 0 {
				t.Errorf("%d envelopes of a stranger received", got.Received)
			}
		})
	}
}

func TestOtherClusterUnderTheSameAuthority(t *testing.T) {
	ca := newAuthority(t, "prod")
	b := ca.open("b", nil)
	a := ca.forCluster("staging").open("a", nil)
	a.send(b.addr(), "", a.envelope(1))
	if r := a.nextNotice(); r.Notice != transport.NoticeRefused {
		t.Fatalf("notice %v, want refused", r.Notice)
	}
	eventually(t, b, "one dropped as foreign", func(s transport.Stats) bool {
		return s.Dropped[transport.DropForeign] >= 1 && s.Dropped[transport.DropUnauthenticated] == 0
	})
}

func TestWireVersionsAreNegotiated(t *testing.T) {
	ca := newAuthority(t, "prod")
	open := func(id string, low, high uint8) *node {
		return openNode(t, ca.config(id), transport.Local{NodeID: id, Cluster: "prod", WireMin: low, WireMax: high})
	}
	old, both, late := open("old", 1, 1), open("both", 1, 2), open("late", 2, 3)
	for _, test := range []struct {
		from, to *node
		version  uint8
	}{{old, both, 1}, {both, old, 1}, {both, late, 2}, {late, both, 2}} {
		test.from.send(test.to.addr(), "", test.from.envelope(1))
		if r := test.to.nextEnvelope(); r.Version != test.version {
			t.Errorf("%s to %s by version %d, want %d", test.from.id, test.to.id, r.Version, test.version)
		}
	}
	old.send(late.addr(), "", old.envelope(2))
	if r := old.nextNotice(); r.Notice != transport.NoticeRefused {
		t.Errorf("no common version: notice %v, want refused", r.Notice)
	}
	eventually(t, late, "one dropped by version alone", func(s transport.Stats) bool {
		return s.Dropped[transport.DropVersion] >= 1 && s.Dropped[transport.DropUnauthenticated] == 0
	})
	err := old.Send(transport.Outbound{Target: both.addr(), Version: 2, Envelope: old.envelope(3)})
	if !errors.Is(err, transport.ErrVersion) {
		t.Errorf("a version outside the node's range: %v, want ErrVersion", err)
	}
}

// A connection does not outlive the certificate that it was trusted for.
func TestCertificateExpiresDuringAConnection(t *testing.T) {
	ca := newAuthority(t, "prod")
	config := ca.config("a")
	ca.issue("a", devca.Options{Validity: 2 * time.Second})
	a := openNode(t, config, transport.Local{NodeID: "a", Cluster: "prod"})
	b := ca.open("b", nil)
	exchange(t, a, b, 1)
	awaitConnections(t, b, 0)
	a.Forget(b.addr())
	a.send(b.addr(), "", a.envelope(2))
	if r := a.nextNotice(); r.Notice != transport.NoticeRefused {
		t.Errorf("notice %v, want refused", r.Notice)
	}
}

// A connection does not outlive the trust in who signed for it.
func TestAuthorityIsRemovedDuringAConnection(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", nil), ca.open("b", nil)
	exchange(t, a, b, 1)
	pool := x509.NewCertPool()
	pool.AddCert(ca.ca.Pair.Certificate)
	quic.Recheck(b.Transport, pool)
	exchange(t, a, b, 2)
	if got := quic.Connections(b.Transport); got != 1 {
		t.Fatalf("%d connections, want the one that is still trusted", got)
	}
	quic.Recheck(b.Transport, x509.NewCertPool())
	awaitConnections(t, b, 0)
	awaitConnections(t, a, 0)
}

// Files that change are used for new connections, without a restart.
func TestCertificatesAreReloaded(t *testing.T) {
	ca := newAuthority(t, "prod")
	reloading := func(c *quic.Config) { c.ReloadInterval = time.Second }
	a, b := ca.open("a", reloading), ca.open("b", reloading)
	exchange(t, a, b, 1)

	// A new authority takes over: it is trusted beside the old one first.
	next := newAuthority(t, "prod")
	file := filepath.Join(ca.dir, "ca.pem")
	concatenate(t, file, file, filepath.Join(next.dir, "ca.pem"))
	c := openNode(t, withCA(next.config("c"), file), transport.Local{NodeID: "c", Cluster: "prod"})
	untilServed(t, c, b)
}

// An authority gives way to another one, twice, while everybody talks: old and
// new are trusted, certificates are reissued, the old one is taken out. Nobody
// is refused at any step, and nothing of the old one is left at the end.
func TestAuthorityIsRolled(t *testing.T) {
	ca := newAuthority(t, "prod")
	ids := []string{"a", "b", "c", "d"}
	var nodes []*node
	for _, id := range ids {
		nodes = append(nodes, ca.open(id, nil))
	}
	// step does something to the files, has them looked at, and sees that
	// everybody still reaches everybody.
	step := func(change func(n *node)) {
		t.Helper()
		for _, n := range nodes {
			change(n)
			quic.Reload(n.Transport)
			for i, from := range nodes {
				untilServed(t, from, nodes[(i+1)%len(nodes)])
				untilServed(t, from, nodes[(i+2)%len(nodes)])
			}
		}
	}
	step(func(*node) {})
	file, old := filepath.Join(ca.dir, "ca.pem"), ca
	for range 2 {
		next := newAuthority(t, "prod")
		both, alone := filepath.Join(next.dir, "both.pem"), filepath.Join(next.dir, "ca.pem")
		concatenate(t, both, filepath.Join(old.dir, "ca.pem"), alone)
		step(func(*node) { concatenate(t, file, both) })
		step(func(n *node) {
			pair, err := next.ca.Issue(n.id, devca.Options{})
			if err := errors.Join(err, pair.Write(ca.dir, true)); err != nil {
				t.Fatal(err)
			}
		})
		before := handshakes(nodes)
		step(func(*node) { concatenate(t, file, alone) })
		if handshakes(nodes) == before {
			t.Error("no connection was made anew when the old authority went")
		}
		old = next
	}
	for _, n := range nodes {
		if stats := n.Info().Stats; stats.Dropped[transport.DropUnauthenticated] != 0 {
			t.Errorf("%s refused somebody: %+v", n.id, stats)
		}
		for _, r := range n.backlog {
			if r.Notice == transport.NoticeRefused || r.Notice == transport.NoticeWrongIdentity {
				t.Errorf("%s was told of %v: %v", n.id, r.Source, r.Notice)
			}
		}
	}
}

func handshakes(nodes []*node) (sum uint64) {
	for _, n := range nodes {
		sum += n.Info().Stats.Handshakes
	}
	return sum
}

// untilServed sends from a to b, through refusals and back-off, until b
// receives something.
func untilServed(t *testing.T, a, b *node) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for sequence := uint32(100); time.Now().Before(deadline); sequence++ {
		err := a.Send(transport.Outbound{Target: b.addr(), Expect: b.id, Envelope: a.envelope(sequence)})
		if err != nil && !errors.Is(err, transport.ErrBackoff) {
			t.Fatal(err)
		}
		if _, ok := b.nextWithin(100 * time.Millisecond); ok {
			return
		}
	}
	t.Fatalf("%s does not reach %s", a.id, b.id)
}

func withCA(c quic.Config, file string) quic.Config {
	c.CAFile = file
	return c
}

func concatenate(t *testing.T, to string, from ...string) {
	t.Helper()
	var all []byte
	for _, file := range from {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	if err := os.WriteFile(to, all, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestUnusualNames(t *testing.T) {
	for _, cluster := range []string{"Prod EU/1", strings.Repeat("x", 64), "größe"} {
		ca := newAuthority(t, cluster)
		a, b := ca.open("a/.. ?#%", nil), ca.open("größe\x00", nil)
		exchange(t, a, b, 1)
		exchange(t, b, a, 2)
	}
}
