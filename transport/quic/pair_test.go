package quic_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
)

// Two nodes that dial each other at once keep one connection, the same, and
// lose nothing meanwhile.
func TestSimultaneousDialKeepsOneConnection(t *testing.T) {
	for round := range 5 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			ca := newAuthority(t, "prod")
			a, b := ca.open("a", nil), ca.open("b", nil)
			const messages = 20
			a.send(b.addr(), "b", a.envelope(0))
			b.send(a.addr(), "a", b.envelope(0))
			for i := range uint32(messages) {
				got := [2]uint32{b.nextEnvelope().envelope.Sequence, a.nextEnvelope().envelope.Sequence}
				if got != [2]uint32{i, i} {
					t.Fatalf("received %v, want %d on both sides", got, i)
				}
				a.send(b.addr(), "b", a.envelope(i+1))
				b.send(a.addr(), "a", b.envelope(i+1))
			}
			awaitConnections(t, a, 1)
			awaitConnections(t, b, 1)
			if quic.Dialled(a.Transport)+quic.Dialled(b.Transport) != 1 {
				t.Errorf("%d ends dialled the connection that is left, want 1", quic.Dialled(a.Transport)+quic.Dialled(b.Transport))
			}
		})
	}
}

// A storm: every node sends to every other at once. Nothing that was accepted is
// lost, and one connection a pair is left.
func TestMeshOfManyConvergesWithoutLoss(t *testing.T) {
	count, rounds := 40, 3
	if raced || testing.Short() {
		count = 10
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	ca := newAuthority(t, "prod")
	nodes := make([]*node, count)
	for i := range nodes {
		nodes[i] = ca.open(fmt.Sprintf("node-%02d", i), func(c *quic.Config) {
			c.DialTimeout, c.QueueExpiry = 30*time.Second, time.Minute
		})
	}
	start := time.Now()
	accepted := storm(t, nodes, rounds, seed)
	var listening sync.WaitGroup
	for i, n := range nodes {
		listening.Go(func() {
			want, heard := 0, make(map[string]int)
			for j := range nodes {
				want += accepted[j][i]
			}
			for range want {
				r, ok := n.nextWithin(3 * patience)
				if !ok || r.Notice != transport.NoticeNone {
					t.Errorf("%s received %v after %d nodes; stats %+v", n.id, r.Notice, len(heard), n.Info().Stats)
					return
				}
				heard[r.Identity]++
			}
			for j, from := range nodes {
				if heard[from.id] != accepted[j][i] {
					t.Errorf("%s heard %s %d times, want %d", n.id, from.id, heard[from.id], accepted[j][i])
				}
			}
		})
	}
	listening.Wait()
	arrived, dialled, pairs := time.Since(start), 0, 0
	for i, n := range nodes {
		peers := 0
		for j := range nodes {
			if accepted[i][j]+accepted[j][i] > 0 {
				peers++
			}
		}
		awaitConnections(t, n, peers)
		pairs += peers
	}
	t.Logf("%d nodes: all arrived after %v, one connection a pair after %v", count, arrived, time.Since(start))
	for _, n := range nodes {
		dialled += quic.Dialled(n.Transport)
	}
	if want := pairs / 2; dialled != want {
		t.Errorf("%d connections dialled are left, want %d: one a pair", dialled, want)
	}
}

// storm has every node send to every other, in rounds, and returns how many
// envelopes of the first to the second were accepted. On a machine that is busy
// with other things a node may refuse some, for those before them wait.
func storm(t *testing.T, nodes []*node, rounds int, seed uint64) (accepted [][]int) {
	accepted = make([][]int, len(nodes))
	var sending sync.WaitGroup
	for i, n := range nodes {
		accepted[i] = make([]int, len(nodes))
		sending.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			for round := range rounds {
				for _, j := range random.Perm(len(nodes)) {
					if j == i {
						continue
					}
					err := n.Send(transport.Outbound{Target: nodes[j].addr(), Expect: nodes[j].id, Envelope: n.envelope(uint32(round))})
					switch {
					case err == nil:
						accepted[i][j]++
					case !errors.Is(err, transport.ErrQueueFull):
						t.Errorf("%s: %v", n.id, err)
					}
				}
			}
		})
	}
	sending.Wait()
	return accepted
}

// A peer that was killed and started again is noticed by the first packet that
// it does not understand.
func TestRestartOfAPeerIsNoticedFast(t *testing.T) {
	for _, first := range []string{"the survivor", "the restarted"} {
		t.Run(first+" sends first", func(t *testing.T) {
			ca := newAuthority(t, "prod")
			a := ca.open("a", nil)
			config, local := ca.config("b"), transport.Local{NodeID: "b", Cluster: "prod"}
			b := openNode(t, config, local)
			exchange(t, a, b, 1)
			exchange(t, b, a, 2)
			config.Listen = b.addr()
			if err := quic.Crash(b.Transport); err != nil {
				t.Fatal(err)
			}
			b = openNode(t, config, local)
			start := time.Now()
			if first == "the survivor" {
				untilServed(t, a, b)
				untilServed(t, b, a)
			} else {
				untilServed(t, b, a)
				untilServed(t, a, b)
			}
			// An idle time-out would take minutes.
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("traffic again after %v", took)
			} else {
				t.Logf("traffic again after %v", took)
			}
			awaitConnections(t, a, 1)
			awaitConnections(t, b, 1)
		})
	}
}

