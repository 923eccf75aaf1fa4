package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

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
	// DefaultSenders is how many lives of senders are remembered.
	DefaultSenders = 1 << 14
	// MinSenders and MaxSenders bound Config.Senders.
	MinSenders, MaxSenders = 16, 1 << 20
	// DefaultStrangerRate is how many datagrams per second are looked at from
	// the strangers in each /24 or /64.
	DefaultStrangerRate = 1000
	// MaxStrangerRate bounds Config.StrangerRate.
	MaxStrangerRate = 10_000_000
	// DefaultReloadInterval is how often the key file is looked at.
	DefaultReloadInterval = 10 * time.Second
	// MinReloadInterval and MaxReloadInterval bound Config.ReloadInterval.
	MinReloadInterval, MaxReloadInterval = time.Second, 24 * time.Hour
	// MinBufferBytes and MaxBufferBytes bound the buffers that are asked for.
	MinBufferBytes = 4 << 10
	MaxBufferBytes = 1 << 30
)

// Config opens a transport on one UDP socket. It is a transport.Opener. Listen or
// Conn must be given, and exactly one of KeyFile, Keys and Insecure; the zero value
// of every other field is a good one.
type Config struct {
	// Listen is the address to bind: an address of this host, 0.0.0.0 for all
	// of its IPv4 addresses or :: for all of both families; with port 0 the
	// system chooses. Required, unless Conn is given.
	Listen netip.AddrPort
	// Conn is a socket to use instead of one that is bound to Listen: one that
	// a service manager hands over (net.FilePacketConn), that has options of
	// its own (net.ListenConfig), or anything else that moves datagrams and is
	// bound to a *net.UDPAddr. It is for one Open. If that succeeds the
	// transport owns Conn, reads all that comes and closes it with Close; if it
	// fails, Conn stays the caller's.
	//
	// A *net.UDPConn is read and written in batches, and gets the buffers and
	// options that a socket of the transport's own has. Any other Conn is used
	// by its methods alone: a datagram at a time, an allocation each, without
	// notices and DropKernel. Its Close must end a ReadFrom and a WriteTo that
	// wait; deadlines are not used.
	Conn net.PacketConn
	// KeyFile names a file of the cluster's keys, as ReadKeyFile describes it
	// and "hearsay keygen" makes it. It is looked at again while the transport
	// runs, so that keys can be changed by changing the file.
	KeyFile string
	// ReloadInterval is how often KeyFile is looked at. Default 10 s; 1 s to
	// 24 h.
	ReloadInterval time.Duration
	// Keys are the cluster's keys where they do not come from a file. The ring
	// stays the caller's, who may change it at any time.
	Keys *Keyring
	// Insecure, without a key, says that you know that datagrams travel in
	// plaintext and that whoever reaches the port is believed.
	Insecure bool
	// Senders bounds how many lives of senders are remembered, about 1.3 KB
	// each, so that none of their datagrams is taken twice. Use twice the size
	// of the largest cluster or more. Default 16,384; 16 to 1,048,576.
	Senders int
	// StrangerRate is how many datagrams per second are looked at from each /24
	// or /64, as far as they come from addresses at which no member is known;
	// 16 times as many in all. As many lives of senders that are not known are
	// looked at, from wherever they come. What is beyond it counts as
	// DropLimited. Default 1,000; 1 to 10,000,000.
	StrangerRate int
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

// Validate returns everything that is wrong with c, joined.
func (c Config) Validate() error {
	filled := c.withDefaults()
	var problems []error
	if c.Conn != nil {
		if c.Listen.IsValid() {
			problems = append(problems, fmt.Errorf("Listen = %v and Conn are both set: leave one out", c.Listen))
		}
		if _, err := localAddress(c.Conn); err != nil {
			problems = append(problems, err)
		}
	} else if !c.Listen.IsValid() {
		problems = append(problems, errors.New("Listen is not set: give the address to bind, such as 0.0.0.0:7946 or [::]:7946"))
	} else if c.Listen.Addr().Unmap().IsMulticast() {
		problems = append(problems, fmt.Errorf("Listen = %v is a multicast address: give an address of this host", c.Listen))
	}
	if err := c.validateSecrecy(); err != nil {
		problems = append(problems, err)
	}
	if d := filled.ReloadInterval; d < MinReloadInterval || d > MaxReloadInterval {
		problems = append(problems, fmt.Errorf("ReloadInterval = %v: give %v to %v, or 0 for %v", d, MinReloadInterval, MaxReloadInterval, DefaultReloadInterval))
	}
	for _, field := range []struct {
		name                 string
		given, value, lo, hi int
	}{
		{"MaxDatagramBytes", c.MaxDatagramBytes, filled.MaxDatagramBytes, MinMaxDatagramBytes, MaxMaxDatagramBytes},
		{"ReceiveMaxBytes", c.ReceiveMaxBytes, filled.ReceiveMaxBytes, filled.MaxDatagramBytes, MaxReceiveMaxBytes},
		{"SendQueue", c.SendQueue, filled.SendQueue, 1, MaxSendQueue},
		{"InboxSlots", c.InboxSlots, filled.InboxSlots, 1, transport.MaxInboxSlots},
		{"Senders", c.Senders, filled.Senders, MinSenders, MaxSenders},
		{"StrangerRate", c.StrangerRate, filled.StrangerRate, 1, MaxStrangerRate},
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

// validateSecrecy wants one of three decisions, and none by default.
func (c Config) validateSecrecy() error {
	switch {
	case c.KeyFile != "" && c.Keys != nil:
		return errors.New("KeyFile and Keys are both set: leave one out")
	case c.Insecure && (c.KeyFile != "" || c.Keys != nil):
		return errors.New("Insecure is set and there are keys: leave it out to seal with them, or leave out the keys to send plaintext")
	case c.Keys != nil && c.Keys.isEmpty():
		return fmt.Errorf("Keys: %w: make the ring with NewKeyring", ErrNoKey)
	case c.Insecure, c.KeyFile != "", c.Keys != nil:
		return nil
	}
	return fmt.Errorf("KeyFile is not set: %w: give the file of the cluster's keys, which \"hearsay keygen -file FILE\" makes, "+
		"or say insecure: true (Config.Insecure) to send and receive plaintext on a network that you trust", ErrNoKey)
}

func (c Config) withDefaults() Config {
	if c.ReloadInterval == 0 {
		c.ReloadInterval = DefaultReloadInterval
	}
	defaults := []struct {
		field *int
		value int
	}{
		{&c.MaxDatagramBytes, DefaultMaxDatagramBytes},
		{&c.ReceiveMaxBytes, DefaultReceiveMaxBytes},
		{&c.SendQueue, DefaultSendQueue},
		{&c.InboxSlots, transport.DefaultInboxSlots},
		{&c.Senders, DefaultSenders},
		{&c.StrangerRate, DefaultStrangerRate},
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
