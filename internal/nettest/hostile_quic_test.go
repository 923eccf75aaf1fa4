package nettest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
)

// All packets that were ever sent to anyone, those of a leave and of handshakes
// among them, are sent again to everyone.
func TestReplayedPacketsOfALeaveChangeNothing(t *testing.T) {
	t.Parallel()
	random := seeded(t)
	s := newStronghold(t, 4, nil)
	leaver := s.nodes[3]
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := leaver.Leave(ctx); err != nil {
		t.Fatal(err)
	}
	agreed(t, s.nodes[:3]...)
	s.nodes[3] = besiege(t, "n4", s.opener("n4"), newMiddlebox(t), s.nodes[:3]...)
	agreed(t, s.nodes...)

	var all [][]byte
	for _, b := range append([]*besieged{leaver}, s.nodes...) {
		all = append(all, b.box.recorded()...)
	}
	attacker := listen(t)
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	received := make([]uint64, len(s.nodes))
	for i, b := range s.nodes {
		received[i] = b.Stats().Transport.Received
		for _, d := range all {
			send(t, attacker, b, d)
		}
	}
	afterPeriods(4)
	agreed(t, s.nodes...)
	unshaken(t, s.nodes...)
	for i, b := range s.nodes {
		if got := b.Stats().Transport.Received - received[i]; got > 200 {
			t.Errorf("%s has taken %d envelopes meanwhile", b.ID(), got)
		}
	}
	t.Logf("%d packets, each sent to %d nodes", len(all), len(s.nodes))
}

// What is sent to nobody in particular, to the wrong one, cut, changed or made
// up costs no member anything and takes no memory. It measures memory, so it
// runs alone.
func TestPacketFloodIsHarmless(t *testing.T) {
	random := seeded(t)
	s := newStronghold(t, 3, nil)
	sample := s.nodes[0].box.recorded()
	for _, b := range s.nodes[1:] {
		sample = append(sample, b.box.recorded()...) // meant for others
	}
	attacker := listen(t)
	before := heap()
	count := 20_000
	if raceEnabled {
		count = 5_000
	}
	for n := range count {
		send(t, attacker, s.nodes[0], packet(n, random, sample))
		if n%2000 == 0 {
			agreed(t, s.nodes...)
		}
	}
	agreed(t, s.nodes...)
	unshaken(t, s.nodes...)
	for _, cause := range []transport.Drop{transport.DropMalformed, transport.DropUnauthenticated} {
		if s.nodes[0].dropped(cause) == 0 {
			t.Errorf("nothing was dropped as %v: %v", cause, s.nodes[0].Stats().Transport.Dropped)
		}
	}
	eventually(t, "the memory of handshakes that led nowhere is free again", func() bool { return heap() < before+(8<<20) })
}

// packet makes the nth packet of a flood.
func packet(n int, random *rand.Rand, members [][]byte) []byte {
	p := bytes.Clone(members[random.IntN(len(members))])
	switch n % 5 {
	case 0: // noise
		for i := range p {
			p[i] = byte(random.Uint32())
		}
	case 1: // changed
		p[random.IntN(len(p))] ^= byte(1 + random.IntN(255))
	case 2: // cut
		p = p[:random.IntN(len(p))]
	case 3: // the first packet of a handshake, to a connection of its own
		p = append(p, make([]byte, max(0, 1200-len(p)))...)
		p[0] = 0xc0 | p[0]&0x0f
		copy(p[1:], []byte{0, 0, 0, 1, 8})
		for i := 6; i < 14; i++ {
			p[i] = byte(random.Uint32())
		}
	case 4: // as it was
	}
	return p
}

