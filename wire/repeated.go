package wire

import (
	"cmp"
	"slices"
)

// Grow returns s, which is full, with room for one more element and for those
// that follow it in rest, which begins at the tag of the first: they are counted
// and not believed. Each takes size bytes; the first is charged already.
func Grow[T any](s []T, rest []byte, tag uint64, size int, budget *Budget) []T {
	return GrowBy(s, 1, 1+budget.fits(count(rest, tag)-1, size), size, budget)
}

// GrowBy returns s with room for n more elements, of which charged have been
// charged to the budget. To keep elements that come one by one from being moved
// each time, s doubles as far as the budget has memory for that. What s holds in
// the end never breaks the limits, and all that was allocated on the way is less
// than three times as much.
func GrowBy[T any](s []T, charged, n, size int, budget *Budget) []T {
	if n <= cap(s)-len(s) {
		return s
	}
	double := len(s) + charged + budget.fits(max(len(s)-charged, 0), size)
	grown := make([]T, len(s), max(len(s)+n, double))
	copy(grown, s)
	return grown
}

// count returns how many fields with the given tag b holds, up to where b stops
// being a message.
func count(b []byte, tag uint64) int {
	budget := Budget{depth: DefaultDepth}
	n := 0
	for i := 0; i < len(b); {
		var t uint64
		if t, i = Tag(b, i); i < 0 {
			break
		}
		if i = Skip(b, i, t, &budget); i < 0 {
			break
		}
		if t == tag {
			n++
		}
	}
	return max(n, 1)
}

// CountVarints returns how many varints end in b.
func CountVarints(b []byte) int {
	n := 0
	for _, c := range b {
		if c < 0x80 {
			n++
		}
	}
	return n
}

// Resize returns s with n elements: those it had, and behind them those that it
// had before it was cut, or zero ones.
func Resize[T any](s []T, n int) []T {
	if n > cap(s) {
		s = slices.Grow(s[:cap(s)], n-cap(s))
	}
	return s[:n]
}

// SortedKeys appends the keys of m to keys, in the order in which maps are
// encoded.
func SortedKeys[K cmp.Ordered, V any](keys []K, m map[K]V) []K {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// SortedBools is SortedKeys for keys of type bool.
func SortedBools[V any](keys []bool, m map[bool]V) []bool {
	for _, k := range [...]bool{false, true} {
		if _, ok := m[k]; ok {
			keys = append(keys, k)
		}
	}
	return keys
}
