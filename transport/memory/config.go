package memory

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Defaults and bounds of NetworkConfig.
const (
	// DefaultDatagramBudget is what a datagram carries on any real path.
	DefaultDatagramBudget = 1160
	// MinDatagramBudget bounds NetworkConfig.DatagramBudget from below.
	MinDatagramBudget = 64
	// DefaultMaxEnvelopeBytes is a size that only transports with streams have.
	DefaultMaxEnvelopeBytes = 64 << 10
	// LimitEnvelopeBytes bounds NetworkConfig.MaxEnvelopeBytes from above.
	LimitEnvelopeBytes = 16 << 20
	// DefaultQueueEnvelopes is how many envelopes of one sender are under way.
	DefaultQueueEnvelopes = 4096
	// MaxQueueEnvelopes bounds NetworkConfig.QueueEnvelopes.
	MaxQueueEnvelopes = 1 << 20
)

// NetworkConfig describes a network. Its zero value is a perfect one: nothing
// is lost, and everything arrives at the next Advance, in the order in which
// it was sent.
type NetworkConfig struct {
	// Name is the word of the network in endpoints, 1 to 64 bytes: default
	// "memory". Nodes that are on two networks tell them apart by it.
	Name string
	// Seed fixes every draw. Each node draws from a stream of its own, made of
	// Seed, its address and how often that address was opened: what one node
	// sends does not change what happens to another's envelopes.
	Seed uint64
	// Link is what lies between any two nodes for which SetLink says nothing
	// else.
	Link Link
	// DatagramBudget is Info.DatagramBudget: default 1,160, 64 to
	// MaxEnvelopeBytes.
	DatagramBudget int
	// MaxEnvelopeBytes is Info.MaxEnvelopeBytes: default 64 KiB or
	// DatagramBudget, whichever is more; DatagramBudget to 16 MiB.
	MaxEnvelopeBytes int
	// QueueEnvelopes bounds what one node has under way; beyond it Send is
	// ErrQueueFull. Default 4,096; 1 to 1<<20.
	QueueEnvelopes int
	// Unreachable makes an address at which nobody is open answer with
	// NoticeUnreachable, as hosts do that are up; without it, it is silent, as
	// hosts are that are gone. The answer travels back over the reverse link.
	Unreachable bool
	// Identities makes senders known by their verified ids, as over QUIC:
	// Inbound.Identity is set, and what meets another node than
	// Outbound.Expect comes back as NoticeWrongIdentity.
	Identities bool
}

// Validate returns everything that is wrong with c, joined.
func (c NetworkConfig) Validate() error {
	filled := c.withDefaults()
	var problems []error
	if err := c.Link.Validate(); err != nil {
		problems = append(problems, fmt.Errorf("Link: %w", err))
	}
	if len(c.Name) > transport.MaxNameBytes {
		problems = append(problems, fmt.Errorf("Name has %d bytes: give 1 to %d", len(c.Name), transport.MaxNameBytes))
	}
	if filled.DatagramBudget < MinDatagramBudget || filled.DatagramBudget > filled.MaxEnvelopeBytes {
		problems = append(problems, fmt.Errorf("DatagramBudget = %d: give %d to MaxEnvelopeBytes (%d)",
			c.DatagramBudget, MinDatagramBudget, filled.MaxEnvelopeBytes))
	}
	if filled.MaxEnvelopeBytes > LimitEnvelopeBytes {
		problems = append(problems, fmt.Errorf("MaxEnvelopeBytes = %d: give at most %d", c.MaxEnvelopeBytes, LimitEnvelopeBytes))
	}
	if filled.QueueEnvelopes < 1 || filled.QueueEnvelopes > MaxQueueEnvelopes {
		problems = append(problems, fmt.Errorf("QueueEnvelopes = %d: give 1 to %d", c.QueueEnvelopes, MaxQueueEnvelopes))
	}
	return errors.Join(problems...)
}

func (c NetworkConfig) withDefaults() NetworkConfig {
	if c.Name == "" {
		c.Name = NetworkName
	}
	if c.DatagramBudget == 0 {
		c.DatagramBudget = DefaultDatagramBudget
	}
	if c.MaxEnvelopeBytes == 0 {
		c.MaxEnvelopeBytes = max(DefaultMaxEnvelopeBytes, c.DatagramBudget)
	}
	if c.QueueEnvelopes == 0 {
		c.QueueEnvelopes = DefaultQueueEnvelopes
	}
	return c
}

// Config opens one node's transport on a network. It is a transport.Opener.
type Config struct {
	// Network is the network to be on; required.
	Network *Network
	// Address is where the node is; the zero value takes the next free one
	// of 10.0.0.0/8, counted up from 10.0.0.1, with port DefaultPort.
	Address netip.AddrPort
	// Filter says by address who may talk to the node.
	Filter transport.Filter
	// InboxSlots bounds what waits to be polled; see transport.InboxConfig.
	InboxSlots int
	// Wake, if set, is called in Advance and on its goroutine each time that
	// something was put where the node can poll it: a simulator of many nodes
	// then need not look at all of them. It must not call the network.
	Wake func()
}

// DefaultPort is the port of addresses that a network assigns.
const DefaultPort = 7946

var _ transport.Opener = Config{}

// Open puts the node on the network. An address in use is ErrAddressInUse.
func (c Config) Open(local transport.Local) (transport.Transport, error) {
	var problems []error
	if c.Network == nil {
		problems = append(problems, errors.New("Network is nil: give one made by NewNetwork"))
	}
	if c.Address != (netip.AddrPort{}) {
		if _, err := transport.CanonicalTarget(c.Address); err != nil {
			problems = append(problems, fmt.Errorf("Address = %v: give an address with a port at which peers can reach the node, or none", c.Address))
		}
	}
	problems = append(problems, c.Filter.Validate(), local.Validate())
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("memory: %w", err)
	}
	inbox, err := transport.NewInbox(transport.InboxConfig{
		Slots: c.InboxSlots, MaxEnvelopeBytes: c.Network.config.MaxEnvelopeBytes, Wake: local.Wake,
	})
	if err != nil {
		return nil, fmt.Errorf("memory: %w", err)
	}
	t := &Transport{network: c.Network, local: local.WithDefaults(), filter: c.Filter, inbox: inbox, wake: c.Wake}
	if err := c.Network.attach(t, c.Address); err != nil {
		return nil, err
	}
	return t, nil
}

// ErrAddressInUse is the error of Open when another node is open at
// Config.Address.
var ErrAddressInUse = errors.New("memory: address in use")
