//go:build race

package scenario

// slowdown is by how much the race detector slows runs down; testNodes is the
// largest cluster that tests run scenarios with, and scenarioSeeds with how
// many seeds.
const (
	slowdown      = 16
	testNodes     = 12
	scenarioSeeds = 1
)
