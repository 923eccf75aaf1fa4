package report

import (
	"fmt"
	"strings"

	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// Section is one table: a run for each line, variant, detector and seed, and
// for each line, variant and detector what the metrics make of its runs.
type Section struct {
	Title string
	// Text says what is measured, in a sentence or two.
	Text  string
	Lines []Line
	// Variants are the same for all lines; none is one without parameters.
	Variants []Variant
	Metrics  []Metric
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

// Variant is a set of columns: parameters that are added to each line's.
type Variant struct{ Label, Params string }

// Metric is a column.
type Metric struct {
	Name string
	Of   func(runs []scenario.Result) string
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

// request returns one run of a cell.
func (c Cell) request(seed uint64) scenario.Request {
	return scenario.Request{Scenario: c.scenarioOf(), Nodes: c.Line.Nodes, Seed: seed, Detector: c.Detector}
}

// cells lists a section's cells, in the order of the table.
func (s Section) cells(detectors []string) []Cell {
	var cells []Cell
	for _, line := range s.Lines {
		for _, variant := range s.variants() {
			for _, detector := range detectors {
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

// head returns the captions of the columns.
func (s Section) head(detectors []string) []string {
	head := []string{""}
	for _, variant := range s.variants() {
		for _, detector := range detectors {
			for _, metric := range s.Metrics {
				words := []string{variant.Label, metric.Name}
				if len(detectors) > 1 {
					words = append(words, detector)
				}
				head = append(head, strings.TrimSpace(strings.Join(words, " ")))
			}
		}
	}
	return append(head, "runs that failed")
}

// table makes the rows of what came of the cells.
func (s Section) table(detectors []string, results map[Cell][]scenario.Result) [][]string {
	var rows [][]string
	for _, line := range s.Lines {
		row := []string{line.Label}
		failed, runs := 0, 0
		for _, variant := range s.variants() {
			for _, detector := range detectors {
				got := results[Cell{line, variant, detector}]
				for _, r := range got {
					runs++
					if !r.OK {
						failed++
					}
				}
				for _, metric := range s.Metrics {
					row = append(row, metric.Of(got))
				}
			}
		}
		rows = append(rows, append(row, fmt.Sprintf("%d of %d", failed, runs)))
	}
	return rows
}

// command returns how to run a cell of the section by hand.
func (s Section) command(detectors []string, seeds int) string {
	first := s.cells(detectors)[0]
	r := first.request(1)
	return fmt.Sprintf("hearsay sim -scenario %s -nodes %d -seeds 1-%d -detector %s", r.Scenario, r.Nodes, max(first.Line.seeds(seeds), 1), r.Detector)
}

// seeds returns how many seeds a line has where seeds is usual.
func (l Line) seeds(usual int) int {
	if l.Seeds > 0 {
		return min(l.Seeds, usual)
	}
	return usual
}
