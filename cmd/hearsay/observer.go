package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/config"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
)

// defaultJoinTimeout is how long a command waits for a member to answer.
const defaultJoinTimeout = 5 * time.Second

// observing is what commands have in common that look at a cluster: they join it
// as an observer, by the configuration file of a node.
type observing struct {
	file, id          string
	certFile, keyFile string
	seeds             []string
	timeout           time.Duration
	// admin is where a running node is asked instead.
	admin string
}

const aboutObserving = `
With -admin a running node says what it sees. ADDRESS is where it serves its admin
API: unix:///path/of/a/socket or tcp://127.0.0.1:port; without -config it is what the
variable ` + adminVariable + ` has. The flags about an observer have no meaning then.

With -config the command looks for itself, and no node need serve anything. FILE is
the configuration of a node of the cluster, such as the one on this host, which may
run: it is not disturbed. The command joins as an observer, which is no member and in
nobody's view, with an id and a port of its own and without the node's state file. It
asks the seeds of FILE, and the node itself. HEARSAY_ variables count as they do for a
node.

Over QUIC a certificate says who may use it, and the node's own is in use. The
authority of the cluster makes one for observers:

  hearsay cert node -cluster NAME -id ops -dir DIR
  hearsay members -config FILE -id ops -cert DIR/ops.pem -key DIR/ops.key

Each observer that runs at the same time needs another.
`

func (o *observing) register(flags *flag.FlagSet) {
	flags.StringVar(&o.file, "config", "", "the configuration `file` of a node of the cluster")
	flags.StringVar(&o.admin, "admin", "", "the `address` of the admin API of a running node, which is asked instead, or $"+adminVariable)
	flags.StringVar(&o.id, "id", "", "the observer's `id`, nobody else's in the cluster; over QUIC that of its certificate (default observer- and random digits)")
	flags.StringVar(&o.certFile, "cert", "", "over QUIC, the `file` of the observer's certificate, PEM (default quic.cert_file, with -id for {node})")
	flags.StringVar(&o.keyFile, "key", "", "over QUIC, the `file` of its private key, PEM (default quic.key_file, with -id for {node})")
	flags.Func("seed", "a further node to ask, `host:port` (any number of times)", func(seed string) error {
		o.seeds = append(o.seeds, seed)
		return nil
	})
	flags.DurationVar(&o.timeout, "timeout", defaultJoinTimeout, "how long to wait for the cluster to answer")
}

// parse reads a command line. It adds what the flags do not say to the help.
func (o *observing) parse(flags *flag.FlagSet, args []string, stdout io.Writer) error {
	o.register(flags)
	err := parseFlags(flags, args, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, aboutObserving)
		return err
	case err != nil:
		return err
	case o.timeout <= 0:
		return usagef("-timeout %v: give a positive duration", o.timeout)
	case o.file != "" && o.admin != "":
		return usagef("-config and -admin are both given: either look as an observer, or ask a node")
	case o.file == "" && o.admin == "":
		if o.admin = os.Getenv(adminVariable); o.admin == "" {
			return usagef("-config or -admin is missing; \"hearsay %s -h\" tells what they are", flags.Name())
		}
	}
	return nil
}

// configuration returns that of the observer.
func (o *observing) configuration(environ []string) (hearsay.Config, error) {
	s, err := config.Load(o.file, environ, nil)
	if err != nil {
		return hearsay.Config{}, err
	}
	networks := append([]string{s.Transport}, s.Also...)
	switch isQUIC := slices.Contains(networks, quic.Network); {
	case s.Transport == "memory":
		return hearsay.Config{}, fmt.Errorf("%s: transport is memory: such a cluster is within one process, and cannot be looked at from another", o.file)
	case o.id == s.Node.NodeID:
		return hearsay.Config{}, usagef("-id %s is the node of %s: an observer needs an id of its own", o.id, o.file)
	case o.id == "" && isQUIC:
		return hearsay.Config{}, usagef("over QUIC an observer needs a certificate of its own: make one and give -id, -cert and -key; \"hearsay members -h\" tells how")
	case o.id == "":
		o.id = randomID()
	}
	o.observe(s, networks)
	if len(s.Node.Seeds) == 0 && s.SeedsFile == "" {
		return hearsay.Config{}, usagef("%s names no seed, and its node no port: give -seed host:port", o.file)
	}
	return s.Config()
}

