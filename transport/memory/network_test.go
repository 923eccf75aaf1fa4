package memory_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

const ms = time.Millisecond

func newNetwork(t testing.TB, config memory.NetworkConfig) *memory.Network {
	t.Helper()
	network, err := memory.NewNetwork(config)
	if err != nil {
		t.Fatal(err)
	}
	return network
}

func open(t testing.TB, config memory.Config, id string) transport.Transport {
	t.Helper()
	opened, err := config.Open(transporttest.Local(id))
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// pair opens two nodes on a new network.
func pair(t testing.TB, config memory.NetworkConfig) (network *memory.Network, a, b transport.Transport) {
	t.Helper()
	network = newNetwork(t, config)
	return network, open(t, memory.Config{Network: network}, "a"), open(t, memory.Config{Network: network}, "b")
}

func send(t testing.TB, from, to transport.Transport, sequence uint32) {
	t.Helper()
	out := transport.Outbound{Target: to.Info().Local, Envelope: transporttest.QuietEnvelope("a", sequence)}
	if err := from.Send(out); err != nil {
		t.Fatalf("send: %v", err)
	}
}

// sequences polls everything that has arrived; a notice is its negative kind.
func sequences(t testing.TB, node transport.Transport) []int {
	t.Helper()
	var all []int
	batch := make([]transport.Inbound, 64)
	for {
		n, err := node.Poll(batch)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return all
		}
		for _, in := range batch[:n] {
			if in.Envelope == nil {
				all = append(all, -int(in.Notice))
				continue
			}
			all = append(all, int(in.Envelope.Sequence))
		}
	}
}

func arrived(t testing.TB, node transport.Transport, want ...int) {
	t.Helper()
	if got := sequences(t, node); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("arrived %v, want %v", got, want)
	}
}

func TestNothingArrivesBeforeItsTime(t *testing.T) {
	network, a, b := pair(t, memory.NetworkConfig{Link: memory.Link{Latency: 5 * ms}})
	if _, ok := network.Next(); ok {
		t.Error("something is due on an idle network")
	}
	network.Advance(10 * ms)
	send(t, a, b, 1)
	if due, ok := network.Next(); !ok || due != 15*ms {
		t.Errorf("next is due at %v, %v; want 15ms", due, ok)
	}
	if n := network.Advance(15*ms - 1); n != 0 {
		t.Errorf("%d arrived too early", n)
	}
	arrived(t, b)
	if n := network.Advance(15 * ms); n != 1 {
		t.Errorf("%d arrived in time, want 1", n)
	}
	arrived(t, b, 1)
	if network.Advance(3 * ms); network.Now() != 15*ms {
		t.Errorf("time ran back to %v", network.Now())
	}
}

func TestCutIsOneWay(t *testing.T) {
	network, a, b := pair(t, memory.NetworkConfig{})
	network.Cut(a.Info().Local, b.Info().Local)
	send(t, a, b, 1)
	send(t, b, a, 2)
	network.Advance(0)
	arrived(t, b)
	arrived(t, a, 2)
	network.Mend(a.Info().Local, b.Info().Local)
	send(t, a, b, 3)
	network.Advance(0)
	arrived(t, b, 3)
}

func TestCutOfAnySender(t *testing.T) {
	network, a, b := pair(t, memory.NetworkConfig{})
	network.Cut(netip.AddrPort{}, b.Info().Local)
	send(t, a, b, 1)
	send(t, b, a, 2)
	network.Advance(0)
	arrived(t, b)
	arrived(t, a, 2)
	network.Heal()
	send(t, a, b, 3)
	network.Advance(0)
	arrived(t, b, 3)
}

func TestPartitionAndHeal(t *testing.T) {
	network := newNetwork(t, memory.NetworkConfig{})
	var nodes []transport.Transport
	for i := range 5 {
		nodes = append(nodes, open(t, memory.Config{Network: network}, fmt.Sprint("n", i)))
	}
	at := func(i int) netip.AddrPort { return nodes[i].Info().Local }
	everyoneToEveryone := func() (links string) {
		for i, from := range nodes {
			for j, to := range nodes {
				send(t, from, to, uint32(10*i+j))
			}
		}
		network.Advance(network.Now())
		for _, node := range nodes {
			links += fmt.Sprint(len(sequences(t, node)))
		}
		return links
	}
	for _, test := range []struct {
		name  string
		split func()
		want  string
	}{
		{"whole", func() {}, "55555"},
		{"two and the rest", func() { network.Partition([]netip.AddrPort{at(0), at(1)}) }, "22333"},
		{"three groups", func() { network.Partition([]netip.AddrPort{at(0)}, []netip.AddrPort{at(1), at(2)}) }, "12222"},
		{"healed", network.Heal, "55555"},
	} {
		test.split()
		if got := everyoneToEveryone(); got != test.want {
			t.Errorf("%s: %s envelopes arrived, want %s", test.name, got, test.want)
		}
	}
}

