package gossiper_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// world is a cluster on one goroutine, in virtual time.
type world struct {
	t       *testing.T
	network *memory.Network
	now     membership.Instant
	nodes   []*virtual
	// log is everything that anyone was told, in order.
	log bytes.Buffer
}

// virtual is one node of a world.
type virtual struct {
	*gossiper.Gossiper
	id          string
	world       *world
	transport   transport.Transport
	coordinator *membership.Coordinator
	isGone      bool
}

// Publish writes an event to the log.
func (v *virtual) Publish(event membership.Event) {
	text, err := json.Marshal(event)
	if err != nil {
		v.world.t.Fatal(err)
	}
	fmt.Fprintf(&v.world.log, "%v %s %T %s\n", time.Duration(v.world.now), v.id, event, text)
}

func newWorld(t *testing.T, seed uint64) *world {
	network, err := memory.NewNetwork(memory.NetworkConfig{
		Seed: seed,
		Link: memory.Link{Latency: 300 * time.Microsecond, Spread: 2 * time.Millisecond, Loss: 0.05, Duplicate: 0.02},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, network: network}
}

func (w *world) start(seed uint64, id string, seeds ...netip.AddrPort) *virtual {
	w.t.Helper()
	v := &virtual{id: id, world: w}
	var err error
	v.transport, err = memory.Config{Network: w.network}.Open(transport.Local{NodeID: id, Cluster: "virtual"})
	if err != nil {
		w.t.Fatal(err)
	}
	v.coordinator, err = membership.New(membership.Config{
		ID: id, Cluster: "virtual", Seed: [2]uint64{seed, uint64(len(w.nodes))},
		Endpoints: []membership.Endpoint{{Network: memory.NetworkName, Address: v.transport.Info().Local}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	v.Gossiper, err = gossiper.New(gossiper.Config{
		Transport: v.transport, Coordinator: v.coordinator, Publisher: v,
		TickInterval: gossiper.DefaultTickInterval,
		Wall:         func() time.Time { return time.Unix(0, int64(w.now)).UTC() },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.nodes = append(w.nodes, v)
	v.coordinator.SetSeeds(w.now, seeds)
	if err := v.coordinator.Join(w.now); err != nil {
		w.t.Fatal(err)
	}
	v.step()
	return v
}

func (v *virtual) step() {
	if err := v.Step(v.world.now); err != nil {
		v.world.t.Errorf("%v: %s: %v", time.Duration(v.world.now), v.id, err)
	}
}

// run lets d of virtual time pass, jumping from one thing that happens to the
// next.
func (w *world) run(d time.Duration) {
	end := w.now.Add(d)
	for {
		next := end
		if due, ok := w.network.Next(); ok {
			next = min(next, membership.Instant(due))
		}
		for _, v := range w.nodes {
			if !v.isGone {
				next = min(next, v.Deadline())
			}
		}
		w.now = max(next, w.now)
		w.network.Advance(time.Duration(w.now))
		for _, v := range w.nodes {
			w.wake(v)
		}
		if w.now >= end {
			return
		}
	}
}

// wake steps a node that has something to read or to do.
func (w *world) wake(v *virtual) {
	isReady := false
	select {
	case <-v.transport.Ready():
		isReady = true
	default:
	}
	if v.isGone || !isReady && v.Deadline() > w.now {
		return
	}
	v.step()
	if v.coordinator.Stopped() {
		w.kill(v)
	}
}

func (w *world) kill(v *virtual) {
	v.isGone = true
	if err := v.transport.Close(); err != nil {
		w.t.Error(err)
	}
}

// live checks that the nodes that remain agree, and returns how many they see.
func (w *world) live() int {
	w.t.Helper()
	var first *membership.View
	for _, v := range w.nodes {
		switch view := v.View(); {
		case v.isGone:
		case first == nil:
			first = view
		case view.Hash != first.Hash || view.Len() != first.Len():
			w.t.Errorf("%s sees %d members with hash %x, %s sees %d with hash %x",
				v.id, view.Len(), view.Hash, first.Self, first.Len(), first.Hash)
		}
	}
	return first.Len()
}

// history is a minute of a cluster of five: a join through one seed, a leave, a
// crash and a return. It returns the log of events.
func history(t *testing.T, seed uint64) []byte {
	w := newWorld(t, seed)
	first := w.start(seed, "a")
	address := first.transport.Info().Local
	for _, id := range []string{"b", "c", "d", "e"} {
		w.start(seed, id, address)
	}
	expect := func(what string, want int) {
		t.Helper()
		if got := w.live(); got != want {
			t.Errorf("seed %d: %s: %d members, want %d", seed, what, got, want)
		}
	}
	w.run(10 * time.Second)
	expect("all have joined", 5)
	if err := w.nodes[1].coordinator.Leave(w.now); err != nil {
		t.Error(err)
	}
	w.nodes[1].step()
	w.run(5 * time.Second)
	expect("one has left", 4)
	w.kill(w.nodes[2])
	w.run(20 * time.Second)
	expect("one has crashed", 3)
	w.start(seed, "c", address)
	w.run(25 * time.Second)
	expect("it is back", 4)
	return w.log.Bytes()
}

func TestFiveNodesOnOneGoroutineRepeatThemselvesToTheByte(t *testing.T) {
	for seed := range uint64(5) {
		first, second := history(t, seed), history(t, seed)
		if !bytes.Equal(first, second) {
			at := 0
			for at < min(len(first), len(second)) && first[at] == second[at] {
				at++
			}
			line := bytes.Count(first[:at], []byte("\n")) + 1
			t.Errorf("seed %d: two runs differ in line %d of their logs", seed, line)
		}
		if len(first) == 0 {
			t.Errorf("seed %d: nothing was logged", seed)
		}
	}
	if bytes.Equal(history(t, 1), history(t, 2)) {
		t.Error("the seed changes nothing")
	}
}