// observe makes the settings of a node those of an observer.
func (o *observing) observe(s *config.Settings, networks []string) {
	node := &s.Node
	node.Seeds = slices.Concat(node.Seeds, o.seeds, ownAddresses(s, networks))
	node.NodeID, node.Observer, node.StateFile = o.id, true, ""
	node.Roles, node.Labels, node.AppVersion = nil, nil, ""
	// Nobody is told where an observer is, and it is not where the node is.
	node.Advertise, node.AdvertiseBy = netip.AddrPort{}, nil
	s.UDP.Listen, s.QUIC.Listen = besides(s.UDP.Listen), besides(s.QUIC.Listen)
	if o.certFile != "" {
		s.QUIC.CertFile = o.certFile
	}
	if o.keyFile != "" {
		s.QUIC.KeyFile = o.keyFile
	}
}

// ownAddresses returns where the node of the settings is reached: as it is
// advertised, and as it is bound, from this host if it is bound to all addresses.
// If it runs, it is the way in that works where the file names no other.
func ownAddresses(s *config.Settings, networks []string) []string {
	var all []string
	add := func(ip netip.Addr, ports ...uint16) {
		port := slices.IndexFunc(ports, func(port uint16) bool { return port != 0 })
		if ip.IsValid() && ip.Zone() == "" && port >= 0 {
			all = append(all, netip.AddrPortFrom(ip, ports[port]).String())
		}
	}
	for _, network := range networks {
		listen := listens(s, network)
		switch by, advertised := s.Node.AdvertiseBy[network], s.Node.Advertise; {
		case by.IsValid():
			add(by.Addr(), by.Port(), listen.Port())
		case network == s.Transport:
			add(advertised.Addr(), advertised.Port(), listen.Port())
		default:
			add(advertised.Addr(), listen.Port())
		}
		switch ip := listen.Addr(); ip {
		case netip.IPv4Unspecified():
			add(netip.AddrFrom4([4]byte{127, 0, 0, 1}), listen.Port())
		case netip.IPv6Unspecified():
			add(netip.IPv6Loopback(), listen.Port())
		default:
			add(ip, listen.Port())
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func listens(s *config.Settings, network string) netip.AddrPort {
	if network == quic.Network {
		return s.QUIC.Listen
	}
	return s.UDP.Listen
}

// besides returns where to listen beside a node: at its address, if that is one of
// this host, and another port.
func besides(listen netip.AddrPort) netip.AddrPort {
	ip := listen.Addr()
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	switch {
	case err == nil:
		_ = socket.Close()
	case ip.Is4():
		ip = netip.IPv4Unspecified()
	default:
		ip = netip.IPv6Unspecified()
	}
	return netip.AddrPortFrom(ip, 0)
}

// randomID returns an id that no node has.
func randomID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return "observer-" + hex.EncodeToString(b[:])
}

// join starts the observer and waits until it sees the cluster, until ctx ends.
// Its caller closes it.
func (o *observing) join(ctx context.Context) (*hearsay.Node, error) {
	cfg, err := o.configuration(os.Environ())
	if err != nil {
		return nil, err
	}
	node, err := hearsay.Start(ctx, cfg)
	if _, ok := errors.AsType[*quic.CertificateError](err); ok {
		return nil, fmt.Errorf("%w\nan observer needs a certificate of its own: hearsay cert node -cluster %q -id %q makes it "+
			"where the authority's key is; then give -id %s, and -cert and -key if quic.cert_file has no {node} in it",
			err, cfg.Cluster, cfg.NodeID, cfg.NodeID)
	}
	if err != nil {
		return nil, err
	}
	if err := node.WaitJoined(ctx); err != nil {
		_ = node.Close() // which counts what still arrives
		return nil, fmt.Errorf("%w; asked %s%s", err, strings.Join(cfg.Seeds, ", "), symptoms(node.Stats().Transport))
	}
	return node, nil
}

// symptoms says what may be wrong where nobody answers.
func symptoms(s transport.Stats) string {
	var found []string
	see := func(isSo bool, what string) {
		if isSo {
			found = append(found, what)
		}
	}
	dropped := func(cause transport.Drop) bool { return s.Dropped[cause] > 0 }
	see(dropped(transport.DropForeign), "somebody of another cluster answers")
	see(dropped(transport.DropUnauthenticated), "what answers cannot be opened with these keys, or has the wrong certificate")
	see(dropped(transport.DropVersion), "what answers has another version")
	see(dropped(transport.DropFiltered), "what answers is kept out by allow and deny")
	see(s.HandshakesFailed > 0, fmt.Sprintf("%d handshakes failed: nobody is there, or certificates do not fit", s.HandshakesFailed))
	see(s.Notices > 0 && s.HandshakesFailed == 0, "nobody listens there")
	if len(found) == 0 {
		return "; is a node running there, with the same keys and cluster, and does the network let this host through?"
	}
	return "; " + strings.Join(found, "; ")
}
