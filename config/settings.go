package config

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/discovery"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// Settings is a configuration that was read and found valid. Its fields may be
// changed before Config is called.
type Settings struct {
	// Node is everything but the transport.
	Node hearsay.Config
	// SeedsFile becomes Node.Resolver, unless that is given.
	SeedsFile string
	// Transport is the chosen one of UDP, QUIC and Memory: "udp", "quic" or
	// "memory".
	Transport string
	// Also are those of UDP and QUIC by which the node listens besides.
	Also []string
	UDP  udp.Config
	// QUIC has the names of its files as they were given, with "{node}" in
	// them.
	QUIC   quic.Config
	Memory Memory

	folder  string
	network func() (*memory.Network, error)
}

// Memory configures a simulated network inside one process.
type Memory struct {
	// Network is what lies between the nodes.
	Network memory.NetworkConfig
	// Node is a node's place in it; its field Network is set by Config.
	Node memory.Config
	// Interval is how often the network delivers what is due.
	Interval time.Duration
}

// newSettings returns the defaults of the table.
func newSettings(rows []setting, folder string) *Settings {
	s := &Settings{folder: folder}
	s.network = sync.OnceValues(func() (*memory.Network, error) { return memory.NewNetwork(s.Memory.Network) })
	for _, row := range rows {
		if row.fallback == "" || row.computed {
			continue
		}
		if err := row.set(s, []string{row.fallback}); err != nil {
			panic(fmt.Sprintf("BUG: the default of %s: %v", row.key, err))
		}
	}
	return s
}

// Config returns the configuration of a node with the chosen transport. It may
// be called for several nodes, with another Node.NodeID each time; over the
// memory transport they share one network, which the first call makes. Its error
// can only be about fields that were changed since Load.
func (s *Settings) Config() (hearsay.Config, error) {
	node := s.Node
	node.AdvertiseBy = maps.Clone(s.Node.AdvertiseBy)
	maps.DeleteFunc(node.AdvertiseBy, func(word string, _ netip.AddrPort) bool { return !slices.Contains(s.listens(), word) })
	var openers []transport.Opener
	for _, word := range s.listens() {
		opener, err := s.opener(word)
		if err != nil {
			return hearsay.Config{}, err
		}
		openers = append(openers, opener)
	}
	node.Transport, node.Also = openers[0], openers[1:]
	if node.Resolver == nil && s.SeedsFile != "" {
		node.Resolver = discovery.File{Path: s.SeedsFile}
	}
	node.StateFile = s.expand(node.StateFile)
	return node, node.Validate()
}

// listens returns the words of all transports by which the node listens.
func (s *Settings) listens() []string { return append([]string{s.Transport}, s.Also...) }

// opener returns a transport's configuration.
func (s *Settings) opener(word string) (transport.Opener, error) {
	switch word {
	case "udp":
		return s.UDP, nil
	case "quic":
		return s.quicConfig(), nil
	case "memory":
		network, err := s.network()
		if err != nil {
			return nil, err
		}
		node := s.Memory.Node
		node.Network = network
		return node, nil
	}
	return nil, fmt.Errorf("config: transport is %q: give one of %s", word, strings.Join(transports, ", "))
}

// quicConfig fills the node's id into the names of files.
func (s *Settings) quicConfig() quic.Config {
	c := s.QUIC
	for _, name := range []*string{&c.CertFile, &c.KeyFile, &c.CAFile} {
		*name = s.expand(*name)
	}
	return c
}

// expand fills the node's id into the name of a file.
func (s *Settings) expand(name string) string {
	return strings.ReplaceAll(name, "{node}", fileName(s.Node.NodeID))
}

// fileName makes an id one element of a file's name, as "hearsay cert" does:
// escaped like a path in a URL, not hidden, and never that of the authority.
func fileName(id string) string {
	name := url.PathEscape(id)
	switch {
	case name == "ca":
		return "%63a"
	case strings.HasPrefix(name, "."):
		return "%2E" + name[1:]
	}
	return name
}

// Network returns the simulated network that all nodes made by Config share,
// and nil if the transport is another one. Nothing moves on it until
// memory.Drive does.
func (s *Settings) Network() (*memory.Network, error) {
	if s.Transport != "memory" {
		return nil, nil
	}
	return s.network()
}

// resolve makes a relative file name one of the folder of the configuration.
func (s *Settings) resolve(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.folder, name)
}

// seedProblem says what is wrong with a seed.
func seedProblem(seed string) error {
	_, err := discovery.Seeds(seed)
	if err == nil {
		return nil
	}
	return errors.New(strings.TrimPrefix(err.Error(), "discovery: seed "))
}
