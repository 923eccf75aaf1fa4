//go:build !race

package nettest

// raceEnabled tells that all takes several times as long.
const raceEnabled = false
