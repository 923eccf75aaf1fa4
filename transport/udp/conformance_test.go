package udp

import (
	"net"
	"net/netip"
	"runtime"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// loopback returns the loopback address of a family, or false if the system
// has none.
func loopback(v6 bool) (netip.Addr, bool) {
	if !v6 {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true
	}
	addr := netip.IPv6Loopback()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		return addr, false
	}
	conn.Close()
	return addr, true
}

// listen opens a plain socket.
func listen(t testing.TB) *net.UDPConn {
	addr, _ := loopback(false)
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func addressOf(conn *net.UDPConn) netip.AddrPort {
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// open makes one kind of socket out of a connection.
type open func(*net.UDPConn, socketOptions) (socket, error)

// harness runs the conformance suite over one kind of socket, sealed with keys
// or, without, in plaintext.
func harness(wrap open, keys *Keyring) transporttest.Harness {
	return transporttest.Harness{
		Open: func(t testing.TB, local transport.Local, options transporttest.Options) transport.Transport {
			addr, ok := loopback(options.IPv6)
			if !ok {
				return nil
			}
			config := Config{
				Listen: netip.AddrPortFrom(addr, 0), Keys: keys, Insecure: keys == nil, Filter: options.Filter,
				// In plaintext the nodes of the suite are strangers to each
				// other, and talk faster than strangers may.
				StrangerRate: MaxStrangerRate,
			}
			if options.Listen.IsValid() {
				config.Listen = options.Listen
			}
			if err := config.Validate(); err != nil {
				t.Fatalf("configuration: %v", err)
			}
			if wrap == nil {
				config = handedIn(t, config)
				wrap = newSocket
			}
			opened, err := config.withDefaults().open(local, wrap)
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			return opened
		},
		Silent: func(t testing.TB) netip.AddrPort { return addressOf(listen(t)) },
		Unanswered: func(t testing.TB) netip.AddrPort {
			conn := listen(t)
			conn.Close()
			return addressOf(conn)
		},
		Inject: func(t testing.TB, target transport.Transport, local transport.Local, cause transport.Drop) bool {
			var frame framing = newPlainFraming(local)
			if keys != nil {
				frame = newSealedFraming(local, keys, MinSenders)
			}
			return inject(t, target, local, frame, cause)
		},
	}
}

// inject sends to target, from a socket of its own, what must be dropped for the
// given cause.
func inject(t testing.TB, target transport.Transport, local transport.Local, frame framing, cause transport.Drop) bool {
	envelope := transporttest.QuietEnvelope("forger", 1).AppendTo(nil)
	cut := envelope[:len(envelope)-1]
	seal := func(payload []byte) []byte {
		return frame.finish(append(frame.begin(nil, local.WireMin), payload...))
	}
	datagrams := [][]byte{seal(envelope)}
	switch cause {
	case transport.DropMalformed:
		datagrams[0] = seal(cut)
	case transport.DropOversize:
		datagrams[0] = append(datagrams[0], make([]byte, DefaultReceiveMaxBytes)...)
	case transport.DropForeign:
		datagrams[0][1] ^= 1
	case transport.DropVersion:
		datagrams[0][0] = datagrams[0][0]&flagsMask | local.WireMax + 1
	case transport.DropUnauthenticated:
		if frame.authentic() {
			datagrams[0][len(datagrams[0])-1] ^= 1
		} else {
			datagrams[0][0] |= flagSealed
		}
	case transport.DropReplayed:
		if !frame.authentic() {
			return false
		}
		// The first one is authentic and no envelope.
		datagrams[0] = seal(cut)
		datagrams = append(datagrams, datagrams[0])
	default:
		return false
	}
	sender := listen(t)
	for _, datagram := range datagrams {
		if _, err := sender.WriteToUDPAddrPort(datagram, target.Info().Local); err != nil {
			t.Fatalf("inject: %v", err)
		}
	}
	return true
}

// handedIn gives a configuration a connection that is not the system's, bound
// where it would listen.
func handedIn(t testing.TB, config Config) Config {
	conn, err := config.bind()
	if err != nil {
		t.Fatalf("bind: %v", err)
	}
	config.Conn, config.Listen = struct{ net.PacketConn }{conn}, netip.AddrPort{}
	return config
}

// TestConformance runs the suite over each socket, in plaintext and sealed.
func TestConformance(t *testing.T) {
	for _, kind := range []struct {
		name    string
		wrap    open
		notices bool
	}{
		{"batches", newSocket, runtime.GOOS == "linux"},
		{"one by one", newLoopSocket, false},
		{"handed in", nil, false},
	} {
		for name, keys := range map[string]*Keyring{"plaintext": nil, "sealed": ringOf(NewKey())} {
			t.Run(kind.name+", "+name, func(t *testing.T) {
				h := harness(kind.wrap, keys)
				h.ZeroAlloc = kind.wrap != nil
				if kind.notices {
					h.UnansweredNotice = transport.NoticeUnreachable
				}
				transporttest.Run(t, h)
			})
		}
	}
}

// ringOf returns a ring of keys that are right.
func ringOf(primary Key, others ...Key) *Keyring {
	keys, err := NewKeyring(primary, others...)
	if err != nil {
		panic(err)
	}
	return keys
}
