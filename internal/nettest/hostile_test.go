package nettest

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"runtime"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/udp"
	"github.com/hearsay-gossip/hearsay/wire"
)

// seeded returns randomness that a failed run can be repeated with.
func seeded(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// send sends datagrams from a socket of nobody's to a node.
func send(t *testing.T, conn *net.UDPConn, to *besieged, datagrams ...[]byte) {
	t.Helper()
	for _, d := range datagrams {
		if _, err := conn.WriteToUDPAddrPort(d, to.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
}

// All that was ever sent, a leave among it, is sent again to everyone: also to
// the node that has come back since, and to one that was not there before.
func TestReplayedLeaveChangesNothing(t *testing.T) {
	t.Parallel()
	random := seeded(t)
	nodes := startCluster(t, 4)
	leaver := nodes[3]
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := leaver.Leave(ctx); err != nil {
		t.Fatal(err)
	}
	agreed(t, nodes[:3]...)
	nodes[3] = startNode(t, "n4", leaver.keys, newMiddlebox(t), nodes[:3]...)
	nodes = append(nodes, startNode(t, "n5", leaver.keys, newMiddlebox(t), nodes[:3]...))
	agreed(t, nodes...)

	var all [][]byte
	for _, b := range append([]*besieged{leaver}, nodes...) {
		all = append(all, b.box.recorded()...)
	}
	attacker := listen(t)
	for range 2 {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, d := range all {
			for _, b := range nodes {
				send(t, attacker, b, d)
			}
		}
		afterPeriods(4)
	}
	agreed(t, nodes...)
	unshaken(t, nodes...)
	for _, b := range nodes {
		eventually(t, "replays counted", func() bool { return b.dropped(transport.DropReplayed) >= uint64(len(all)) })
		if got := b.dropped(transport.DropUnauthenticated); got > 0 {
			t.Errorf("%s: %d datagrams of members counted as unauthenticated", b.ID(), got)
		}
	}
	t.Logf("%d datagrams, each sent twice to %d nodes", len(all), len(nodes))
}

// removal is a record that says of a member that it has left.
func removal(b *besieged) *hearsayv1.Envelope {
	m, _ := b.View().Get(b.ID())
	return &hearsayv1.Envelope{
		Sender: wire.Key(b.ID()), Generation: uint32(b.Generation()), Sequence: 1,
		Delta: &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{{
			ID: b.ID(), Generation: b.Generation(), Incarnation: m.Incarnation, Verdict: hearsayv1.VerdictRemoved,
		}}},
	}
}

// A leave in another's name, with no key and with a wrong one, changes nothing;
// and with the right key it does, or the test would prove nothing.
func TestForgedLeaveChangesNothing(t *testing.T) {
	t.Parallel()
	nodes := startCluster(t, 3)
	victim := nodes[2]
	wrong, err := udp.NewKeyring(udp.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	forge := func(config udp.Config, cluster string) {
		t.Helper()
		config.Listen = loopback
		forger, err := config.Open(transport.Local{NodeID: victim.ID(), Cluster: cluster})
		if err != nil {
			t.Fatal(err)
		}
		defer forger.Close()
		for _, b := range nodes {
			if err := forger.Send(transport.Outbound{Target: b.LocalAddr(), Envelope: removal(victim)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	forge(udp.Config{Insecure: true}, clusterName)
	forge(udp.Config{Keys: wrong}, clusterName)
	forge(udp.Config{Keys: victim.keys}, "another cluster")
	for _, b := range nodes {
		eventually(t, "forgeries counted", func() bool {
			return b.dropped(transport.DropUnauthenticated) == 2 && b.dropped(transport.DropForeign) == 1
		})
	}
	afterPeriods(3)
	agreed(t, nodes...)
	unshaken(t, nodes...)

	generation := victim.Generation()
	forge(udp.Config{Keys: victim.keys}, clusterName)
	eventually(t, "the removal by who has the key", func() bool { return victim.Generation() != generation })
	agreed(t, nodes...)
}

// junk makes the nth datagram of a flood, and says for what it must be dropped.
func junk(n int, random *rand.Rand, members [][]byte) []byte {
	sample := bytes.Clone(members[random.IntN(len(members))])
	switch n % 6 {
	case 0: // noise
		noise := make([]byte, random.IntN(1500))
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		return noise
	case 1: // changed
		sample[random.IntN(len(sample))] ^= byte(1 + random.IntN(255))
	case 2: // cut
		sample = sample[:random.IntN(len(sample))]
	case 3: // too long
		sample = append(sample, make([]byte, 3000)...)
	case 4: // an unknown life
		sample[6+random.IntN(8)] ^= 1
	case 5: // in plaintext, all ones
		sample[0] &= 0x0f
		for i := 5; i < len(sample); i++ {
			sample[i] = 0xff
		}
	}
	return sample
}

// A flood of what is not right costs no member anything, takes no memory, and is
// accounted for to the last datagram. It measures memory, so it runs alone.
func TestFloodIsCountedAndHarmless(t *testing.T) {
	random := seeded(t)
	nodes := startCluster(t, 3)
	sample := nodes[0].box.recorded()
	attacker := listen(t)
	before, dropsBefore := heap(), drops(nodes[0])
	const count = 30_000
	for n := range count {
		send(t, attacker, nodes[0], junk(n, random, sample))
		if n%2000 == 0 {
			// The cluster works meanwhile.
			agreed(t, nodes...)
		}
	}
	agreed(t, nodes...)
	if runtime.GOOS == "linux" { // whose kernel counts, too
		eventually(t, "every datagram counted", func() bool { return drops(nodes[0])-dropsBefore >= count })
		// The kernel may lose members' datagrams in the flood, too.
		members := nodes[1].Stats().Transport.Sent + nodes[2].Stats().Transport.Sent
		if got := drops(nodes[0]) - dropsBefore; got > count+members {
			t.Errorf("%d datagrams were sent, and %d counted as dropped", count, got)
		}
	}
	for _, cause := range []transport.Drop{transport.DropMalformed, transport.DropOversize, transport.DropUnauthenticated, transport.DropLimited} {
		if nodes[0].dropped(cause) == 0 {
			t.Errorf("nothing was dropped as %v: %v", cause, nodes[0].Stats().Transport.Dropped)
		}
	}
	if after := heap(); after > before+(8<<20) {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	unshaken(t, nodes...)
	t.Logf("dropped by cause: %v", nodes[0].Stats().Transport.Dropped)
}

// drops sums all causes for which something that arrives is dropped.
func drops(b *besieged) (sum uint64) {
	for cause, count := range b.Stats().Transport.Dropped {
		if transport.Drop(cause) != transport.DropSend {
			sum += count
		}
	}
	return sum
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// doubledAndSpoilt returns what doubles, swaps, cuts and spoils what passes.
func doubledAndSpoilt() mangle {
	var held []byte
	return func(d []byte) [][]byte {
		flipped := bytes.Clone(d)
		flipped[len(flipped)/2] ^= 0x10
		out := [][]byte{flipped, d[:len(d)-1], d, d}
		if len(held) > 0 {
			out = append(out, held)
		}
		held = d
		return out
	}
}

// A path that doubles, swaps, cuts and spoils what passes: members hear each
// other all the same.
func TestSpoiledPathIsHarmless(t *testing.T) {
	t.Parallel()
	nodes := startCluster(t, 3)
	for _, b := range nodes {
		b.box.spoil(doubledAndSpoilt())
	}
	late := startNode(t, "late", nodes[0].keys, newMiddlebox(t), nodes...)
	nodes = append(nodes, late)
	afterPeriods(10)
	agreed(t, nodes...)
	unshaken(t, nodes...)
	for _, b := range nodes[:3] {
		for _, cause := range []transport.Drop{transport.DropUnauthenticated, transport.DropReplayed} {
			if b.dropped(cause) == 0 {
				t.Errorf("%s dropped nothing as %v", b.ID(), cause)
			}
		}
		if got := b.dropped(transport.DropMalformed); got > 0 {
			t.Errorf("%s decoded %d spoiled datagrams", b.ID(), got)
		}
	}
}

// sendBack sends what each of three nodes was sent to the two others, of whom one
// had sent it, and it is not for the other. It does so for five periods.
func sendBack(t *testing.T, nodes []*besieged) {
	t.Helper()
	attacker := listen(t)
	for range 5 {
		for i, b := range nodes {
			for _, d := range b.box.recorded() {
				send(t, attacker, nodes[(i+1)%3], d)
				send(t, attacker, nodes[(i+2)%3], d)
			}
		}
		afterPeriods(1)
	}
}

// What a node sends comes back to it, as if others had sent it.
func TestReflectionIsHarmless(t *testing.T) {
	t.Parallel()
	nodes := startCluster(t, 3)
	sendBack(t, nodes)
	agreed(t, nodes...)
	unshaken(t, nodes...)
	for _, b := range nodes {
		if err := b.Err(); err != nil {
			t.Errorf("%s has ended: %v", b.ID(), err)
		}
	}
}

// Keys rotate twice on every node, in no order, while a node comes and goes:
// nobody is suspected, and nothing of a member is refused.
func TestKeysRotateWhileNodesComeAndGo(t *testing.T) {
	t.Parallel()
	random := seeded(t)
	nodes := startCluster(t, 4)
	first := nodes[0].keys.Primary()
	for range 2 {
		older, newer := nodes[0].keys.Primary(), udp.NewKey()
		for _, step := range []func(*udp.Keyring) error{
			func(k *udp.Keyring) error { _, err := k.Add(newer); return err },
			func(k *udp.Keyring) error { return k.Use(newer.ID()) },
			func(k *udp.Keyring) error { return k.Remove(older) },
		} {
			for _, at := range random.Perm(len(nodes)) {
				if err := step(nodes[at].keys); err != nil {
					t.Fatal(err)
				}
				restless := startNode(t, "restless", nodes[at].keys, nil, nodes...)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				if err := restless.Leave(ctx); err != nil {
					t.Fatal(err)
				}
				cancel()
			}
		}
	}
	if now := nodes[0].keys.Primary(); now == first {
		t.Fatal("the key is still the first one")
	}
	agreed(t, nodes...)
	unshaken(t, nodes...)
	for _, b := range nodes {
		for _, cause := range []transport.Drop{transport.DropUnauthenticated, transport.DropReplayed, transport.DropMalformed} {
			if got := b.dropped(cause); got > 0 {
				t.Errorf("%s dropped %d datagrams of members as %v", b.ID(), got, cause)
			}
		}
	}
}
