package membership

import (
	"math/rand/v2"
	"slices"
)

// probeRing is the order of probing by chance: a shuffled list of the members,
// walked from its begin to its end and shuffled anew, so that each is probed once
// in n of its probes, and at most 2n−1 lie between two of one (SWIM §4.3).
type probeRing struct {
	keys []uint64
	at   int
	rng  *rand.Rand
}

// add takes a member into the round that runs, at a random place of what
// remains of it. A member that is there already stays where it is.
func (r *probeRing) add(key uint64) {
	if slices.Contains(r.keys[r.at:], key) {
		return
	}
	r.keys = append(r.keys, key)
	last := len(r.keys) - 1
	other := r.at + r.rng.IntN(last-r.at+1)
	r.keys[last], r.keys[other] = r.keys[other], r.keys[last]
}

// next returns the next member that is still wanted, and whether there was
// one. Where the round ends a new one begins with the members that refill
// appends.
func (r *probeRing) next(wanted func(key uint64) bool, refill func(keys []uint64) []uint64) (uint64, bool) {
	for range 2 {
		for r.at < len(r.keys) {
			key := r.keys[r.at]
			r.at++
			if wanted(key) {
				return key, true
			}
		}
		r.keys, r.at = refill(r.keys[:0]), 0
		r.rng.Shuffle(len(r.keys), func(i, j int) { r.keys[i], r.keys[j] = r.keys[j], r.keys[i] })
	}
	return 0, false
}
