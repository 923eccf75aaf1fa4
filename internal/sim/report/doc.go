// Package report runs the scenarios of package scenario over sizes, detectors
// and seeds, and makes tables of what came of them: docs/protocol-results.md.
// All detectors run on the same seeds.
package report
