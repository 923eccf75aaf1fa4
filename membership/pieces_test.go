package membership

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

func TestConfigNamesEveryFieldThatIsWrong(t *testing.T) {
	good := Config{ID: "a", Cluster: "c", Endpoints: []Endpoint{{Network: "udp", Address: addressOf(1)}}}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*Config){
		"ID":               func(c *Config) { c.ID = "" },
		"Cluster":          func(c *Config) { c.Cluster = string(make([]byte, 65)) },
		"Zone":             func(c *Config) { c.Zone = "\xff" },
		"Endpoints":        func(c *Config) { c.Endpoints = nil },
		"Endpoints[0]":     func(c *Config) { c.Endpoints[0].Address = netip.MustParseAddrPort("0.0.0.0:1") },
		"WireMax":          func(c *Config) { c.WireMin, c.WireMax = 3, 2 },
		"MinCounter":       func(c *Config) { c.MinCounter = MaxCounter },
		"Period":           func(c *Config) { c.Period = time.Millisecond },
		"GossipInterval":   func(c *Config) { c.GossipInterval = 2 * time.Second },
		"TopologyInterval": func(c *Config) { c.TopologyInterval = -1 },
		"PauseTolerance":   func(c *Config) { c.PauseTolerance = time.Millisecond },
		"IndirectProbes":   func(c *Config) { c.IndirectProbes = 17 },
		"GossipFanout":     func(c *Config) { c.GossipFanout = -1 },
		"EagerFanout":      func(c *Config) { c.EagerFanout = 17 },
		"AnswerDatagrams":  func(c *Config) { c.AnswerDatagrams = 65 },
		"JoinFanout":       func(c *Config) { c.JoinFanout = 65 },
		"DatagramBudget":   func(c *Config) { c.DatagramBudget = 319 },
		"MaxEnvelopeBytes": func(c *Config) { c.MaxEnvelopeBytes = 1000 },
	} {
		bad := good.withDefaults()
		spoil(&bad)
		err := bad.Validate()
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte("Config."+field+":")) {
			t.Errorf("%s: %v", field, err)
		}
		if _, err := New(bad); err == nil {
			t.Errorf("%s: New takes it", field)
		}
	}
	if _, err := New(Config{}); err == nil {
		t.Error("an empty configuration is taken")
	}
}

func TestEveryoneIsProbedOnceInNPeriods(t *testing.T) {
	ring := probeRing{rng: rand.New(rand.NewPCG(1, 2))}
	members := []uint64{1, 2, 3, 4, 5, 6, 7}
	wanted := func(key uint64) bool { return slices.Contains(members, key) }
	refill := func(keys []uint64) []uint64 { return append(keys, members...) }
	var orders [][]uint64
	for range 20 {
		var order []uint64
		for range members {
			key, ok := ring.next(wanted, refill)
			if !ok {
				t.Fatal("nobody to probe")
			}
			order = append(order, key)
		}
		sorted := slices.Sorted(slices.Values(order))
		if !slices.Equal(sorted, members) {
			t.Fatalf("one round probed %v", order)
		}
		orders = append(orders, order)
	}
	if slices.Equal(orders[0], orders[1]) && slices.Equal(orders[1], orders[2]) {
		t.Fatal("the order is always the same")
	}
	ring.next(wanted, refill)
	members = append(members, 8)
	ring.add(8)
	ring.add(8)
	seen := 0
	for range 7 {
		if key, _ := ring.next(wanted, refill); key == 8 {
			seen++
		}
	}
	if seen != 1 {
		t.Fatalf("a new member was probed %d times in the round that ran", seen)
	}
	members = nil
	if _, ok := ring.next(wanted, refill); ok {
		t.Fatal("somebody is probed who is gone")
	}
}

func TestATokenIsGoodForItsAddressAndTime(t *testing.T) {
	random := newRandomness([2]uint64{1, 2}, "a")
	mint := newTokenMint(random.secret)
	a, b := addressOf(1), addressOf(2)
	now := Instant(time.Hour)
	token := mint.appendToken(nil, now, a)
	if len(token) != tokenBytes {
		t.Fatalf("%d bytes", len(token))
	}
	other := newTokenMint(newRandomness([2]uint64{1, 2}, "b").secret)
	for name, ok := range map[string]bool{
		"at once":                 mint.valid(now, a, token),
		"a little later":          mint.valid(now.Add(tokenLife), a, token),
		"elsewhere, not":          !mint.valid(now, b, token),
		"at another port, not":    !mint.valid(now, netip.AddrPortFrom(a.Addr(), 1), token),
		"much later, not":         !mint.valid(now.Add(2*tokenLife), a, token),
		"another node's, not":     !other.valid(now, a, token),
		"cut short, not":          !mint.valid(now, a, token[:7]),
		"without one, not":        !mint.valid(now, a, nil),
		"with a flipped bit, not": !mint.valid(now, a, append([]byte{token[0] ^ 1}, token[1:]...)),
	} {
		if !ok {
			t.Error(name)
		}
	}
}

