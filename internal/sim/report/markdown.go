package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// intro is what the page begins with.
const intro = `# What the protocol does, in the simulator

This page is written by ` + "`make sim-report`" + `; do not edit it. Every figure comes from the real code of ` + "`membership`" + ` and ` + "`gossiper`" + `, in
virtual time over ` + "`transport/memory`" + `: links of 1 ms and as much again at random, nothing lost unless it says so, the default configuration. The same seeds
give the same runs, on every machine. All rules of ` + "`internal/sim/check`" + ` hold in every run that is not counted as failed.

`

// Write writes the page.
func Write(w io.Writer, o Options, results map[Cell][]scenario.Result) error {
	var page strings.Builder
	page.WriteString(intro)
	fmt.Fprintf(&page, "%d seeds a cell, unless there are fewer. Detectors: %s.\n", o.Seeds, strings.Join(o.Detectors, ", "))
	for _, s := range o.sections() {
		fmt.Fprintf(&page, "\n## %s\n\n%s\n\n", s.Title, s.Text)
		writeTable(&page, s.head(o.Detectors), s.table(o.Detectors, results))
		fmt.Fprintf(&page, "\nThe first of these cells: `%s`\n", s.command(o.Detectors, o.Seeds))
		writeFailures(&page, s, o, results)
	}
	_, err := io.WriteString(w, page.String())
	return err
}

func writeTable(page *strings.Builder, head []string, rows [][]string) {
	row := func(cells []string) { fmt.Fprintf(page, "| %s |\n", strings.Join(cells, " | ")) }
	row(head)
	line := make([]string, len(head))
	for i := range line {
		line[i] = "---"
	}
	row(line)
	for _, cells := range rows {
		row(cells)
	}
}

// maxFailures bounds the failures that are told for a section.
const maxFailures = 5

// writeFailures tells the first runs that failed, with their commands.
func writeFailures(page *strings.Builder, s Section, o Options, results map[Cell][]scenario.Result) {
	told := 0
	for _, cell := range s.cells(o.Detectors) {
		for _, r := range results[cell] {
			if r.OK || told == maxFailures {
				continue
			}
			told++
			what, _, _ := strings.Cut(r.Failure, "\n")
			fmt.Fprintf(page, "\n- failed: %s (`%s`)", what, r.Repeat)
		}
	}
	if told > 0 {
		page.WriteString("\n")
	}
}
