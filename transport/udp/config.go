package udp

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"syscall"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Defaults and bounds of Config.
const (
	// DefaultMaxDatagramBytes fits, framed and sealed, into every IPv6 path
	// (1,280 bytes) and every usual tunnel.
	DefaultMaxDatagramBytes = 1160
	// MinMaxDatagramBytes and MaxMaxDatagramBytes bound
	// Config.MaxDatagramBytes: less does not hold the larger parts of an
	// envelope, more does not fit into an Ethernet frame.
	MinMaxDatagramBytes = 512
	MaxMaxDatagramBytes = 1400
	// DefaultReceiveMaxBytes takes what any peer may send.
	DefaultReceiveMaxBytes = MaxMaxDatagramBytes
	// MaxReceiveMaxBytes bounds Config.ReceiveMaxBytes: a jumbo frame.
	MaxReceiveMaxBytes = 9000
	// DefaultSendQueue is how many datagrams wait for the system to take them.
	DefaultSendQueue = 1024
	// MaxSendQueue bounds Config.SendQueue.
	MaxSendQueue = 1 << 16
	// DefaultBufferBytes is what is asked of the system for each direction:
	// 3,600 datagrams of 1,200 bytes.
	DefaultBufferBytes = 4 << 20
	// MinBufferBytes and MaxBufferBytes bound the buffers that are asked for.
	MinBufferBytes = 4 << 10
	MaxBufferBytes = 1 << 30
)

// Config opens a transport on one UDP socket. It is a transport.Opener. The
// zero value of every field but Listen and Insecure is a good one.
type Config struct {
	// Listen is the address to bind: an address of this host, 0.0.0.0 for all
	// of its IPv4 addresses or :: for all of both families; with port 0 the
	// system chooses. Required.
	Listen netip.AddrPort
	// Insecure must be true: it says that you know that datagrams travel in
	// plaintext and that whoever reaches the port is believed.
	Insecure bool
	// MaxDatagramBytes is the largest encoded envelope that is sent, without
	// framing; one envelope is one datagram, and nothing is ever fragmented.
	// Default 1,160; 512 to 1,400.
	MaxDatagramBytes int
	// ReceiveMaxBytes is the largest encoded envelope that is received; what
	// is larger counts as DropOversize. Default 1,400; MaxDatagramBytes to
	// 9,000.
	ReceiveMaxBytes int
	// SendQueue is how many datagrams may wait for the system to take them;
	// beyond it Send is ErrQueueFull. Default 1,024; 1 to 65,536.
	SendQueue int
	// InboxSlots bounds what waits to be polled; see transport.InboxConfig.
	InboxSlots int
	// ReadBufferBytes and WriteBufferBytes are asked of the system for the
	// socket. If it grants less, one warning says so. Default 4 MiB; 4 KiB to
	// 1 GiB.
	ReadBufferBytes, WriteBufferBytes int
	// Filter says by address who may talk to the node.
	Filter transport.Filter
}

var _ transport.Opener = Config{}

// ErrEncryptionUnavailable is the error of Open without Config.Insecure: this
// build seals no datagrams.
var ErrEncryptionUnavailable = errors.New("encryption is not available in this build: " +
	"set insecure: true (Config.Insecure) to send and receive plaintext on a network that you trust, or use the QUIC transport")

