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

// Open reads the keys, binds the socket or takes the one that was given, and
// starts to receive. A reader and a writer goroutine live until Close, and with a
// KeyFile one that follows it.
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
func (c Config) open(local transport.Local, wrap func(*net.UDPConn, socketOptions) (socket, error)) (*Transport, error) {
	logger := local.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	logger = logger.With("transport", NetworkName)
	frame, file, err := c.framing(local, logger)
	if err != nil {
		return nil, err
	}
	inbox, err := transport.NewInbox(transport.InboxConfig{
		Slots: c.InboxSlots, MaxEnvelopeBytes: c.ReceiveMaxBytes, Wake: local.Wake,
	})
	if err != nil {
		return nil, err
	}
	conn, bound, err := c.connection()
	if err != nil {
		return nil, err
	}
	logger = logger.With("local", bound.String())
	t := newTransport(c, local, conn, bound, frame, inbox)
	t.keyFile, t.log = file, logger
	options := socketOptions{
		largest: c.ReceiveMaxBytes + frame.overhead(),
		lost:    func(datagrams uint32) { inbox.DropMany(transport.DropKernel, uint64(datagrams)) },
	}
	if system, ok := conn.(*net.UDPConn); ok {
		c.sizeBuffers(system, logger)
		t.socket, err = wrap(system, options)
	} else {
		t.socket, err = newPacketSocket(conn, options)
	}
	if err != nil {
		if c.Conn == nil {
			err = errors.Join(err, conn.Close())
		}
		return nil, fmt.Errorf("prepare the socket: %w", err)
	}
	t.prompt, _ = t.socket.(promptWriter)
	if c.Insecure {
		logger.Warn("udp transport is in plaintext: whoever reaches the port is believed")
	}
	t.start()
	return t, nil
}

// framing returns what seals and opens, and the key file to follow, if there is
// one.
func (c Config) framing(local transport.Local, logger *slog.Logger) (framing, *keyFile, error) {
	switch {
	case c.Insecure:
		return newPlainFraming(local), nil, nil
	case c.Keys != nil:
		return c.sealed(local, c.Keys), nil, nil
	}
	file, err := openKeyFile(c.KeyFile, logger)
	if err != nil {
		return nil, nil, fmt.Errorf("KeyFile: %w", err)
	}
	return c.sealed(local, file.keys), file, nil
}

func (c Config) sealed(local transport.Local, keys *Keyring) *sealedFraming {
	frame := newSealedFraming(local, keys, c.Senders)
	frame.firstsPerSecond = crowd * float64(c.StrangerRate)
	return frame
}

// connection returns the socket that was given, or binds one, and its address.
func (c Config) connection() (net.PacketConn, netip.AddrPort, error) {
	if c.Conn != nil {
		bound, err := localAddress(c.Conn)
		return c.Conn, bound, err
	}
	conn, err := c.bind()
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	bound, err := localAddress(conn)
	return conn, bound, err
}

// bind takes a socket. To package net, 0.0.0.0 on "udp" would be both
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