func TestHeldEnvelopesArriveOnRelease(t *testing.T) {
	network, a, b := pair(t, memory.NetworkConfig{Link: memory.Link{Latency: 5 * ms}, QueueEnvelopes: 3})
	from, to := a.Info().Local, b.Info().Local
	network.Hold(from, to)
	network.Hold(netip.AddrPort{}, to)
	for i := range uint32(3) {
		send(t, a, b, i+1)
	}
	err := a.Send(transport.Outbound{Target: to, Envelope: transporttest.QuietEnvelope("a", 4)})
	if !errors.Is(err, transport.ErrQueueFull) {
		t.Errorf("what is held does not count against the queue: %v", err)
	}
	network.Advance(time.Hour)
	network.Release(from, to)
	network.Advance(time.Hour)
	arrived(t, b) // the other Hold
	network.Release(netip.AddrPort{}, to)
	network.Advance(time.Hour)
	arrived(t, b, 1, 2, 3)
	send(t, a, b, 5)
	network.Advance(time.Hour + 5*ms)
	arrived(t, b, 5)
}

func TestMostExactLinkHolds(t *testing.T) {
	network, a, b := pair(t, memory.NetworkConfig{Link: memory.Link{Latency: 1 * ms}})
	from, to, anybody := a.Info().Local, b.Info().Local, netip.AddrPort{}
	steps := []struct {
		name     string
		from, to netip.AddrPort
		latency  time.Duration
	}{
		{"any to any", anybody, anybody, 2 * ms},
		{"any to receiver", anybody, to, 3 * ms},
		{"sender to any", from, anybody, 4 * ms},
		{"sender to receiver", from, to, 5 * ms},
	}
	travel := func() time.Duration {
		t.Helper()
		send(t, a, b, 1)
		due, _ := network.Next()
		sent := network.Now()
		network.Advance(due)
		return due - sent
	}
	if got := travel(); got != 1*ms {
		t.Errorf("base link: %v", got)
	}
	for _, step := range steps {
		if err := network.SetLink(step.from, step.to, memory.Link{Latency: step.latency}); err != nil {
			t.Fatal(err)
		}
		if got := travel(); got != step.latency {
			t.Errorf("%s: %v, want %v", step.name, got, step.latency)
		}
	}
	for i := len(steps) - 1; i >= 0; i-- {
		network.ResetLink(steps[i].from, steps[i].to)
	}
	if got := travel(); got != 1*ms {
		t.Errorf("after resetting all: %v", got)
	}
	if err := network.SetLink(from, to, memory.Link{Loss: 2}); err == nil {
		t.Error("an impossible link was set")
	}
}

func TestLossAndDuplicationHaveTheirShare(t *testing.T) {
	const count = 10_000
	network, a, b := pair(t, memory.NetworkConfig{
		Seed: 7, Link: memory.Link{Loss: 0.2, Duplicate: 0.1, Spread: ms}, QueueEnvelopes: 3 * count,
	})
	got := 0
	for i := range uint32(count) {
		send(t, a, b, i)
		network.Advance(network.Now() + 10*ms)
		got += len(sequences(t, b))
	}
	stats := network.Stats()
	if stats.Lost < 1_800 || stats.Lost > 2_200 {
		t.Errorf("%d of %d lost, want about 2,000", stats.Lost, count)
	}
	if stats.Duplicated < 700 || stats.Duplicated > 900 {
		t.Errorf("%d duplicated, want about 800", stats.Duplicated)
	}
	if want := count - stats.Lost + stats.Duplicated; uint64(got) != want {
		t.Errorf("%d arrived, want %d", got, want)
	}
}

