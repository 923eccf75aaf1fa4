// Package report runs the scenarios of package scenario over sizes, detectors
// and seeds, and makes a page of what came of them: docs/protocol-results.md.
// All detectors run on the same seeds.
//
// What a run gave is a Row, kept in a file for each section, so that a report
// can be interrupted and go on, a section can be run anew by deleting its file,
// and the page is written of what is there.
package report
