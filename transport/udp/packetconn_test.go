package udp

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// A service manager hands a descriptor over; package net makes a connection of
// it, which is as good as one that the transport binds.
func TestADescriptorThatIsHandedIn(t *testing.T) {
	bound := listen(t)
	file, err := bound.File()
	if err != nil {
		t.Skip(err) // not on Windows
	}
	conn, err := net.FilePacketConn(file)
	if err = errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	node, err := Config{Conn: conn, Insecure: true}.Open(transporttest.Local("a"))
	if err != nil {
		t.Fatal(err)
	}
	if got := node.Info().Local; got != addressOf(bound) {
		t.Errorf("bound to %v, want %v", got, addressOf(bound))
	}
	_, isSingle := node.(*Transport).socket.(*packetSocket)
	if isSingle {
		t.Error("a socket of the system's is used one datagram at a time")
	}
	peer := openLoopback(t, "b", nil)
	if err := peer.Send(transport.Outbound{Target: node.Info().Local, Envelope: transporttest.QuietEnvelope("b", 7)}); err != nil {
		t.Fatal(err)
	}
	if got := await(t, node); got.Envelope.Sequence != 7 {
		t.Errorf("received %+v", got)
	}
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.WriteTo(nil, conn.LocalAddr()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close the connection says %v", err)
	}
}

// lossy loses every second datagram that is written.
type lossy struct {
	*net.UDPConn
	written int
}

func (l *lossy) WriteTo(bytes []byte, to net.Addr) (int, error) {
	if l.written++; l.written%2 == 0 {
		return len(bytes), nil
	}
	return l.UDPConn.WriteTo(bytes, to)
}

// Whoever wraps a socket sees every datagram, also if he has embedded it.
func TestAConnectionThatIsWrapped(t *testing.T) {
	wrapped := &lossy{UDPConn: listen(t)}
	node, err := Config{Conn: wrapped, Keys: ringOf(testKey(1))}.Open(transporttest.Local("a"))
	if err != nil {
		t.Fatal(err)
	}
	peer := openLoopback(t, "b", func(c *Config) { c.Keys, c.Insecure = ringOf(testKey(1)), false })
	for i := range uint32(10) {
		if err := node.Send(transport.Outbound{Target: peer.Info().Local, Envelope: transporttest.QuietEnvelope("a", i)}); err != nil {
			t.Fatal(err)
		}
	}
	for want := uint32(0); want < 10; want += 2 {
		if got := await(t, peer); got.Envelope.Sequence != want {
			t.Fatalf("received %d, want %d", got.Envelope.Sequence, want)
		}
	}
	if err := node.Close(); err != nil { // waits for the writer
		t.Fatal(err)
	}
	if wrapped.written != 10 {
		t.Errorf("%d datagrams passed the wrapper", wrapped.written)
	}
}

// Until Open has succeeded, a connection is its caller's.
func TestAConnectionThatIsNotTaken(t *testing.T) {
	conn := listen(t)
	for name, test := range map[string]struct {
		config  Config
		mention string
	}{
		"an address besides": {Config{Listen: addressOf4, Conn: conn, Insecure: true}, "leave one out"},
		"no key":             {Config{Conn: conn}, "KeyFile"},
		"no key file":        {Config{Conn: conn, KeyFile: t.TempDir() + "/none"}, "keygen"},
		"not of UDP":         {Config{Conn: unixgram(t), Insecure: true}, "*net.UnixAddr"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.config.Conn.LocalAddr() == nil {
				t.Skip("the system has no such sockets")
			}
			_, err := test.config.Open(transporttest.Local("a"))
			if err == nil || !strings.Contains(err.Error(), test.mention) {
				t.Errorf("error %v, want one about %q", err, test.mention)
			}
		})
	}
	if _, err := conn.WriteToUDPAddrPort([]byte{1}, addressOf(conn)); err != nil {
		t.Errorf("the connection was closed: %v", err)
	}
}

func unixgram(t *testing.T) net.PacketConn {
	folder, err := os.MkdirTemp("", "hearsay")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	conn, err := net.ListenPacket("unixgram", folder+"/socket")
	if err != nil {
		return &net.UDPConn{}
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// What a socket reaches follows from where it is bound.
func TestFamilies(t *testing.T) {
	for _, test := range []struct {
		bound  string
		dual   bool
		v4, v6 bool
	}{
		{"0.0.0.0", false, true, false},
		{"192.0.2.1", true, true, false},
		{"::ffff:192.0.2.1", true, true, false},
		{"::", true, true, true},
		{"::", false, false, true},
		{"2001:db8::1", true, false, true},
	} {
		if v4, v6 := familyOf(netip.MustParseAddr(test.bound), test.dual); v4 != test.v4 || v6 != test.v6 {
			t.Errorf("%s, dual %v: IPv4 %v, IPv6 %v", test.bound, test.dual, v4, v6)
		}
	}
}

// timeless knows no deadlines.
type timeless struct{ net.PacketConn }

func (timeless) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (timeless) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (timeless) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

func TestCloseNeedsNoDeadlines(t *testing.T) {
	const count = 100
	node, err := Config{Conn: timeless{listen(t)}, Insecure: true}.Open(transporttest.Local("a"))
	if err != nil {
		t.Fatal(err)
	}
	peer := openLoopback(t, "b", nil)
	for i := range uint32(count) {
		if err := node.Send(transport.Outbound{Target: peer.Info().Local, Envelope: transporttest.QuietEnvelope("a", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range uint32(count) {
		if got := await(t, peer); got.Envelope.Sequence != i {
			t.Fatalf("envelope %d arrived, want %d", got.Envelope.Sequence, i)
		}
	}
}

// stuck takes nothing until it is closed.
type stuck struct {
	net.PacketConn
	closed chan struct{}
}

func (c *stuck) WriteTo([]byte, net.Addr) (int, error) {
	<-c.closed
	return 0, net.ErrClosed
}

func (c *stuck) Close() error {
	close(c.closed)
	return c.PacketConn.Close()
}

func TestCloseDoesNotWaitForAConnectionThatTakesNothing(t *testing.T) {
	const count = 3
	node, err := Config{Conn: &stuck{listen(t), make(chan struct{})}, Insecure: true}.Open(transporttest.Local("a"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint32(count) {
		if err := node.Send(transport.Outbound{Target: addressOf4, Envelope: transporttest.QuietEnvelope("a", i)}); err != nil {
			t.Fatal(err)
		}
	}
	closed := make(chan error, 1)
	go func() { closed <- node.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Close waits for ever")
	}
	if got := node.Info().Stats.Dropped[transport.DropSend]; got != count {
		t.Errorf("%d counted as lost, want %d", got, count)
	}
}

// mappedConn has one datagram, of an IPv4 address in the 16 bytes in which net.IP
// mostly has it.
type mappedConn struct {
	net.PacketConn
	read bool
}

func (c *mappedConn) ReadFrom([]byte) (int, net.Addr, error) {
	if c.read {
		return 0, nil, net.ErrClosed
	}
	c.read = true
	return 0, &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7}, nil
}

func TestAWrapperMayWriteIPv4AddressesInEitherForm(t *testing.T) {
	s := packetSocket{conn: &mappedConn{}}
	var source netip.AddrPort
	err := s.read(func(batch []received) { source = batch[0].source })
	if want := netip.MustParseAddrPort("192.0.2.1:7"); source != want || !errors.Is(err, net.ErrClosed) {
		t.Errorf("it came from %v, want %v (%v)", source, want, err)
	}
}
