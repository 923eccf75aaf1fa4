package memory

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"
)

// Jitter is a distribution of the delay that is added to a link's latency.
type Jitter uint8

const (
	// JitterUniform draws from [0, Spread).
	JitterUniform Jitter = iota
	// JitterExponential draws with Spread as its mean; it has no upper end, as
	// real networks have none, and is cut at 20 × Spread.
	JitterExponential
)

// exponentialCut bounds an exponential draw, in means: one in 5·10⁸ is beyond.
const exponentialCut = 20

// Link says what happens to envelopes between two nodes in one direction. The
// zero Link delivers everything, at the next Advance.
type Link struct {
	// Latency is the least time an envelope travels; 0 or more.
	Latency time.Duration
	// Spread is how much more it may travel, by Jitter; 0 or more. Whatever
	// travels longer than what was sent behind it is overtaken: reordering is
	// Spread larger than the distance between sends.
	Spread time.Duration
	// Jitter is the distribution of what Spread adds.
	Jitter Jitter
	// Loss is the share of envelopes that vanish, 0 to 1.
	Loss float64
	// Duplicate is the share that arrives twice, 0 to 1, each copy after a
	// travel time of its own.
	Duplicate float64
}

// Validate returns everything that is wrong with l, joined.
func (l Link) Validate() error {
	var problems []error
	if l.Latency < 0 {
		problems = append(problems, fmt.Errorf("Latency = %v: give 0 or more", l.Latency))
	}
	if l.Spread < 0 {
		problems = append(problems, fmt.Errorf("Spread = %v: give 0 or more", l.Spread))
	}
	if l.Jitter > JitterExponential {
		problems = append(problems, fmt.Errorf("Jitter = %d: give JitterUniform or JitterExponential", l.Jitter))
	}
	if !isShare(l.Loss) {
		problems = append(problems, fmt.Errorf("Loss = %v: give a share, 0 to 1", l.Loss))
	}
	if !isShare(l.Duplicate) {
		problems = append(problems, fmt.Errorf("Duplicate = %v: give a share, 0 to 1", l.Duplicate))
	}
	return errors.Join(problems...)
}

func isShare(x float64) bool { return x >= 0 && x <= 1 }

// travel draws how long one envelope is under way.
func (l Link) travel(rng *rand.Rand) time.Duration {
	if l.Spread <= 0 {
		return l.Latency
	}
	if l.Jitter == JitterExponential {
		return l.Latency + time.Duration(min(rng.ExpFloat64(), exponentialCut)*float64(l.Spread))
	}
	return l.Latency + time.Duration(rng.Int64N(int64(l.Spread)))
}

// direction names a link. A zero address stands for any.
type direction struct {
	from, to netip.AddrPort
}

// topology is what the owner of a network made of it: links that differ from
// the network's own, cuts, holds and groups. Its maps are only looked up,
// never ranged over, so that their order reaches nothing.
type topology struct {
	base  Link
	links map[direction]Link
	cuts  map[direction]struct{}
	holds map[direction]struct{}
	group map[netip.AddrPort]int
}

func newTopology(base Link) topology {
	return topology{
		base:  base,
		links: make(map[direction]Link),
		cuts:  make(map[direction]struct{}),
		holds: make(map[direction]struct{}),
	}
}

// link returns the link of d: set for exactly d, or for everything from its
// sender, or for everything to its receiver, or the network's.
func (t *topology) link(d direction) Link {
	if len(t.links) == 0 {
		return t.base
	}
	for _, key := range d.matching() {
		if link, ok := t.links[key]; ok {
			return link
		}
	}
	return t.base
}

// blocked reports whether nothing passes d.
func (t *topology) blocked(d direction) bool {
	if t.group != nil && t.group[d.from] != t.group[d.to] {
		return true
	}
	return contains(t.cuts, d)
}

// held reports whether what passes d waits for Release.
func (t *topology) held(d direction) bool { return contains(t.holds, d) }

func contains(set map[direction]struct{}, d direction) bool {
	if len(set) == 0 {
		return false
	}
	for _, key := range d.matching() {
		if _, ok := set[key]; ok {
			return true
		}
	}
	return false
}

// matching lists the names that fit d, the most exact first.
func (d direction) matching() [4]direction {
	return [4]direction{d, {from: d.from}, {to: d.to}, {}}
}