func TestSpreadReorders(t *testing.T) {
	for _, jitter := range []memory.Jitter{memory.JitterUniform, memory.JitterExponential} {
		network, a, b := pair(t, memory.NetworkConfig{Seed: 3, Link: memory.Link{Latency: ms, Spread: 10 * ms, Jitter: jitter}})
		for i := range uint32(100) {
			send(t, a, b, i)
		}
		if due, _ := network.Next(); due < ms {
			t.Errorf("jitter %d: something arrives after %v, before the latency", jitter, due)
		}
		network.Advance(time.Second)
		got := sequences(t, b)
		if len(got) != 100 {
			t.Fatalf("jitter %d: %d of 100 arrived", jitter, len(got))
		}
		inOrder := true
		for i := range got {
			inOrder = inOrder && got[i] == i
		}
		if inOrder {
			t.Errorf("jitter %d: nothing was reordered", jitter)
		}
	}
}

func TestClosedTargets(t *testing.T) {
	for _, answers := range []bool{false, true} {
		network, a, b := pair(t, memory.NetworkConfig{Unreachable: answers, Link: memory.Link{Latency: ms}})
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		send(t, a, b, 1)
		network.Advance(ms)
		arrived(t, a)
		network.Advance(2 * ms) // the way back
		if answers {
			arrived(t, a, -int(transport.NoticeUnreachable))
		} else {
			arrived(t, a)
		}
		if got := network.Stats().Unanswered; got != 1 {
			t.Errorf("%d unanswered, want 1", got)
		}
	}
}

func TestANoticeIsForTheLifeThatSent(t *testing.T) {
	network, a, b := pair(t, memory.NetworkConfig{Unreachable: true, Link: memory.Link{Latency: ms}})
	address := a.Info().Local
	b.Close()
	send(t, a, b, 1)
	a.Close()
	again := open(t, memory.Config{Network: network, Address: address}, "a")
	network.Advance(time.Second)
	arrived(t, again)
}

func TestAnAddressHasOneNode(t *testing.T) {
	network, a, _ := pair(t, memory.NetworkConfig{})
	address := a.Info().Local
	_, err := memory.Config{Network: network, Address: address}.Open(transporttest.Local("c"))
	if !errors.Is(err, memory.ErrAddressInUse) || !strings.Contains(err.Error(), address.String()) {
		t.Errorf("error %v, want ErrAddressInUse that names %v", err, address)
	}
	a.Close()
	open(t, memory.Config{Network: network, Address: address}, "c")
}

func TestWakeIsCalledForWhatCanBePolled(t *testing.T) {
	network, a, _ := pair(t, memory.NetworkConfig{Unreachable: true})
	woken := 0
	c := open(t, memory.Config{Network: network, Wake: func() { woken++ }}, "c")
	send(t, a, c, 1)
	network.Inject(a.Info().Local, c.Info().Local, "another", 1, nil, 0)
	network.Advance(0)
	if woken != 1 {
		t.Errorf("woken %d times for one envelope and one that is dropped", woken)
	}
	a.Close()
	send(t, c, a, 2)
	network.Advance(0)
	network.Advance(0)
	if woken != 2 {
		t.Errorf("woken %d times, want a second time for a notice", woken)
	}
}

func TestTapAndInjectReplay(t *testing.T) {
	network, a, b := pair(t, memory.NetworkConfig{Link: memory.Link{Loss: 1}})
	type tapped struct {
		from, to netip.AddrPort
		payload  string
	}
	var heard []tapped
	network.Tap(func(from, to netip.AddrPort, payload []byte) {
		heard = append(heard, tapped{from, to, string(payload)})
	})
	send(t, a, b, 9)
	network.Tap(nil)
	send(t, a, b, 10)
	network.Advance(0)
	arrived(t, b)
	if len(heard) != 1 || heard[0].from != a.Info().Local || heard[0].to != b.Info().Local {
		t.Fatalf("the tap heard %+v", heard)
	}
	network.Inject(heard[0].from, heard[0].to, transporttest.Cluster, 1, []byte(heard[0].payload), time.Hour)
	network.Advance(time.Hour - 1)
	arrived(t, b)
	network.Advance(time.Hour)
	arrived(t, b, 9)
}

