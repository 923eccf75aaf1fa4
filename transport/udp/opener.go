package udp

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Open reads the keys, binds the socket and starts to receive. A reader and a
// writer goroutine live until Close, and with a KeyFile one that follows it.
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
	inbox, err := transport.NewInbox(transport.InboxConfig{Slots: c.InboxSlots, MaxEnvelopeBytes: c.ReceiveMaxBytes})
	if err != nil {
		return nil, err
	}
	conn, err := c.bind()
	if err != nil {
		return nil, err
	}
	logger = logger.With("local", conn.LocalAddr().String())
	c.sizeBuffers(conn, logger)
	t := newTransport(c, local, conn, frame, inbox)
	t.keyFile = file
	t.socket, err = wrap(conn, socketOptions{
		largest: c.ReceiveMaxBytes + frame.overhead(),
		lost:    func(datagrams uint32) { inbox.DropMany(transport.DropKernel, uint64(datagrams)) },
	})
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("prepare the socket: %w", err)
	}
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
		return newSealedFraming(local, c.Keys, c.Senders), nil, nil
	}
	file, err := openKeyFile(c.KeyFile, logger)
	if err != nil {
		return nil, nil, fmt.Errorf("KeyFile: %w", err)
	}
	return newSealedFraming(local, file.keys, c.Senders), file, nil
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
