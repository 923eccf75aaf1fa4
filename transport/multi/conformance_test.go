package multi_test

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/multi"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

var loopback, loopback6 = netip.MustParseAddrPort("127.0.0.1:0"), netip.MustParseAddrPort("[::1]:0")

// opened opens several transports as one.
func opened(t testing.TB, local transport.Local, openers ...transport.Opener) transport.Transport {
	t.Helper()
	one, err := multi.Config{Transports: openers}.Open(local)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// newNetwork makes a perfect network of that name.
func newNetwork(t testing.TB, name string) *memory.Network {
	t.Helper()
	network, err := memory.NewNetwork(memory.NetworkConfig{Name: name, Seed: 1, Unreachable: true})
	if err != nil {
		t.Fatal(err)
	}
	return network
}

func TestConformanceOverMemory(t *testing.T) {
	first, second := newNetwork(t, "first"), newNetwork(t, "second")
	last := uint16(0)
	unused := func(testing.TB) netip.AddrPort {
		last++
		return netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), last)
	}
	transporttest.Run(t, transporttest.Harness{
		Open: func(t testing.TB, local transport.Local, options transporttest.Options) transport.Transport {
			address := options.Listen
			if options.IPv6 {
				last++
				address = netip.AddrPortFrom(netip.MustParseAddr("2001:db8::1"), last)
			}
			return opened(t, local,
				memory.Config{Network: first, Filter: options.Filter, Address: address},
				memory.Config{Network: second, Filter: options.Filter})
		},
		Advance: func() {
			first.Advance(first.Now() + time.Millisecond)
			second.Advance(second.Now() + time.Millisecond)
		},
		Unanswered:       unused,
		UnansweredNotice: transport.NoticeUnreachable,
		Silent: func(t testing.TB) netip.AddrPort {
			address := unused(t)
			first.Cut(address, netip.AddrPort{})
			return address
		},
		ZeroAlloc: true,
	})
}

// certified returns what makes QUIC configurations of the suite's clusters. Both
// clusters trust the same authorities: they must not mix even so.
func certified(t *testing.T) func(local transport.Local) quic.Config {
	dir := t.TempDir()
	authorities := make(map[string]*devca.Authority)
	var trusted []byte
	for _, cluster := range []string{transporttest.Cluster, "another"} {
		ca, err := devca.New(cluster, devca.Options{})
		if err != nil {
			t.Fatal(err)
		}
		authorities[cluster] = ca
		trusted = append(trusted, ca.Pair.CertPEM()...)
	}
	caFile := filepath.Join(dir, "trusted.pem")
	if err := os.WriteFile(caFile, trusted, 0o600); err != nil {
		t.Fatal(err)
	}
	return func(local transport.Local) quic.Config {
		pair, err := authorities[local.Cluster].Issue(local.NodeID, devca.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := pair.Write(dir, true); err != nil {
			t.Fatal(err)
		}
		return quic.Config{
			Listen: loopback, CAFile: caFile, DialTimeout: time.Second, BackoffMax: time.Second,
			CertFile: filepath.Join(dir, local.NodeID+".pem"), KeyFile: filepath.Join(dir, local.NodeID+".key"),
		}
	}
}

// A node that moves prefers one first, and later the other.
func TestConformanceOverSockets(t *testing.T) {
	for _, preferred := range []string{udp.NetworkName, quic.Network} {
		t.Run(preferred+" first", func(t *testing.T) {
			keys, err := udp.NewKeyring(udp.NewKey())
			if err != nil {
				t.Fatal(err)
			}
			certificate := certified(t)
			var silent func(testing.TB) netip.AddrPort
			if preferred == quic.Network { // that of UDP is that of UDP alone, and takes long
				silent = func(t testing.TB) netip.AddrPort { return addressOf(listen(t)) }
			}
			transporttest.Run(t, transporttest.Harness{
				Open: func(t testing.TB, local transport.Local, options transporttest.Options) transport.Transport {
					sealed, certified := udp.Config{Listen: loopback, Keys: keys, Filter: options.Filter}, certificate(local)
					certified.Filter = options.Filter
					if options.IPv6 {
						sealed.Listen, certified.Listen = loopback6, loopback6
					}
					if preferred == quic.Network {
						if options.Listen.IsValid() {
							certified.Listen = options.Listen
						}
						return opened(t, local, certified, sealed)
					}
					if options.Listen.IsValid() {
						sealed.Listen = options.Listen
					}
					return opened(t, local, sealed, certified)
				},
				Silent: silent,
				Unanswered: func(t testing.TB) netip.AddrPort {
					conn := listen(t)
					conn.Close()
					return addressOf(conn)
				},
			})
		})
	}
}

// listen opens a socket at which nothing is read.
func listen(t testing.TB) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(loopback))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func addressOf(conn *net.UDPConn) netip.AddrPort { return conn.LocalAddr().(*net.UDPAddr).AddrPort() }
