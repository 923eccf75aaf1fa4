package nettest

import (
	"bytes"
	"net"
	"net/netip"
	"sync"
	"testing"
)

// mangle is what a middlebox makes of one datagram that passes: it returns those
// that go on in its place.
type mangle func(datagram []byte) [][]byte

// middlebox stands before a node as a router with address translation does:
// others send to its address, and to the node each of them seems to be at
// another port of the box. It sees all that is sent to the node.
type middlebox struct {
	t       *testing.T
	outside *net.UDPConn

	mu       sync.Mutex
	node     netip.AddrPort
	inside   map[netip.AddrPort]*net.UDPConn // by whom it stands for
	seen     [][]byte
	mangle   mangle
	isClosed bool
	readers  sync.WaitGroup
}

// maxSeen bounds what a box remembers.
const maxSeen = 5000

func newMiddlebox(t *testing.T) *middlebox {
	t.Helper()
	b := &middlebox{t: t, outside: listen(t), inside: make(map[netip.AddrPort]*net.UDPConn)}
	b.readers.Go(b.forward)
	t.Cleanup(b.close)
	return b
}

// listen opens a socket on loopback.
func listen(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(loopback))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func addressOf(conn *net.UDPConn) netip.AddrPort {
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// address is where others reach the node.
func (b *middlebox) address() netip.AddrPort { return addressOf(b.outside) }

// serve sets the node behind the box.
func (b *middlebox) serve(node netip.AddrPort) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.node = node
}

// spoil sets what happens to datagrams that pass; nil is nothing.
func (b *middlebox) spoil(m mangle) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mangle = m
}

// recorded returns what was sent to the node.
func (b *middlebox) recorded() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([][]byte(nil), b.seen...)
}

// forward takes datagrams to the node.
func (b *middlebox) forward() {
	buffer := make([]byte, 2048)
	for {
		n, source, err := b.outside.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		datagram := bytes.Clone(buffer[:n])
		inside, node, on := b.pass(source, datagram)
		if inside == nil {
			continue
		}
		for _, d := range on {
			_, _ = inside.WriteToUDPAddrPort(d, node) // a network may lose it
		}
	}
}

// pass notes a datagram and finds the socket that stands for its source.
func (b *middlebox) pass(source netip.AddrPort, datagram []byte) (*net.UDPConn, netip.AddrPort, [][]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.isClosed || !b.node.IsValid() {
		return nil, b.node, nil
	}
	if len(b.seen) < maxSeen {
		b.seen = append(b.seen, datagram)
	}
	inside, known := b.inside[source]
	if !known {
		var err error
		if inside, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(loopback)); err != nil {
			return nil, b.node, nil
		}
		b.inside[source] = inside
		b.readers.Go(func() { b.backward(inside, source) })
	}
	if b.mangle == nil {
		return inside, b.node, [][]byte{datagram}
	}
	return inside, b.node, b.mangle(datagram)
}

// backward takes the node's answers to whom they are for.
func (b *middlebox) backward(inside *net.UDPConn, to netip.AddrPort) {
	buffer := make([]byte, 2048)
	for {
		n, _, err := inside.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		_, _ = b.outside.WriteToUDPAddrPort(buffer[:n], to)
	}
}

func (b *middlebox) close() {
	b.outside.Close()
	b.mu.Lock()
	b.isClosed = true
	for _, conn := range b.inside {
		conn.Close()
	}
	b.mu.Unlock()
	b.readers.Wait()
}
