package wire

import "math"

// Defaults of Limits.
const (
	// DefaultMemoryFactor is how many bytes of memory a decoder may hold for
	// each byte of its input.
	DefaultMemoryFactor = 16
	// DefaultMemoryBase is the memory that a decoder may hold whatever the size
	// of its input, in bytes.
	DefaultMemoryBase = 4 << 10
	// DefaultDepth is how deep messages may be nested.
	DefaultDepth = 100
)

// Limits bounds what decoding one message may cost. The zero value stands for
// the defaults, which any message of an honest sender stays far below.
type Limits struct {
	// Memory is the largest number of bytes that the decoded message may hold:
	// the whole input, since all of it may end up in strings, bytes and unknown
	// fields, and beside it every element, map entry and sub-message at the
	// size that it has on a 64-bit machine. 0 stands for 16 times the input and
	// 4 KiB. On the way there a decoder allocates less than three times as much,
	// since slices that grow are moved.
	Memory int
	// Depth is how deep messages, and groups among unknown fields, may be
	// nested in the decoded one. 0 stands for 100.
	Depth int
	// Items is the largest number of elements of repeated fields and entries of
	// maps, in the whole message. 0 leaves them to Memory.
	Items int
	// Strings, unless nil, is where short strings are looked up before they are
	// allocated. It changes nothing else.
	Strings *StringCache
}

// Unlimited is as good as no limits: for input that is already trusted.
var Unlimited = Limits{Memory: math.MaxInt / 2, Depth: 10_000, Items: math.MaxInt / 2}

// Budget is what is left of Limits while a message is decoded. Generated code
// passes one on from message to message.
type Budget struct {
	// 64 bits on every machine: the product of a count and a size may not
	// overflow.
	memory int64
	depth  int64
	items  int64

	strings *StringCache
}

// Budget returns the budget for decoding an input of the given size, which is
// charged already: no string, bytes or unknown field is larger than what it was
// decoded from, so that none of them has to be charged one by one.
func (l Limits) Budget(size int) Budget {
	b := Budget{memory: int64(l.Memory), depth: int64(l.Depth), items: int64(l.Items), strings: l.Strings}
	if b.memory <= 0 {
		b.memory = DefaultMemoryFactor*int64(size) + DefaultMemoryBase
	}
	if b.depth <= 0 {
		b.depth = DefaultDepth
	}
	if b.items <= 0 {
		b.items = math.MaxInt64 / 2
	}
	b.memory -= int64(size)
	return b
}

// Exceeded reports whether something was charged that the limits do not allow.
func (b *Budget) Exceeded() bool {
	return b.memory|b.depth|b.items < 0
}

// Enter charges a sub-message that takes size bytes, and reports whether the
// limits allow it. Leave ends it.
func (b *Budget) Enter(size int) bool {
	b.memory -= int64(size)
	b.depth--
	return b.memory|b.depth >= 0
}

// EnterItem is Enter for an element of a repeated field or an entry of a map.
func (b *Budget) EnterItem(size int) bool {
	b.memory -= int64(size)
	b.depth--
	b.items--
	return b.memory|b.depth|b.items >= 0
}

// Leave ends a sub-message.
func (b *Budget) Leave() { b.depth++ }

// Charge charges n elements of size bytes each, and reports whether the limits
// allow them. n is at most the size of the input.
func (b *Budget) Charge(n, size int) bool {
	b.items -= int64(n)
	b.memory -= int64(n) * int64(size)
	return b.memory|b.items >= 0
}

// fits returns how many of n elements of size bytes each the budget allows.
func (b *Budget) fits(n, size int) int {
	return int(max(0, min(int64(n), b.items, b.memory/int64(size))))
}
