package membership

import "math/bits"

// The hash of hearsay's tables is part of the wire: all nodes of a cluster must
// compute the same, on every architecture and in every release. It is of the
// multiply-and-fold family, of which wyhash is the best known: a
// 64 × 64 → 128 bit product whose halves are xored, over little-endian words.
// It resists accidents, not attackers: who can write records is authenticated.

// The odd constants have 32 bits set each and no two words alike (wyhash).
const (
	hashK0 = 0xa0761d6478bd642f
	hashK1 = 0xe7037ed1a0b428db
	hashK2 = 0x8ebc6af09c88c6e3
	hashK3 = 0x589965cc75374cc3
)

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// hashWords mixes two numbers into h.
func hashWords(h, a, b uint64) uint64 {
	return fold(fold(a^hashK2, b^h)^hashK3, h^hashK0)
}

// hashBytes mixes a string of bytes into h. Strings of different lengths are
// different inputs: "a","bc" and "ab","c" do not collide.
func hashBytes[B ~string | ~[]byte](h uint64, b B) uint64 {
	size := uint64(len(b))
	h ^= hashK0
	for len(b) > 16 {
		h = fold(load64(b)^hashK1, load64(b[8:])^h)
		b = b[16:]
	}
	var first, second uint64
	if len(b) >= 8 {
		first, second = load64(b), loadShort(b[8:])
	} else {
		first = loadShort(b)
	}
	return fold(hashK1^size, fold(first^hashK1, second^h))
}

// load64 reads the first 8 bytes, little endian; the compiler makes it one
// load.
func load64[B ~string | ~[]byte](b B) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// loadShort reads at most 8 bytes, little endian, as if zeros followed.
func loadShort[B ~string | ~[]byte](b B) uint64 {
	if len(b) == 8 {
		return load64(b)
	}
	var v uint64
	for i := 0; i < len(b); i++ {
		v |= uint64(b[i]) << (8 * i)
	}
	return v
}

// clusterSeed returns the seed of all hashes of a cluster. It comes from the
// cluster's name and never from a key, for keys rotate.
func clusterSeed(cluster string) uint64 { return hashBytes(hashK3, cluster) }

// viewHash hashes what users see of a live member.
func viewHash(seed uint64, id string, g Generation, owner []byte) uint64 {
	return hashBytes(hashWords(hashBytes(seed, id), uint64(g), 0), owner)
}

// leafHash hashes all that must be equal between tables of a live member: what
// users see, how often it refuted and changed, and up to which version its state
// is held, which is not what its record says: who lacks state must differ.
// Its verdict is None, or it would not be live.
func leafHash(view uint64, i Incarnation, version uint32, state uint64) uint64 {
	return hashWords(view, uint64(i)<<32|uint64(version), state)
}

// rendezvous returns the rank of one node for another in one generation: the
// order in which nodes are chosen as its accusers and its jury, which all
// nodes compute alike without asking each other.
func rendezvous(node, subject uint64, g Generation) uint64 {
	return hashWords(hashWords(hashK1, node, subject), uint64(g), 0)
}