// The queue against a naive one.
func TestRumoursGoOutLeastSentFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newRumourQueue()
		sends := map[rumourName]int{}
		const limit = 5
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			name := rumourName{subject: rapid.Uint64Range(1, 30).Draw(t, "subject")}
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				q.add(name, 0, false)
				sends[name] = 0
			case 2:
				q.drop(name)
				delete(sends, name)
			default:
				fits := rapid.IntRange(0, 8).Draw(t, "fits")
				least := 0
				q.begin(limit, limit)
				seen := map[rumourName]bool{}
				for range fits {
					r := q.take()
					if r == nil {
						break
					}
					if seen[r.name] || r.sends < least {
						t.Fatalf("%v again, or out of order", r.name)
					}
					least = r.sends
					if want, ok := sends[r.name]; !ok || want != r.sends {
						t.Fatalf("%v: sent %d times, want %d, known %v", r.name, r.sends, want, ok)
					}
					seen[r.name] = true
					if r.sent = rapid.Bool().Draw(t, "fits"); r.sent {
						if sends[r.name]++; sends[r.name] == limit {
							delete(sends, r.name)
						}
					}
				}
				q.end()
			}
			if q.len() != len(sends) {
				t.Fatalf("%d rumours, want %d", q.len(), len(sends))
			}
		}
		if q.queued > 2*q.len()+64 {
			t.Fatalf("%d places for %d rumours", q.queued, q.len())
		}
	})
}

func TestUrgentRumoursGoFirst(t *testing.T) {
	q := newRumourQueue()
	q.add(rumourName{subject: 1}, 0, false)
	q.add(rumourName{subject: 2}, 0, true)
	for range 4 {
		q.begin(9, 9)
		r := q.take()
		if r.name.subject != 2 {
			t.Fatalf("%v before the urgent one", r.name)
		}
		r.sent = true
		q.end()
	}
}

// bulk is a share of records that never ends.
type bulk struct {
	size, packed int
	least        int
}

func (b *bulk) fill(d *draft) {
	b.least = max(b.least, d.room)
	rec := hearsayv1.NodeRecord{ID: "n", Generation: 1 << 32, Version: 1, Owner: make([]byte, b.size)}
	for d.addRecord(&rec) {
		b.packed++
	}
}

func TestThePackerStaysWithinEveryBudgetAndMakesProgress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budget := rapid.IntRange(256, 9000).Draw(t, "budget")
		sizes := rapid.SliceOfN(rapid.IntRange(1, 210), 1, 200).Draw(t, "sizes")
		accusations := rapid.IntRange(0, 40).Draw(t, "accusations")
		for len(sizes) > 0 || accusations > 0 {
			d := &draft{}
			d.reset(destination{})
			d.envelope = hearsayv1.Envelope{Sender: 1, Generation: 2, Incarnation: 3, Sequence: 4, Root: 5, Ack: 6}
			d.measure(budget)
			before := len(sizes) + accusations
			for accusations > 0 && d.addAccusation(&hearsayv1.Accusation{
				Subject: 1, Generation: 1 << 40, Incarnation: 1 << 31, Accuser: 3, Evidence: hearsayv1.EvidenceNack,
			}) {
				accusations--
			}
			for len(sizes) > 0 {
				rec := hearsayv1.NodeRecord{ID: "n", Generation: 1 << 63, Version: 1, Owner: bytes.Repeat([]byte{1}, sizes[0])}
				if rec.Size() > budget-64 {
					sizes = sizes[1:] // no envelope of this budget can hold it
					continue
				}
				if !d.addRecord(&rec) {
					break
				}
				sizes = sizes[1:]
			}
			if encoded := d.envelope.AppendTo(nil); len(encoded) > budget {
				t.Fatalf("%d bytes of %d", len(encoded), budget)
			}
			if len(sizes)+accusations == before {
				t.Fatal("nothing fits an empty envelope")
			}
		}
	})
}

func TestNoShareStarvesAnother(t *testing.T) {
	d := &draft{}
	d.reset(destination{})
	d.measure(1000)
	first, second := &bulk{size: 20}, &bulk{size: 20}
	pack(d, first, second)
	if encoded := d.envelope.AppendTo(nil); len(encoded) > 1000 {
		t.Fatalf("%d bytes", len(encoded))
	}
	if second.packed*40 < 400 {
		t.Fatalf("the second share packed %d", second.packed)
	}
	if d.room > 40 {
		t.Fatalf("%d bytes are left", d.room)
	}
}

func TestAJoinIsNoShorterThanAnyAnswer(t *testing.T) {
	largest := hearsayv1.Envelope{
		Sender: 1, Generation: 2, Incarnation: 3, Root: 4, Flags: 1, Ack: 5,
		JoinAck: &hearsayv1.JoinAck{
			ID: string(bytes.Repeat([]byte{'x'}, MaxIDBytes)), KnownGeneration: 1 << 63,
			ObservedIP: make([]byte, 16), ObservedPort: 65535,
		},
		Challenge: make([]byte, tokenBytes),
	}
	if got := largest.Size(); got > joinAckBytes {
		t.Fatalf("an answer may take %d bytes", got)
	}
	c := newCluster(t, 1)
	n := c.start(c.config(1), addressOf(0))
	if got := len(c.queue[0].bytes); got < largest.Size() {
		t.Fatalf("the question has %d bytes, the answer %d", got, largest.Size())
	}
	_ = n
}

func TestPeersArePickedDistinctAndAtRandom(t *testing.T) {
	c := formed(t, 41, 12, nil)
	n := c.nodes[0]
	counts := map[string]int{}
	for range 3000 {
		picked := n.pickPeers(3, func(e *Entry) bool { return e.ID() == "node-005" })
		if len(picked) != 3 || picked[0] == picked[1] || picked[1] == picked[2] || picked[0] == picked[2] {
			t.Fatalf("picked %v", picked)
		}
		for _, e := range picked {
			counts[e.ID()]++
		}
	}
	if len(counts) != 10 || counts["node-005"] != 0 {
		t.Fatalf("%v", counts)
	}
	for id, count := range counts {
		if count < 750 || count > 1050 {
			t.Errorf("%s was picked %d times of 900", id, count)
		}
	}
}
