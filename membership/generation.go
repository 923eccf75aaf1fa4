package membership

import "strconv"

// Generation names one life of a node's process: a counter in the upper 32
// bits, which rises with each start, and a random nonce in the lower, so that
// two processes never share one. Of two generations of one id the greater
// wins. Zero is no generation.
type Generation uint64

// MaxCounter is the largest counter of a generation. A greater one is refused
// on receipt: an id whose counter a broken node drove to its end could never
// start again.
const MaxCounter = 1 << 31

// NewGeneration returns the generation of a counter and a nonce.
func NewGeneration(counter, nonce uint32) Generation {
	return Generation(counter)<<32 | Generation(nonce)
}

// Counter returns the number of the life, from 1.
func (g Generation) Counter() uint32 { return uint32(g >> 32) }

// Nonce returns the random part, which headers carry.
func (g Generation) Nonce() uint32 { return uint32(g) }

// Valid tells whether a correct node can have taken g.
func (g Generation) Valid() bool { return g.Counter() >= 1 && g.Counter() <= MaxCounter }

// String returns counter and nonce: "3.9f1c04aa".
func (g Generation) String() string {
	nonce := strconv.FormatUint(uint64(g.Nonce())|1<<32, 16)
	return strconv.FormatUint(uint64(g.Counter()), 10) + "." + nonce[1:]
}

// Incarnation counts a node's refutations within one generation, from 0. Only
// the node itself raises it.
type Incarnation uint32
