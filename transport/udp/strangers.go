package udp

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

const (
	// acquaintance is how long, at least, a member is known after it was last
	// met; at most twice as long.
	acquaintance = 5 * time.Minute
	// maxKnown bounds how many addresses are known of each half of that time.
	maxKnown = 1 << 14
	// strangerBuckets is the number of token buckets; prefixes that fall into
	// the same one share it.
	strangerBuckets = 256
	// crowd is how many prefixes may use their whole rate at once.
	crowd = 16
	// prefix4 and prefix6 are the bytes of an address that tell sites apart: a
	// /24 and a /64. Who has one address of such a prefix has all.
	prefix4, prefix6 = 3, 8
)

// strangers limits what comes from addresses that are not known to be those of
// members: so much per second and prefix, and so much in all, because without a
// key on the way source addresses are free to choose. Members are known by
// being met: something authentic came from there, or an envelope was sent there
// that expects a certain node. Memory is bounded; any goroutine may use it.
type strangers struct {
	rate  float64 // datagrams per second and prefix
	seed  maphash.Seed
	since time.Time

	mu              sync.Mutex
	met, metEarlier map[netip.AddrPort]struct{}
	turned          time.Time
	all             bucket
	buckets         []bucket // made when the first stranger comes
}

func newStrangers(perSecond int, now time.Time) *strangers {
	return &strangers{
		rate: float64(perSecond), seed: maphash.MakeSeed(), since: now,
		met: make(map[netip.AddrPort]struct{}), turned: now,
	}
}

// meet notes that a member is at address.
func (s *strangers) meet(address netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.met[address]; known {
		return
	}
	if len(s.met) >= maxKnown {
		s.turn()
	}
	s.met[address] = struct{}{}
}

// turn forgets who was not met lately.
func (s *strangers) turn() {
	s.metEarlier, s.met = s.met, make(map[netip.AddrPort]struct{})
}

// admits reports whether a datagram from source, which came at now, may be
// looked at, and whether source was met lately, so that it need not be noted
// again.
func (s *strangers) admits(source netip.AddrPort, now time.Time) (admitted, met bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.turned) > acquaintance {
		s.turn()
		s.turned = now
	}
	if _, known := s.met[source]; known {
		return true, true
	}
	if _, known := s.metEarlier[source]; known {
		return true, false
	}
	if s.buckets == nil {
		s.buckets = make([]bucket, strangerBuckets)
	}
	own, at := &s.buckets[s.hash(source.Addr())%strangerBuckets], now.Sub(s.since)
	if !own.has(s.rate, at) || !s.all.has(crowd*s.rate, at) {
		return false, false
	}
	own.take(s.rate, at)
	s.all.take(crowd*s.rate, at)
	return true, false
}

// hash spreads prefixes over buckets, in an order that nobody can know.
func (s *strangers) hash(addr netip.Addr) uint64 {
	if addr = addr.Unmap(); addr.Is4() {
		bytes := addr.As4()
		return maphash.Bytes(s.seed, bytes[:prefix4])
	}
	bytes := addr.As16()
	return maphash.Bytes(s.seed, bytes[:prefix6])
}
