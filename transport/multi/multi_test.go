package multi_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/multi"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// pair is a node on two networks, and one on each of them that talks to it.
type pair struct {
	networks map[string]*memory.Network
	node     transport.Transport
	peers    map[string]transport.Transport
	woken    atomic.Int32
}

var words = []string{"first", "second"}

func newPair(t testing.TB) *pair {
	t.Helper()
	p := &pair{networks: make(map[string]*memory.Network), peers: make(map[string]transport.Transport)}
	var openers []transport.Opener
	for _, word := range words {
		p.networks[word] = newNetwork(t, word)
		openers = append(openers, memory.Config{Network: p.networks[word]})
		p.peers[word] = opened(t, transporttest.Local("peer"), memory.Config{Network: p.networks[word]})
	}
	local := transporttest.Local("node")
	local.Wake = func() { p.woken.Add(1) }
	p.node = opened(t, local, openers...)
	t.Cleanup(func() {
		if err := p.node.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// tell has the peer on a network send one envelope to the node, which arrives.
func (p *pair) tell(t testing.TB, word string, sequence uint32) {
	t.Helper()
	err := p.peers[word].Send(transport.Outbound{
		Target: p.at(word), Envelope: transporttest.QuietEnvelope("peer", sequence),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.networks[word].Advance(0)
}

// at returns where the node is on a network.
func (p *pair) at(word string) netip.AddrPort {
	return p.node.Info().Parts[slices.Index(words, word)].Local
}

func TestTheWordPicksTheNetwork(t *testing.T) {
	p := newPair(t)
	for _, test := range []struct{ word, want string }{{"", "first"}, {"first", "first"}, {"second", "second"}} {
		target := p.peers[test.want].Info().Local
		out := transport.Outbound{Target: target, Network: test.word, Envelope: transporttest.QuietEnvelope("node", 1)}
		if err := p.node.Send(out); err != nil {
			t.Fatal(err)
		}
		p.networks[test.want].Advance(0)
		var got [2]transport.Inbound
		n, err := p.peers[test.want].Poll(got[:])
		if n != 1 || err != nil || got[0].Network != test.want {
			t.Errorf("by %q: %d arrived, %v, by %q", test.word, n, err, got[0].Network)
		}
	}
	err := p.node.Send(transport.Outbound{Target: p.at("first"), Network: "third", Envelope: transporttest.QuietEnvelope("node", 1)})
	if !errors.Is(err, transport.ErrInvalidTarget) {
		t.Errorf("by a network that it is not on: %v", err)
	}
}

func TestWhatArrivesBearsItsNetwork(t *testing.T) {
	p := newPair(t)
	p.tell(t, "second", 2)
	p.tell(t, "first", 1)
	var got [4]transport.Inbound
	n, err := p.node.Poll(got[:])
	if n != 2 || err != nil {
		t.Fatalf("%d arrived, %v", n, err)
	}
	for _, in := range got[:n] {
		if want := words[in.Envelope.Sequence-1]; in.Network != want {
			t.Errorf("envelope %d came by %q, want %q", in.Envelope.Sequence, in.Network, want)
		}
	}
	if got := p.woken.Load(); got != 2 {
		t.Errorf("the driver was woken %d times, want 2", got)
	}
}

func TestAFloodByOneNetworkDoesNotSilenceTheOther(t *testing.T) {
	for _, flooded := range words {
		p := newPair(t)
		quiet := words[1-slices.Index(words, flooded)]
		for i := range uint32(200) {
			p.tell(t, flooded, i)
		}
		p.tell(t, quiet, 7)
		var batch [8]transport.Inbound
		polls, heard := 0, false
		for ; !heard && polls < 25; polls++ {
			n, err := p.node.Poll(batch[:])
			if n != len(batch) || err != nil {
				t.Fatalf("poll: %d, %v", n, err)
			}
			heard = slices.ContainsFunc(batch[:n], func(in transport.Inbound) bool { return in.Network == quiet })
		}
		if polls > len(words) {
			t.Errorf("behind a flood by %s, %s is heard in poll %d", flooded, quiet, polls)
		}
	}
}

// Whatever arrives and however it is polled: Ready is full exactly while
// something waits, nothing is lost, and each network keeps its order.
func TestReadyIsFullExactlyWhileSomethingWaits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newPair(t)
		waiting, sent, polled := 0, map[string]uint32{}, map[string]uint32{}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "arrives") {
				word := rapid.SampledFrom(words).Draw(rt, "by")
				sent[word]++
				p.tell(t, word, sent[word])
				waiting++
			} else {
				dst := make([]transport.Inbound, rapid.IntRange(0, 5).Draw(rt, "room"))
				n, err := p.node.Poll(dst)
				if want := min(len(dst), waiting); n != want || err != nil {
					rt.Fatalf("poll into %d with %d waiting: %d, %v", len(dst), waiting, n, err)
				}
				for _, in := range dst[:n] {
					if polled[in.Network]++; in.Envelope.Sequence != polled[in.Network] {
						rt.Fatalf("envelope %d by %s, want %d", in.Envelope.Sequence, in.Network, polled[in.Network])
					}
				}
				waiting -= n
			}
			if isReady := len(p.node.Ready()) > 0; isReady != (waiting > 0) {
				rt.Fatalf("ready is %v with %d waiting", isReady, waiting)
			}
		}
	})
}

