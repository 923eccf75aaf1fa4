package discovery

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
)

// Resolver finds the addresses of nodes.
type Resolver interface {
	// Resolve returns the addresses that it knows now, without duplicates, and
	// what kept it from knowing more. Both may be there at once: the addresses
	// are good then, and not all. It returns soon after ctx has ended.
	Resolve(ctx context.Context) ([]netip.AddrPort, error)
}

// Static returns a resolver that always gives these addresses.
func Static(addresses ...netip.AddrPort) Resolver {
	return static(normal(slices.Clone(addresses)))
}

type static []netip.AddrPort

func (s static) Resolve(context.Context) ([]netip.AddrPort, error) { return slices.Clone(s), nil }

// Join returns a resolver that gives what all of these give, in their order. It
// asks them at the same time, so that a slow one costs no other its turn, and
// waits for all. Its error joins theirs.
func Join(resolvers ...Resolver) Resolver { return union(slices.Clone(resolvers)) }

type union []Resolver

func (u union) Resolve(ctx context.Context) ([]netip.AddrPort, error) {
	return each(len(u), func(i int) ([]netip.AddrPort, error) { return u[i].Resolve(ctx) })
}

// maxParallel bounds the look-ups that one call of Resolve has under way.
const maxParallel = 16

// each calls resolve for 0 to n−1, at most maxParallel at a time, and joins the
// results in that order.
func each(n int, resolve func(i int) ([]netip.AddrPort, error)) ([]netip.AddrPort, error) {
	found, errs := make([][]netip.AddrPort, n), make([]error, n)
	var workers sync.WaitGroup
	places := make(chan struct{}, maxParallel)
	for i := range n {
		places <- struct{}{}
		workers.Go(func() {
			defer func() { <-places }()
			found[i], errs[i] = resolve(i)
		})
	}
	workers.Wait()
	return normal(slices.Concat(found...)), errors.Join(errs...)
}

// normal brings addresses to the form in which transports name their peers, and
// drops what names no peer, and duplicates. It works in place and keeps the
// order.
func normal(addresses []netip.AddrPort) []netip.AddrPort {
	seen := make(map[netip.AddrPort]bool, len(addresses))
	kept := addresses[:0]
	for _, address := range addresses {
		address = netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
		if !isTarget(address) || seen[address] {
			continue
		}
		seen[address] = true
		kept = append(kept, address)
	}
	return kept
}

// isTarget tells whether a node can be reached at address: it is valid, of one
// host, and has a port.
func isTarget(address netip.AddrPort) bool {
	ip := address.Addr()
	return address.IsValid() && address.Port() != 0 && !ip.IsUnspecified() && !ip.IsMulticast()
}
