package sim

import "math/rand/v2"

// golden is 2⁶⁴ divided by the golden ratio: the increment of SplitMix64.
const golden = 0x9e3779b97f4a7c15

// mix64 is the finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
func mix64(x uint64) uint64 {
	x += golden
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// streamSeed derives the seed of one stream of randomness: one for each node
// and purpose, so that one more draw in one place leaves all others as they
// were. Node −1 is the cluster itself.
func streamSeed(seed uint64, purpose string, node int) [2]uint64 {
	hash := mix64(seed)
	for i := range len(purpose) {
		hash = mix64(hash ^ uint64(purpose[i]))
	}
	hash = mix64(hash ^ uint64(int64(node)))
	return [2]uint64{hash, mix64(hash)}
}

// stream returns the stream of randomness of a node and purpose.
func stream(seed uint64, purpose string, node int) *rand.Rand {
	s := streamSeed(seed, purpose, node)
	return rand.New(rand.NewPCG(s[0], s[1]))
}

// Random is a stream of randomness.
type Random = *rand.Rand
