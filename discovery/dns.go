package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// Lookup finds the addresses of a host; *net.Resolver is one.
type Lookup interface {
	// LookupNetIP looks host up; network is "ip" for both families.
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// DNS resolves names to all of their IPv4 and IPv6 addresses, each time anew:
// what a headless service of Kubernetes, or several A records for one name, are
// made for. Names are looked up in parallel; one that fails costs the others
// nothing.
type DNS struct {
	// Names are hosts with a port, "gossip.example.com:7946". An address in
	// place of the host, "10.0.0.7:7946" or "[fd00::7]:7946", stands for itself.
	Names []string
	// Lookup asks; nil is net.DefaultResolver.
	Lookup Lookup
}

// Resolve looks all names up.
func (d DNS) Resolve(ctx context.Context) ([]netip.AddrPort, error) {
	return each(len(d.Names), func(i int) ([]netip.AddrPort, error) {
		return resolveName(ctx, d.Lookup, d.Names[i])
	})
}

// Seeds returns a resolver for a list as people write it: addresses and names
// with ports, see DNS. Its error tells all that can never be one.
func Seeds(seeds ...string) (Resolver, error) {
	var problems []error
	isStatic := true
	addresses := make([]netip.AddrPort, len(seeds))
	for i, seed := range seeds {
		s, err := parseSeed(seed)
		if err != nil {
			problems = append(problems, err)
		}
		isStatic = isStatic && s.address.IsValid()
		addresses[i] = s.address
	}
	switch {
	case len(problems) > 0:
		return nil, errors.Join(problems...)
	case isStatic:
		return Static(addresses...), nil
	}
	return DNS{Names: append([]string(nil), seeds...)}, nil
}

// IsStatic tells whether a resolver of this package will give the same addresses
// for ever, so that asking it once is enough.
func IsStatic(r Resolver) bool {
	switch r := r.(type) {
	case static:
		return true
	case union:
		for _, part := range r {
			if !IsStatic(part) {
				return false
			}
		}
		return true
	}
	return false
}

// seed is one entry of a list: an address, or a host and a port.
type seed struct {
	address netip.AddrPort
	host    string
	port    uint16
}

func parseSeed(text string) (seed, error) {
	wrong := func(problem string) (seed, error) {
		return seed{}, fmt.Errorf("discovery: seed %q %s", text, problem)
	}
	if address, err := netip.ParseAddrPort(text); err == nil {
		address = netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
		if !isTarget(address) {
			return wrong("is no address of a node: give the host's own address, and a port from 1 to 65535")
		}
		return seed{address: address}, nil
	}
	host, service, err := net.SplitHostPort(text)
	if err != nil {
		return wrong(`is not host:port: write it like "node-1.example.com:7946", "10.0.0.7:7946" or "[fd00::7]:7946"`)
	}
	if host == "" {
		return wrong("names no host: write host:port")
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil || port == 0 {
		return wrong("has no port that is a number from 1 to 65535")
	}
	return seed{host: host, port: uint16(port)}, nil
}

func resolveName(ctx context.Context, lookup Lookup, name string) ([]netip.AddrPort, error) {
	s, err := parseSeed(name)
	if err != nil {
		return nil, err
	}
	if s.address.IsValid() {
		return []netip.AddrPort{s.address}, nil
	}
	if lookup == nil {
		lookup = net.DefaultResolver
	}
	ips, err := lookup.LookupNetIP(ctx, "ip", s.host)
	found := make([]netip.AddrPort, len(ips))
	for i, ip := range ips {
		found[i] = netip.AddrPortFrom(ip, s.port)
	}
	switch {
	case err != nil:
		return found, fmt.Errorf("discovery: seed %q: %w", name, err)
	case len(found) == 0:
		return nil, fmt.Errorf("discovery: seed %q: the name has no addresses", name)
	}
	return found, nil
}
