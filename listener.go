package hearsay

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// listener is one network by which a node listens, and where others reach it
// there.
type listener struct {
	network        string
	bound, address netip.AddrPort
	origin         origin
}

// explicitly returns what the user says of the address by a network that is
// bound to bound; the zero value is nothing.
func (c Config) explicitly(network string, bound, preferred netip.AddrPort) netip.AddrPort {
	if by, ok := c.AdvertiseBy[network]; ok {
		return by
	}
	if c.Advertise.IsValid() && bound != preferred {
		return netip.AddrPortFrom(c.Advertise.Addr(), 0)
	}
	return c.Advertise
}

// needsRoute tells whether a route to a seed would tell an address that is not
// known otherwise.
func (c Config) needsRoute(info transport.Info) bool {
	for network, described := range info.ByNetwork() {
		if described.Local.Addr().IsUnspecified() && !c.explicitly(network, described.Local, info.Local).IsValid() {
			return true
		}
	}
	return false
}

// listeners returns all networks by which a transport listens.
func (n network) listeners(ctx context.Context, cfg Config, info transport.Info, seeds []netip.AddrPort) ([]listener, error) {
	var all []listener
	for word, described := range info.ByNetwork() {
		l := listener{network: word, bound: described.Local}
		l.address, l.origin = n.advertised(ctx, cfg.explicitly(word, l.bound, info.Local), l.bound, seeds)
		all = append(all, l)
	}
	for _, word := range slices.Sorted(maps.Keys(cfg.AdvertiseBy)) {
		if !slices.Contains(info.Networks, word) {
			return nil, fmt.Errorf("hearsay: AdvertiseBy names %q, by which the node does not listen: give %s",
				word, strings.Join(info.Networks, " or "))
		}
	}
	return all, nil
}

// endpoints returns what others are told of them.
func endpoints(all []listener) []membership.Endpoint {
	told := make([]membership.Endpoint, len(all))
	for i, l := range all {
		told[i] = membership.Endpoint{Network: l.network, Address: l.address}
	}
	return told
}

// seen returns where others reach l if a seed has seen the node at observed:
// there, if that was by l's network, else at that host.
func (l listener) seen(observed membership.Endpoint) listener {
	switch {
	case l.origin != fromInterface:
		return l // something better is known than one of this host's interfaces
	case !isAdvertisable(observed.Address) || observed.Address.Port() == 0:
		return l
	case observed.Address.Addr().IsLoopback() && !l.address.Addr().IsLoopback():
		return l // a seed on this very host; others need more than that
	case !hears(l.bound.Addr(), observed.Address.Addr()):
		return l
	}
	l.origin = fromPeer
	port := l.address.Port()
	if l.network == observed.Network {
		port = observed.Address.Port()
	}
	l.address = netip.AddrPortFrom(observed.Address.Addr(), port)
	return l
}

// learnAddress takes the address that a seed sees, once, where nothing better is
// known. It runs on the driver's goroutine.
func (n *Node) learnAddress(now membership.Instant) {
	observed := n.coordinator.Observed()
	if observed == n.observed {
		return
	}
	n.observed = observed
	learned := slices.Clone(n.listeners)
	for i := range learned {
		learned[i] = learned[i].seen(observed)
	}
	before, after := endpoints(n.listeners), endpoints(learned)
	n.listeners = learned
	if slices.Equal(before, after) {
		return
	}
	if err := n.coordinator.SetEndpoints(now, after); err != nil {
		n.logAside(slog.LevelWarn, "others see another address than the one advertised",
			"advertised", before, "observed", observed.Address, "error", err)
		return
	}
	n.logAside(slog.LevelInfo, "advertising the address that others see", "before", before, "now", after)
}
