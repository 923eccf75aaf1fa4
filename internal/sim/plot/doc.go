// Package plot draws the samples of a run of package sim as an SVG picture: the
// size of every node's view over time, what happened, who was shown Dead, and
// what was sent.
package plot