// Whoever opens a thousand connections with certificates of their own and says
// nothing takes the room that the node has set aside, and no member's.
func TestAThousandSilentConnections(t *testing.T) {
	t.Parallel()
	count, room := 1000, 100
	if raceEnabled {
		count, room = 60, 20
	}
	s := newStronghold(t, 3, func(c *quic.Config) { c.MaxConnections = room })
	var pending sync.WaitGroup
	next := make(chan int)
	var mu sync.Mutex
	var open []*quicgo.Conn
	for range 8 {
		d := newDialler(t)
		pending.Go(func() {
			for i := range next {
				pair, err := s.ca.Issue(fmt.Sprintf("silent-%d", i), devca.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				conn, err := d.dial(s.nodes[0].LocalAddr(), s.credentials(pair))
				if err != nil {
					continue // refused, which is fine
				}
				mu.Lock()
				open = append(open, conn)
				mu.Unlock()
			}
		})
	}
	for i := range count {
		next <- i
		if i%room == 0 {
			agreed(t, s.nodes...)
		}
	}
	close(next)
	pending.Wait()
	afterPeriods(6)
	agreed(t, s.nodes...)
	unshaken(t, s.nodes...)
	alive := 0
	for _, conn := range open {
		if conn.Context().Err() == nil {
			alive++
		}
	}
	if alive == 0 || alive > room {
		t.Errorf("%d of %d silent connections are kept where there is room for %d", alive, len(open), room)
	}
	t.Logf("%d connections were made, %d kept", len(open), alive)
}

// A leave in another's name changes nothing, whatever certificate it comes with:
// none, one of another authority, one that vouches for itself, one that has
// expired, one of another cluster, and a good one of another node.
func TestLeaveBySomebodyElseChangesNothing(t *testing.T) {
	t.Parallel()
	s := newStronghold(t, 3, nil)
	victim := s.nodes[2]
	forged := removal(victim).AppendTo(nil)
	expired := devca.Options{NotBefore: time.Now().Add(-2 * time.Hour), Validity: time.Hour}
	otherCluster := newAuthority(t, "another cluster")
	for _, test := range []struct {
		name  string
		pairs []devca.Pair
	}{
		{"no certificate", nil},
		{"of another authority", []devca.Pair{issue(t, newAuthority(t, clusterName), victim.ID(), devca.Options{})}},
		{"self-signed", []devca.Pair{newAuthority(t, clusterName).Pair}},
		{"expired", []devca.Pair{issue(t, s.ca, victim.ID(), expired)}},
		{"of another cluster", []devca.Pair{issue(t, otherCluster, victim.ID(), devca.Options{})}},
		{"of another node", []devca.Pair{issue(t, s.ca, "hostile", devca.Options{})}},
	} {
		for _, b := range s.nodes {
			before := b.dropped(transport.DropUnauthenticated)
			conn, err := newDialler(t).dial(b.LocalAddr(), s.credentials(test.pairs...))
			if err == nil {
				err = conn.SendDatagram(forged)
			}
			t.Logf("%s, to %s: %v", test.name, b.ID(), err)
			eventually(t, test.name+" is counted", func() bool { return b.dropped(transport.DropUnauthenticated) > before })
		}
	}
	afterPeriods(3)
	agreed(t, s.nodes...)
	unshaken(t, s.nodes...)
	if got := victim.Stats().Membership.Generations; got > 0 {
		t.Errorf("the victim has begun %d lives more", got)
	}
}

// A certificate whose authority is not trusted any more is refused, and a
// connection that it opened before is closed.
func TestARevokedAuthorityIsHeardNoMore(t *testing.T) {
	t.Parallel()
	s := newStronghold(t, 3, nil)
	before := s.ca
	intruder := issue(t, before, "intruder", devca.Options{})
	conn, err := newDialler(t).dial(s.nodes[0].LocalAddr(), s.credentials(intruder))
	if err != nil {
		t.Fatal(err)
	}
	// The rotation that docs/moving.md tells of: both are trusted, all get new
	// certificates, the old authority goes.
	next := newAuthority(t, clusterName)
	s.trust(before, next)
	s.reloaded()
	s.ca = next
	for _, b := range s.nodes {
		if err := issue(t, next, b.ID(), devca.Options{}).Write(s.dir, true); err != nil {
			t.Fatal(err)
		}
	}
	s.reloaded()
	s.trust(next)
	s.reloaded()
	select {
	case <-conn.Context().Done():
	case <-time.After(patience):
		t.Error("a connection by a revoked certificate lives on")
	}
	old := s.credentials(intruder)
	old.RootCAs.AddCert(next.Pair.Certificate)
	refused := s.nodes[0].dropped(transport.DropUnauthenticated)
	if conn, err := newDialler(t).dial(s.nodes[0].LocalAddr(), old); err == nil {
		<-conn.Context().Done()
	}
	eventually(t, "the refusal is counted", func() bool { return s.nodes[0].dropped(transport.DropUnauthenticated) > refused })
	agreed(t, s.nodes...)
	unshaken(t, s.nodes...)
}

// reloaded lets a member come and go until the others have looked at their
// files.
func (s *stronghold) reloaded() {
	s.t.Helper()
	deadline := time.Now().Add(2 * time.Second) // more than the interval at which they look
	for time.Now().Before(deadline) {
		restless := besiege(s.t, "restless", s.opener("restless"), nil, s.nodes...)
		ctx, cancel := context.WithTimeout(s.t.Context(), patience)
		if err := restless.Leave(ctx); err != nil {
			s.t.Fatal(err)
		}
		cancel()
	}
	agreed(s.t, s.nodes...)
}

// A path that doubles, swaps, cuts and spoils what passes: QUIC repairs what
// must be, and members hear each other all the same.
func TestSpoiledPathIsHarmlessToConnections(t *testing.T) {
	t.Parallel()
	s := newStronghold(t, 3, nil)
	for _, b := range s.nodes {
		b.box.spoil(doubledAndSpoilt())
	}
	nodes := append(s.nodes, besiege(t, "late", s.opener("late"), newMiddlebox(t), s.nodes...))
	afterPeriods(10)
	agreed(t, nodes...)
	unshaken(t, nodes...)
}

// Packets come back to who sent them, and go to whom they are not for.
func TestReflectedPacketsAreHarmless(t *testing.T) {
	t.Parallel()
	s := newStronghold(t, 3, nil)
	sendBack(t, s.nodes)
	agreed(t, s.nodes...)
	unshaken(t, s.nodes...)
}