// A peer to which there is a connection and that has gone silent: what is sent
// to it piles up to the bounds, delays nobody, and goes with Forget.
func TestSilencedPeerDelaysNoOther(t *testing.T) {
	ca := newAuthority(t, "prod")
	a := ca.open("a", func(c *quic.Config) { c.QueueExpiry = quic.DefaultQueueExpiry })
	b, c := ca.open("b", nil), ca.open("c", nil)
	exchange(t, a, b, 1)
	exchange(t, a, c, 1)
	at := b.addr()
	if err := quic.Crash(b.Transport); err != nil {
		t.Fatal(err)
	}
	mute(t, at)
	var full bool
	var slowest time.Duration
	for i := range uint32(2000) {
		start := time.Now()
		err := a.Send(transport.Outbound{Target: at, Expect: "b", Envelope: a.sized(i, 900)})
		slowest = max(slowest, time.Since(start))
		if err != nil && !errors.Is(err, transport.ErrQueueFull) {
			t.Fatal(err)
		}
		full = full || err != nil
		if i%100 == 0 {
			exchange(t, a, c, i+2)
		}
	}
	if !full {
		t.Error("2,000 envelopes to a silent peer never filled its queue")
	}
	if slowest > time.Second {
		t.Errorf("a Send took %v", slowest)
	}
	t.Logf("slowest Send %v", slowest)
	if r := a.nextNotice(); r.Notice != transport.NoticeExpired || r.Source != at {
		t.Errorf("notice %v about %v, want expired", r.Notice, r.Source)
	}
	a.Forget(at)
	awaitConnections(t, a, 1)
	exchange(t, a, c, 9999)
}

// mute has the port of a crashed node taken by somebody who never answers.
func mute(t *testing.T, at netip.AddrPort) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
}

func TestConnectionsAreBounded(t *testing.T) {
	ca := newAuthority(t, "prod")
	a := ca.open("a", func(c *quic.Config) { c.MaxConnections = 3 })
	for i := range 8 {
		b := ca.open(fmt.Sprintf("b%d", i), nil)
		exchange(t, a, b, uint32(i))
		if got := quic.Connections(a.Transport); got > 3 {
			t.Fatalf("%d connections, want 3 at most", got)
		}
	}
	// Addresses that were never reached are bounded too.
	refused := 0
	for i := range 200 {
		target := silence(t)
		if err := a.Send(transport.Outbound{Target: target, Envelope: a.envelope(uint32(i))}); errors.Is(err, transport.ErrQueueFull) {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if got := quic.Peers(a.Transport); got > 6 || refused == 0 {
		t.Errorf("%d addresses kept and %d refused, want 6 at most", got, refused)
	}
}

func TestFilter(t *testing.T) {
	ca := newAuthority(t, "prod")
	only := transport.Filter{Deny: []netip.Prefix{netip.PrefixFrom(loopback, 32)}}
	a := ca.open("a", func(c *quic.Config) { c.QueueExpiry = 100 * time.Millisecond })
	b := ca.open("b", func(c *quic.Config) { c.Filter = only })
	a.send(b.addr(), "", a.envelope(1))
	if r := a.nextNotice(); r.Notice != transport.NoticeExpired {
		t.Errorf("notice %v, want expired: who is filtered gets no answer", r.Notice)
	}
	if b.drops(transport.DropFiltered) == 0 {
		t.Error("nothing counted as filtered")
	}
	err := b.Send(transport.Outbound{Target: a.addr(), Envelope: b.envelope(1)})
	if !errors.Is(err, transport.ErrNotAllowed) {
		t.Errorf("to a filtered address: %v, want ErrNotAllowed", err)
	}
}

// Whatever the transports did, their goroutines end with them.
func TestNoGoroutineIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("", func(t *testing.T) {
		ca := newAuthority(t, "prod")
		a, b, c := ca.open("a", nil), ca.open("b", nil), ca.open("c", nil)
		exchange(t, a, b, 1)
		exchange(t, b, c, 1)
		a.send(c.addr(), "c", a.sized(1, 100_000))
		c.send(a.addr(), "a", c.envelope(1))
		a.send(silence(t), "", a.envelope(2))
		a.Forget(b.addr())
		b.send(a.addr(), "", b.envelope(3))
		if err := quic.Crash(c.Transport); err != nil {
			t.Fatal(err)
		}
	})
	await(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
}