// run plays a fixed scenario and returns everything that can be observed.
func run(t *testing.T, seed uint64) string {
	network := newNetwork(t, memory.NetworkConfig{Seed: seed, Unreachable: true, Link: memory.Link{
		Latency: ms, Spread: 3 * ms, Jitter: memory.JitterExponential, Loss: 0.1, Duplicate: 0.1,
	}})
	var nodes []transport.Transport
	for i := range 20 {
		nodes = append(nodes, open(t, memory.Config{Network: network}, fmt.Sprint("n", i)))
	}
	for i := range nodes {
		if err := network.SetLink(nodes[i].Info().Local, netip.AddrPort{}, memory.Link{Latency: time.Duration(i) * ms / 4, Loss: 0.2, Spread: ms}); err != nil {
			t.Fatal(err)
		}
		network.Cut(nodes[i].Info().Local, nodes[(i*7)%20].Info().Local)
	}
	nodes[13].Close()
	var log strings.Builder
	for step := range 30 {
		for i, from := range nodes {
			if i != 13 {
				send(t, from, nodes[(i+step)%20], uint32(100*step+i))
			}
		}
		network.Advance(network.Now() + ms)
		for i, node := range nodes {
			if i != 13 {
				fmt.Fprintf(&log, "%d %d %v\n", step, i, sequences(t, node))
			}
		}
	}
	fmt.Fprintf(&log, "%+v", network.Stats())
	return log.String()
}

func TestSameSeedSameArrivals(t *testing.T) {
	first := run(t, 1)
	for range 3 {
		if again := run(t, 1); again != first {
			t.Fatalf("one seed, two outcomes:\n%s\n%s", first, again)
		}
	}
	if run(t, 2) == first {
		t.Error("two seeds, one outcome")
	}
}

// TestOneNodesTrafficDoesNotChangeAnothersFate: each sender has its own stream
// of randomness.
func TestOneNodesTrafficDoesNotChangeAnothersFate(t *testing.T) {
	outcome := func(noise int) string {
		network, a, b := pair(t, memory.NetworkConfig{Seed: 5, Link: memory.Link{Loss: 0.5, Spread: ms}})
		c := open(t, memory.Config{Network: network}, "c")
		var got []int
		for i := range uint32(200) {
			send(t, a, b, i)
			for range noise {
				send(t, c, a, 0)
			}
			network.Advance(network.Now() + 10*ms)
			got = append(got, sequences(t, b)...)
			sequences(t, a)
		}
		return fmt.Sprint(got)
	}
	if outcome(0) != outcome(3) {
		t.Error("what c sends changes what a loses")
	}
}

// TestEnvelopesAreConserved: whatever the links do, the counters say where
// each envelope went.
func TestEnvelopesAreConserved(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		share := rapid.Float64Range(0, 1)
		network := newNetwork(t, memory.NetworkConfig{
			Seed: rapid.Uint64().Draw(rt, "seed"), Unreachable: rapid.Bool().Draw(rt, "unreachable"),
			Link: memory.Link{Spread: 5 * ms, Loss: share.Draw(rt, "loss"), Duplicate: share.Draw(rt, "duplicate")},
		})
		nodes := []transport.Transport{
			open(t, memory.Config{Network: network}, "a"), open(t, memory.Config{Network: network}, "b"),
			open(t, memory.Config{Network: network}, "c"),
		}
		node := rapid.IntRange(0, len(nodes)-1)
		at := func(label string) netip.AddrPort { return nodes[node.Draw(rt, label)].Info().Local }
		received := 0
		rt.Repeat(map[string]func(*rapid.T){
			"send":    func(rt *rapid.T) { send(t, nodes[node.Draw(rt, "from")], nodes[node.Draw(rt, "to")], 1) },
			"advance": func(*rapid.T) { network.Advance(network.Now() + ms) },
			"cut":     func(*rapid.T) { network.Cut(at("from"), at("to")) },
			"hold":    func(*rapid.T) { network.Hold(at("from"), at("to")) },
			"release": func(*rapid.T) { network.Release(at("from"), at("to")) },
			"heal":    func(*rapid.T) { network.Heal() },
		})
		for i := range nodes {
			for j := range nodes {
				network.Release(nodes[i].Info().Local, nodes[j].Info().Local)
			}
		}
		network.Advance(network.Now() + time.Hour)
		for _, node := range nodes {
			received += len(sequences(t, node))
		}
		stats := network.Stats()
		if stats.Sent+stats.Duplicated != stats.Lost+stats.Blocked+stats.Unanswered+stats.Delivered {
			rt.Fatalf("envelopes appeared or vanished: %+v", stats)
		}
		if uint64(received) != stats.Delivered {
			rt.Fatalf("%d polled of %d delivered", received, stats.Delivered)
		}
	})
}
