package transport

import (
	"errors"
	"fmt"
	"net/netip"
)

// Filter tells by address who may talk to a node. The zero Filter permits
// everybody. Transports apply it to sources before they look at a single byte,
// and to targets in Send. It is read concurrently: do not change the slices
// after a transport was opened with it.
//
// A look-up tests the prefixes one by one, about 5 ns each; keep the lists to
// some dozens and let a firewall do more.
type Filter struct {
	// Allow lists who is permitted; empty is everybody.
	Allow []netip.Prefix
	// Deny lists exceptions: what it contains is never permitted.
	Deny []netip.Prefix
}

// Permits reports whether addr may talk to the node. IPv4-mapped IPv6
// addresses are taken as the IPv4 addresses that they are, and zones are
// ignored. An invalid address is permitted by the zero Filter only.
func (f Filter) Permits(addr netip.Addr) bool {
	if len(f.Allow) == 0 && len(f.Deny) == 0 {
		return true
	}
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() || anyContains(f.Deny, addr) {
		return false
	}
	return len(f.Allow) == 0 || anyContains(f.Allow, addr)
}

func anyContains(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// Validate returns everything that is wrong with f, joined.
func (f Filter) Validate() error {
	return errors.Join(validatePrefixes("Allow", f.Allow), validatePrefixes("Deny", f.Deny))
}

func validatePrefixes(field string, prefixes []netip.Prefix) error {
	var problems []error
	for i, prefix := range prefixes {
		switch {
		case !prefix.IsValid():
			problems = append(problems, fmt.Errorf("%s[%d] is not a prefix: write it like 10.0.0.0/8 or fd00::/8", field, i))
		case prefix.Addr().Is4In6():
			problems = append(problems, fmt.Errorf("%s[%d] = %v would match nothing: write IPv4 prefixes without ::ffff:", field, i, prefix))
		case prefix != prefix.Masked():
			problems = append(problems, fmt.Errorf("%s[%d] = %v has bits set behind its length: write %v", field, i, prefix, prefix.Masked()))
		}
	}
	return errors.Join(problems...)
}
