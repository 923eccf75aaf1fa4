package udp

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
)

// openSockets counts the sockets of this process.
func openSockets(t *testing.T) (count int) {
	t.Helper()
	const descriptors = "/proc/self/fd"
	entries, err := os.ReadDir(descriptors)
	if err != nil {
		t.Skip(err)
	}
	for _, entry := range entries {
		// A descriptor may be closed meanwhile; the one of this directory is.
		target, err := os.Readlink(descriptors + "/" + entry.Name())
		if err == nil && strings.HasPrefix(target, "socket:") {
			count++
		}
	}
	return count
}

func TestANodeUsesOneSocket(t *testing.T) {
	before := openSockets(t)
	node, peer := openLoopback(t, "a", nil), openLoopback(t, "b", nil)
	if got := openSockets(t) - before; got != 2 {
		t.Errorf("two nodes use %d sockets", got)
	}
	node.Close()
	peer.Close()
	if got := openSockets(t) - before; got != 0 {
		t.Errorf("%d sockets are open after Close", got)
	}
}

// dualSocket opens a socket of both families, where the system has both.
func dualSocket(t *testing.T) (*net.UDPConn, promptWriter) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	opened, err := newSocket(conn, socketOptions{largest: 1})
	if err != nil {
		t.Fatal(err)
	}
	return conn, opened.(promptWriter)
}

func TestWriteNowReachesBothFamilies(t *testing.T) {
	_, socket := dualSocket(t)
	for _, v6 := range []bool{false, true} {
		addr, ok := loopback(v6)
		if !ok {
			t.Log("the system has no IPv6")
			continue
		}
		target, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
		if err != nil {
			t.Fatal(err)
		}
		defer target.Close()
		if !socket.writeNow(&datagram{target: addressOf(target), bytes: []byte("now")}) {
			t.Errorf("not written to %v", addr)
		}
		if err := target.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 10)
		if n, err := target.Read(buffer); string(buffer[:n]) != "now" {
			t.Errorf("%v received %q, %v", addr, buffer[:n], err)
		}
	}
}

func TestWriteNowLeavesWhatIsNotSimple(t *testing.T) {
	conn, socket := dualSocket(t)
	target := addressOf(listen(t))
	for name, d := range map[string]*datagram{
		"a zone":                   {target: netip.MustParseAddrPort("[fe80::1%lo]:7946"), bytes: []byte{1}},
		"larger than any datagram": {target: target, bytes: make([]byte, 1<<17)},
	} {
		if socket.writeNow(d) {
			t.Errorf("%s: written", name)
		}
	}
	conn.Close()
	if socket.writeNow(&datagram{target: target, bytes: []byte{1}}) {
		t.Error("a closed socket has taken a datagram")
	}
}
