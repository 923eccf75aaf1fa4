//go:build !race

package scenario

// slowdown is by how much the race detector slows runs down, and testNodes the
// largest cluster that tests run scenarios with.
const (
	slowdown  = 1
	testNodes = 24
)
