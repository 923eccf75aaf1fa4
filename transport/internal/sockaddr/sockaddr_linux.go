package sockaddr

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// Raw is the kernel's struct sockaddr_in or sockaddr_in6, as bytes: family (2,
// native order), port (2, network order), and then for IPv4 the address (4); for
// IPv6 flow (4), address (16) and scope (4, native order).
type Raw = [unix.SizeofSockaddrInet6]byte

// maxZones bounds what is remembered of interfaces.
const maxZones = 64

// Zones translates addresses, and with them the kernel's interface indexes into
// the zones of link-local addresses and back. It remembers what it asked the
// system; when it is full it begins anew, which also notices renamed interfaces
// one day. The zero value is ready; it is not safe for concurrent use.
type Zones struct {
	names   map[uint32]string
	indexes map[string]uint32
}

// Parse returns the address in sa, an IPv4 one never in its IPv6-mapped form. It
// is invalid if the family is unknown.
func (z *Zones) Parse(sa *Raw) netip.AddrPort {
	port := binary.BigEndian.Uint16(sa[2:])
	switch binary.NativeEndian.Uint16(sa[:]) {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(sa[4:8])), port)
	case unix.AF_INET6:
		addr := netip.AddrFrom16([16]byte(sa[8:24])).Unmap()
		if scope := binary.NativeEndian.Uint32(sa[24:]); scope != 0 && addr.Is6() {
			addr = addr.WithZone(z.name(scope))
		}
		return netip.AddrPortFrom(addr, port)
	}
	return netip.AddrPort{}
}

// Format writes target into sa, for a socket of the given domain, AF_INET or
// AF_INET6, and returns the length of the result. The first has room for IPv4
// only.
func (z *Zones) Format(sa *Raw, target netip.AddrPort, domain int) uint32 {
	binary.NativeEndian.PutUint16(sa[:], uint16(domain))
	binary.BigEndian.PutUint16(sa[2:], target.Port())
	if domain == unix.AF_INET {
		addr := target.Addr().As4()
		copy(sa[4:8], addr[:])
		return unix.SizeofSockaddrInet4
	}
	addr := target.Addr().As16()
	copy(sa[8:24], addr[:])
	clear(sa[4:8])
	binary.NativeEndian.PutUint32(sa[24:], z.index(target.Addr().Zone()))
	return unix.SizeofSockaddrInet6
}

// AddrPort returns the address that package unix has parsed, as Parse does.
func (z *Zones) AddrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		addr := netip.AddrFrom16(sa.Addr).Unmap()
		if sa.ZoneId != 0 && addr.Is6() {
			addr = addr.WithZone(z.name(sa.ZoneId))
		}
		return netip.AddrPortFrom(addr, uint16(sa.Port))
	}
	return netip.AddrPort{}
}

func (z *Zones) name(index uint32) string {
	if name, ok := z.names[index]; ok {
		return name
	}
	name := strconv.FormatUint(uint64(index), 10)
	if link, err := net.InterfaceByIndex(int(index)); err == nil {
		name = link.Name
	}
	if z.names == nil || len(z.names) >= maxZones {
		z.names = make(map[uint32]string)
	}
	z.names[index] = name
	return name
}

// index returns 0, which the kernel refuses for a link-local address, for a
// zone that does not exist.
func (z *Zones) index(name string) uint32 {
	if name == "" {
		return 0
	}
	if index, ok := z.indexes[name]; ok {
		return index
	}
	var index uint32
	if link, err := net.InterfaceByName(name); err == nil {
		index = uint32(link.Index)
	} else if number, err := strconv.ParseUint(name, 10, 32); err == nil {
		index = uint32(number)
	}
	if z.indexes == nil || len(z.indexes) >= maxZones {
		z.indexes = make(map[string]uint32)
	}
	z.indexes[name] = index
	return index
}
