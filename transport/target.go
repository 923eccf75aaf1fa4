package transport

import "net/netip"

// CanonicalTarget returns the one form of a target: IPv4 addresses are never
// IPv6-mapped. What nobody can listen at is ErrInvalidTarget: no or an
// unspecified address, port 0, multicast, the IPv4 broadcast address.
func CanonicalTarget(target netip.AddrPort) (netip.AddrPort, error) {
	addr := target.Addr().Unmap()
	switch {
	case !addr.IsValid(), addr.IsUnspecified(), addr.IsMulticast(), addr == broadcast, target.Port() == 0:
		return target, ErrInvalidTarget
	}
	return netip.AddrPortFrom(addr, target.Port()), nil
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
