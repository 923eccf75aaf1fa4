package membership

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// randomness holds one stream for each purpose, so that a draw more in one
// place changes nothing in another.
type randomness struct {
	// ring shuffles the order of probing, peers picks whom to tell, jitter
	// spreads what is periodic over time.
	ring, peers, jitter *rand.Rand
	// guard makes what others must not guess: sequence numbers, nonces, salts.
	guard *rand.Rand
	// index is the seed of the table's indexes.
	index uint64
	// secret is the key of the tokens.
	secret [sha256.Size]byte
}

// newRandomness derives the streams from the seed and the node's id: nodes
// that were given the same seed by mistake still differ.
func newRandomness(seed [2]uint64, id string) randomness {
	derive := func(purpose string) [sha256.Size]byte {
		material := binary.LittleEndian.AppendUint64(nil, seed[0])
		material = binary.LittleEndian.AppendUint64(material, seed[1])
		material = append(material, purpose...)
		material = append(material, 0)
		return sha256.Sum256(append(material, id...))
	}
	stream := func(purpose string) *rand.Rand {
		key := derive(purpose)
		return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(key[:]), binary.LittleEndian.Uint64(key[8:])))
	}
	index := derive("index")
	return randomness{
		index:  binary.LittleEndian.Uint64(index[:]),
		ring:   stream("ring"),
		peers:  stream("peers"),
		jitter: stream("jitter"),
		guard:  rand.New(rand.NewChaCha8(derive("guard"))),
		secret: derive("secret"),
	}
}

// sequence returns a number that is hard to guess and not 0.
func (r *randomness) sequence() uint32 {
	for {
		if n := r.guard.Uint32(); n != 0 {
			return n
		}
	}
}

// salt returns an odd number that is hard to guess.
func (r *randomness) salt() uint64 { return r.guard.Uint64() | 1 }
