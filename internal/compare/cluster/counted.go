package main

import (
	"io"
	"log"
	"net"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

// countedTransport is memberlist's own transport, with a count of what passes.
type countedTransport struct {
	*memberlist.NetTransport
	packets, packetBytes, streamBytes atomic.Uint64
}

// listen takes a port for both protocols. The system offers one that is free for
// TCP, and may have given it away for UDP: memberlist tries ten times itself.
func listen() (*countedTransport, error) {
	cfg := &memberlist.NetTransportConfig{BindAddrs: []string{"127.0.0.1"}, Logger: log.New(io.Discard, "", 0)}
	var failed error
	for range 10 {
		transport, err := memberlist.NewNetTransport(cfg)
		if err == nil {
			return &countedTransport{NetTransport: transport}, nil
		}
		failed = err
	}
	return nil, failed
}

func (t *countedTransport) sent() traffic {
	return traffic{t.packets.Load(), t.packetBytes.Load(), t.streamBytes.Load()}
}

// WriteTo implements memberlist.Transport.
func (t *countedTransport) WriteTo(b []byte, addr string) (time.Time, error) {
	return t.WriteToAddress(b, memberlist.Address{Addr: addr})
}

// WriteToAddress implements memberlist.NodeAwareTransport.
func (t *countedTransport) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	t.packets.Add(1)
	t.packetBytes.Add(uint64(len(b)))
	return t.NetTransport.WriteToAddress(b, a)
}

// DialTimeout implements memberlist.Transport.
func (t *countedTransport) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	return t.DialAddressTimeout(memberlist.Address{Addr: addr}, timeout)
}

// DialAddressTimeout implements memberlist.NodeAwareTransport.
func (t *countedTransport) DialAddressTimeout(a memberlist.Address, timeout time.Duration) (net.Conn, error) {
	conn, err := t.NetTransport.DialAddressTimeout(a, timeout)
	if err != nil {
		return nil, err
	}
	return &countedConn{conn, &t.streamBytes}, nil
}

// countedConn counts both directions.
type countedConn struct {
	net.Conn
	bytes *atomic.Uint64
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.bytes.Add(uint64(n))
	return n, err
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.bytes.Add(uint64(n))
	return n, err
}
