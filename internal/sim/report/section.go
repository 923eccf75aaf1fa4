package report

import (
	"fmt"
	"strings"
)

// Section is one table: a run for each line, variant, detector and seed, what
// the metrics make of them, and the bars that they are held against.
type Section struct {
	Title string
	// Text says what is measured, in a sentence or two.
	Text  string
	Lines []Line
	// Variants are columns: parameters that are added to each line's. A section
	// with variants has one metric.
	Variants []Variant
	Metrics  []Metric
	Bars     []Bar
	// Detectors are those that are run; nil is all that are asked for.
	Detectors []string
}

// Line is a line of a table.
type Line struct {
	Label    string
	Scenario string
	Nodes    int
	// Seeds is how many; 0 is as many as usual.
	Seeds int
	// Slow lines are left out of a quick report.
	Slow bool
}

// Variant is a column: parameters that are added to each line's.
type Variant struct{ Label, Params string }

// Metric is a column, or what stands in the columns of the variants.
type Metric struct {
	Name string
	Of   func(runs []Row) string
}

// Cell is the runs of one place of a table.
type Cell struct {
	Line     Line
	Variant  Variant
	Detector string
}

// scenarioOf returns the scenario of a cell, with all its parameters.
func (c Cell) scenarioOf() string {
	params := c.Variant.Params
	switch {
	case params == "":
		return c.Line.Scenario
	case strings.Contains(c.Line.Scenario, ":"):
		return c.Line.Scenario + "," + params
	}
	return c.Line.Scenario + ":" + params
}

// run names one run of a cell.
func (c Cell) run(seed uint64) Run {
	return Run{Scenario: c.scenarioOf(), Nodes: c.Line.Nodes, Detector: c.Detector, Seed: seed}
}

// command returns how to run a cell by hand.
func (c Cell) command(seeds int) string {
	return strings.TrimSuffix(c.run(1).request().Repeat(), " -seeds 1 -detector "+c.Detector) +
		fmt.Sprintf(" -seeds 1-%d -detector %s", max(c.Line.seeds(seeds), 1), c.Detector)
}

// detectors are those of all that the section runs.
func (s Section) detectors(all []string) []string {
	if s.Detectors == nil {
		return all
	}
	return s.Detectors
}

// cells lists a section's cells, in the order of the table.
func (s Section) cells(detectors []string) []Cell {
	var cells []Cell
	for _, line := range s.Lines {
		for _, variant := range s.variants() {
			for _, detector := range s.detectors(detectors) {
				cells = append(cells, Cell{line, variant, detector})
			}
		}
	}
	return cells
}

func (s Section) variants() []Variant {
	if len(s.Variants) == 0 {
		return []Variant{{}}
	}
	return s.Variants
}

// seeds returns how many seeds a line has where seeds is usual.
func (l Line) seeds(usual int) int {
	if l.Seeds > 0 {
		return min(l.Seeds, usual)
	}
	return usual
}