// Validate returns everything that is wrong with c, joined.
func (c Config) Validate() error {
	filled := c.withDefaults()
	var problems []error
	if !c.Listen.IsValid() {
		problems = append(problems, errors.New("Listen is not set: give the address to bind, such as 0.0.0.0:7946 or [::]:7946"))
	} else if c.Listen.Addr().Unmap().IsMulticast() {
		problems = append(problems, fmt.Errorf("Listen = %v is a multicast address: give an address of this host", c.Listen))
	}
	if !c.Insecure {
		problems = append(problems, ErrEncryptionUnavailable)
	}
	for _, field := range []struct {
		name                 string
		given, value, lo, hi int
	}{
		{"MaxDatagramBytes", c.MaxDatagramBytes, filled.MaxDatagramBytes, MinMaxDatagramBytes, MaxMaxDatagramBytes},
		{"ReceiveMaxBytes", c.ReceiveMaxBytes, filled.ReceiveMaxBytes, filled.MaxDatagramBytes, MaxReceiveMaxBytes},
		{"SendQueue", c.SendQueue, filled.SendQueue, 1, MaxSendQueue},
		{"InboxSlots", c.InboxSlots, filled.InboxSlots, 1, transport.MaxInboxSlots},
		{"ReadBufferBytes", c.ReadBufferBytes, filled.ReadBufferBytes, MinBufferBytes, MaxBufferBytes},
		{"WriteBufferBytes", c.WriteBufferBytes, filled.WriteBufferBytes, MinBufferBytes, MaxBufferBytes},
	} {
		if field.value < field.lo || field.value > field.hi {
			problems = append(problems, fmt.Errorf("%s = %d: give %d to %d, or 0 for the default", field.name, field.given, field.lo, field.hi))
		}
	}
	if err := c.Filter.Validate(); err != nil {
		problems = append(problems, fmt.Errorf("Filter: %w", err))
	}
	return errors.Join(problems...)
}

func (c Config) withDefaults() Config {
	defaults := []struct {
		field *int
		value int
	}{
		{&c.MaxDatagramBytes, DefaultMaxDatagramBytes},
		{&c.ReceiveMaxBytes, DefaultReceiveMaxBytes},
		{&c.SendQueue, DefaultSendQueue},
		{&c.InboxSlots, transport.DefaultInboxSlots},
		{&c.ReadBufferBytes, DefaultBufferBytes},
		{&c.WriteBufferBytes, DefaultBufferBytes},
	}
	for _, d := range defaults {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return c
}

// Open binds the socket and starts to receive. Two goroutines, a reader and a
// writer, live until Close.
func (c Config) Open(local transport.Local) (transport.Transport, error) {
	if err := errors.Join(c.Validate(), local.Validate()); err != nil {
		return nil, fmt.Errorf("udp: %w", err)
	}
	t, err := c.withDefaults().open(local.WithDefaults(), newSocket)
	if err != nil {
		return nil, fmt.Errorf("udp: %w", err)
	}
	return t, nil
}

// open does the work of Open on a complete and valid configuration.
func (c Config) open(local transport.Local, wrap func(*net.UDPConn, socketSizes) (socket, error)) (*Transport, error) {
	logger := local.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	inbox, err := transport.NewInbox(transport.InboxConfig{Slots: c.InboxSlots, MaxEnvelopeBytes: c.ReceiveMaxBytes})
	if err != nil {
		return nil, err
	}
	conn, err := c.bind()
	if err != nil {
		return nil, err
	}
	logger = logger.With("transport", NetworkName, "local", conn.LocalAddr().String())
	c.sizeBuffers(conn, logger)
	frame := newPlainFraming(local)
	sock, err := wrap(conn, socketSizes{largest: c.ReceiveMaxBytes + frame.overhead()})
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("prepare the socket: %w", err)
	}
	logger.Warn("udp transport is in plaintext: whoever reaches the port is believed")
	t := newTransport(c, local, conn, sock, frame, inbox)
	t.start()
	return t, nil
}

// bind takes the socket. To package net, 0.0.0.0 on "udp" would be both
// families.
func (c Config) bind() (*net.UDPConn, error) {
	network := "udp"
	if c.Listen.Addr().Unmap().Is4() {
		network = "udp4"
	}
	conn, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(c.Listen))
	switch {
	case err == nil:
		return conn, nil
	case isAddressInUse(err):
		err = fmt.Errorf("Listen = %v: the port is in use: stop the other process, or choose another port (0 lets the system choose): %w", c.Listen, err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		err = fmt.Errorf("Listen = %v: this host has no such address: give one that it has, or 0.0.0.0 or :: for all of them: %w", c.Listen, err)
	case errors.Is(err, syscall.EACCES):
		err = fmt.Errorf("Listen = %v: not permitted: choose a port above 1023, or grant the privilege: %w", c.Listen, err)
	default:
		err = fmt.Errorf("Listen = %v: %w", c.Listen, err)
	}
	return nil, err
}
