package memory_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// harness runs the conformance suite on a network of the given kind.
func harness(t *testing.T, config memory.NetworkConfig) transporttest.Harness {
	network, err := memory.NewNetwork(config)
	if err != nil {
		t.Fatal(err)
	}
	last := uint16(0)
	unused := func(t testing.TB) netip.AddrPort {
		last++
		return netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), last)
	}
	return transporttest.Harness{
		Open: func(t testing.TB, local transport.Local, options transporttest.Options) transport.Transport {
			config := memory.Config{Network: network, Filter: options.Filter, Address: options.Listen}
			if options.IPv6 {
				last++
				config.Address = netip.AddrPortFrom(netip.MustParseAddr("2001:db8::1"), last)
			}
			opened, err := config.Open(local)
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			return opened
		},
		Advance:          func() { network.Advance(network.Now() + time.Millisecond) },
		Unanswered:       unused,
		UnansweredNotice: transport.NoticeUnreachable,
		Silent: func(t testing.TB) netip.AddrPort {
			address := unused(t)
			network.Cut(address, netip.AddrPort{})
			return address
		},
		Inject: func(t testing.TB, target transport.Transport, local transport.Local, cause transport.Drop) bool {
			payload := transporttest.QuietEnvelope("forger", 1).AppendTo(nil)
			cluster, version := local.Cluster, local.WireMin
			switch cause {
			case transport.DropMalformed:
				payload = payload[:len(payload)-1]
			case transport.DropOversize:
				payload = make([]byte, target.Info().MaxEnvelopeBytes+1)
			case transport.DropForeign:
				cluster = "another"
			case transport.DropVersion:
				version = local.WireMax + 1
			default:
				return false
			}
			network.Inject(unused(t), target.Info().Local, cluster, version, payload, 0)
			return true
		},
		ZeroAlloc: true,
	}
}

func TestConformance(t *testing.T) {
	transporttest.Run(t, harness(t, memory.NetworkConfig{Unreachable: true}))
}

func TestConformanceWithIdentitiesAndLatency(t *testing.T) {
	transporttest.Run(t, harness(t, memory.NetworkConfig{
		Unreachable: true, Identities: true, Link: memory.Link{Latency: 3 * time.Millisecond},
	}))
}