func TestInfoDescribesAllAndEach(t *testing.T) {
	small, err := memory.NewNetwork(memory.NetworkConfig{Name: "small", DatagramBudget: 600, MaxEnvelopeBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	node := opened(t, transporttest.Local("node"), memory.Config{Network: newNetwork(t, "large")}, memory.Config{Network: small})
	defer node.Close()
	got := node.Info()
	if got.DatagramBudget != 600 || got.MaxEnvelopeBytes != 1000 {
		t.Errorf("sizes %d and %d, want the least of all", got.DatagramBudget, got.MaxEnvelopeBytes)
	}
	if !slices.Equal(got.Networks, []string{"large", "small"}) || got.Local != got.Parts[0].Local {
		t.Errorf("networks %v at %v, want those of both at the first", got.Networks, got.Local)
	}
	seen := make(map[string]netip.AddrPort)
	for network, part := range got.ByNetwork() {
		seen[network] = part.Local
	}
	if len(seen) != 2 || seen["large"] != got.Parts[0].Local || seen["small"] != got.Parts[1].Local {
		t.Errorf("by network: %v", seen)
	}
	out := transport.Outbound{Target: netip.MustParseAddrPort("192.0.2.1:1"), Envelope: transporttest.EnvelopeOfSize("node", 800)}
	if err := node.Send(out); err != nil {
		t.Fatal(err)
	}
	if got = node.Info(); got.Stats.Sent != 1 || got.Parts[0].Stats.Sent != 1 || got.Parts[1].Stats.Sent != 0 {
		t.Errorf("sent %d in all, %d and %d by each", got.Stats.Sent, got.Parts[0].Stats.Sent, got.Parts[1].Stats.Sent)
	}
}

// broken fails to open, or to close what it has opened.
type broken struct {
	transport.Opener
	opens bool
}

var errBroken = errors.New("broken")

func (b broken) Open(local transport.Local) (transport.Transport, error) {
	if !b.opens {
		return nil, errBroken
	}
	one, err := b.Opener.Open(local)
	return stuck{one}, err
}

type stuck struct{ transport.Transport }

func (s stuck) Close() error { return errors.Join(errBroken, s.Transport.Close()) }

func TestOpenOpensAllOrNone(t *testing.T) {
	network := newNetwork(t, "first")
	address := netip.MustParseAddrPort("10.0.0.1:7946")
	first := memory.Config{Network: network, Address: address}
	for _, test := range []struct {
		name    string
		openers []transport.Opener
		want    string
	}{
		{"none", nil, "Transports is empty"},
		{"nil alone", []transport.Opener{nil}, "Transports[0] is nil"},
		{"nil behind another", []transport.Opener{first, nil}, "Transports[1] is nil"},
		{"one that fails", []transport.Opener{first, broken{}}, "broken"},
		{"two of one network", []transport.Opener{first, memory.Config{Network: network}}, "Transports[1] is of the network \"first\""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := multi.Config{Transports: test.openers}.Open(transporttest.Local("node"))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one that says %q", err, test.want)
			}
			// Its place is free again.
			if err := opened(t, transporttest.Local("node"), first).Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCloseClosesAllAndTellsWhatWentWrong(t *testing.T) {
	node := opened(t, transporttest.Local("node"),
		broken{memory.Config{Network: newNetwork(t, "first")}, true}, memory.Config{Network: newNetwork(t, "second")})
	if err := node.Close(); !errors.Is(err, errBroken) {
		t.Errorf("close: %v", err)
	}
	if err := node.Close(); err != nil {
		t.Errorf("a second close: %v", err)
	}
	select {
	case <-node.Ready():
	case <-time.After(time.Second):
		t.Error("close does not wake who waits")
	}
}
