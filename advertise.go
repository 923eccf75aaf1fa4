package hearsay

import (
	"context"
	"net"
	"net/netip"
)

// origin says where an advertised address comes from.
type origin uint8

const (
	// fromConfig: the user says so.
	fromConfig origin = iota
	// fromSocket: the transport is bound to it.
	fromSocket
	// fromRoute: this host reaches a seed from it.
	fromRoute
	// fromInterface: it is one of this host's, and nothing else is known. What a
	// seed sees is better.
	fromInterface
	// fromPeer: a seed has seen it.
	fromPeer
)

// network is what the choice of an address asks of the host.
type network struct {
	// source returns the address from which this host reaches target.
	source func(ctx context.Context, target netip.AddrPort) (netip.Addr, error)
	// interfaces returns the addresses of this host.
	interfaces func() ([]net.Addr, error)
}

var hostNetwork = network{source: routeSource, interfaces: net.InterfaceAddrs}

// routeSource asks the system for a route. Connecting a UDP socket sends
// nothing.
func routeSource(ctx context.Context, target netip.AddrPort) (netip.Addr, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "udp", target.String())
	if err != nil {
		return netip.Addr{}, err
	}
	defer func() { _ = conn.Close() }() // nothing was written that could be lost
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

// advertised chooses the address at which others reach a node that is bound to
// bound. There always is one: a node that cannot be reached yet can still start,
// and learn.
func (n network) advertised(ctx context.Context, explicit, bound netip.AddrPort, seeds []netip.AddrPort) (netip.AddrPort, origin) {
	port := bound.Port()
	if explicit.IsValid() {
		if explicit.Port() != 0 {
			port = explicit.Port()
		}
		return netip.AddrPortFrom(explicit.Addr().Unmap(), port), fromConfig
	}
	ip := bound.Addr().Unmap().WithZone("")
	if !ip.IsUnspecified() {
		return netip.AddrPortFrom(ip, port), fromSocket
	}
	for _, seed := range seeds {
		if !hears(ip, seed.Addr()) {
			continue
		}
		if source, err := n.source(ctx, seed); err == nil && !source.IsUnspecified() {
			return netip.AddrPortFrom(source.WithZone(""), port), fromRoute
		}
	}
	return netip.AddrPortFrom(n.interfaceAddress(ip), port), fromInterface
}

// interfaceAddress returns the best address of this host that a socket bound to
// unspecified hears: one that is reached from elsewhere, else of the link, else
// of the host itself.
func (n network) interfaceAddress(unspecified netip.Addr) netip.Addr {
	best, bestRank := netip.IPv6Loopback(), 0
	if unspecified.Is4() {
		best = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	addresses, err := n.interfaces()
	if err != nil {
		return best
	}
	for _, address := range addresses {
		prefix, err := netip.ParsePrefix(address.String())
		if err != nil {
			continue
		}
		ip := prefix.Addr().Unmap().WithZone("")
		if rank := addressRank(ip); hears(unspecified, ip) && rank > bestRank {
			best, bestRank = ip, rank
		}
	}
	return best
}

func addressRank(ip netip.Addr) int {
	switch {
	case ip.IsGlobalUnicast() && ip.Is4():
		return 4
	case ip.IsGlobalUnicast():
		return 3
	case ip.IsLinkLocalUnicast():
		return 2
	case ip.IsLoopback() && ip.Is4():
		return 1
	}
	return 0
}

// hears tells whether a socket that is bound to all addresses of a family gets
// what is sent to ip. One that is bound to [::] hears both.
func hears(unspecified, ip netip.Addr) bool { return unspecified.Is6() || ip.Unmap().Is4() }
