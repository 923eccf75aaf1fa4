package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// intro is what the page begins with.
const intro = `# What the protocol does, in the simulator

This page is written by ` + "`make sim-report`" + `; do not edit it. Every figure comes from the real code of ` + "`membership`" + ` and ` + "`gossiper`" + `, in
virtual time over ` + "`transport/memory`" + `: links of 1 ms and as much again at random, nothing lost unless it says so, the default configuration, with a
pause tolerance of 3 s. The same seeds give the same runs, on every machine. All rules of ` + "`internal/sim/check`" + ` hold in every run that is not
counted as failed: after every step up to 32 nodes, once per node and period above, and not at all at 10,000.

`

// Write writes the page of the rows that there are.
func Write(w io.Writer, o Options, rows *Rows) error {
	p := page{options: o, rows: rows, sections: o.sections()}
	p.WriteString(intro)
	fmt.Fprintf(&p, "Up to %d seeds a cell. Detectors: %s.\n", o.Seeds, strings.Join(o.Detectors, ", "))
	p.summary()
	p.plots()
	for _, s := range p.sections {
		p.section(s)
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// page is a page in progress.
type page struct {
	strings.Builder
	options  Options
	rows     *Rows
	sections []Section
}

// table writes a table.
func (p *page) table(head []string, rows [][]string) {
	row := func(cells []string) { fmt.Fprintf(p, "| %s |\n", strings.Join(cells, " | ")) }
	row(head)
	row(slices.Repeat([]string{"---"}, len(head)))
	for _, cells := range rows {
		row(cells)
	}
}

// summary writes all bars and who reaches them, and for what reason one is
// missed.
func (p *page) summary() {
	var lines [][]string
	var reasons []string
	for _, s := range p.sections {
		for i, bar := range s.Bars {
			line := []string{"", bar.What}
			if i == 0 {
				line[0] = fmt.Sprintf("[%s](#%s)", s.Title, anchor(s.Title))
			}
			for _, detector := range p.options.Detectors {
				if !slices.Contains(s.detectors(p.options.Detectors), detector) {
					line = append(line, none)
					continue
				}
				r := bar.read(s, p.options, p.rows, detector)
				line = append(line, r.text(bar))
				if why := bar.Why[detector]; why != "" && r.missed > 0 {
					reasons = append(reasons, fmt.Sprintf("- *%s: %s*, %s: %s", s.Title, bar.What, detector, why))
				}
			}
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return
	}
	p.WriteString("\n## Summary\n\nEach bar, and whether each detector reaches it: one value for each size or kind that the bar names, in that order, or the worst of many.\n\n")
	p.table(append([]string{"", "bar"}, p.options.Detectors...), lines)
	if len(reasons) > 0 {
		p.WriteString("\nWhat is missed, and why:\n\n" + strings.Join(reasons, "\n") + "\n")
	}
}

// plots shows the pictures.
func (p *page) plots() {
	if p.options.PlotDir == "" {
		return
	}
	p.WriteString("\n## Pictures\n")
	for _, plot := range Plots() {
		fmt.Fprintf(p, "\n%s:\n\n![%s](%s/%s)\n", plot.Text, plot.Text, p.options.PlotDir, plot.Name)
	}
}

// section writes one section.
func (p *page) section(s Section) {
	fmt.Fprintf(p, "\n## %s\n\n%s\n\n", s.Title, s.Text)
	if len(s.Variants) > 0 {
		p.pivot(s)
	} else {
		p.lines(s)
	}
	p.account(s)
	p.failures(s)
}

// lines writes a table with a row for each line and detector.
func (p *page) lines(s Section) {
	detectors := s.detectors(p.options.Detectors)
	head := []string{""}
	if len(detectors) > 1 {
		head = append(head, "detector")
	}
	for _, metric := range s.Metrics {
		head = append(head, metric.Name)
	}
	var table [][]string
	for _, cell := range s.cells(p.options.Detectors) {
		runs := p.rows.of(cell, p.options.Seeds)
		row := []string{cell.Line.Label}
		if len(detectors) > 1 {
			row = append(row, cell.Detector)
			if cell.Detector != detectors[0] {
				row[0] = ""
			}
		}
		for _, metric := range s.Metrics {
			row = append(row, metric.Of(runs))
		}
		table = append(table, append(row, count(runs)))
	}
	p.table(append(head, "runs"), table)
}

// pivot writes a table with a column for each variant, and the detectors side by
// side.
func (p *page) pivot(s Section) {
	detectors := s.detectors(p.options.Detectors)
	head := []string{""}
	for _, variant := range s.Variants {
		head = append(head, variant.Label)
	}
	var table [][]string
	for _, line := range s.Lines {
		row := []string{line.Label}
		var all []Row
		for _, variant := range s.Variants {
			var words []string
			for _, detector := range detectors {
				runs := p.rows.of(Cell{line, variant, detector}, p.options.Seeds)
				words = append(words, s.Metrics[0].Of(runs))
				all = append(all, runs...)
			}
			row = append(row, strings.Join(words, " / "))
		}
		table = append(table, append(row, count(all)))
	}
	fmt.Fprintf(p, "%s: %s.\n\n", s.Metrics[0].Name, strings.Join(detectors, " / "))
	p.table(append(head, "runs"), table)
}

// count says how many runs there were, and how many failed.
func count(runs []Row) string {
	failed := 0
	for _, r := range runs {
		if !r.Result.OK {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Sprintf("%d, **%d failed**", len(runs), failed)
	}
	return fmt.Sprint(len(runs))
}

// account says how a section was run, and what that took.
func (p *page) account(s Section) {
	runs, cpu := 0, 0.0
	var commands []string
	for _, cell := range s.cells(p.options.Detectors) {
		rows := p.rows.of(cell, p.options.Seeds)
		for _, row := range rows {
			runs++
			cpu += row.CPU
		}
		if len(rows) > 0 {
			commands = append(commands, cell.command(len(rows)))
		}
	}
	fmt.Fprintf(p, "\n%d runs", runs)
	if cpu > 0 {
		fmt.Fprintf(p, ", %s s of CPU", number(cpu))
	}
	if len(commands) > 0 {
		fmt.Fprintf(p, ".\n\n<details><summary>The commands that run them again</summary>\n\n```\n%s\n```\n\n</details>\n", strings.Join(commands, "\n"))
	} else {
		p.WriteString(".\n")
	}
}

// maxFailures bounds the failures that are told for a section.
const maxFailures = 5

// failures tells the first runs that failed, with their commands.
func (p *page) failures(s Section) {
	told := 0
	for _, cell := range s.cells(p.options.Detectors) {
		for _, r := range p.rows.of(cell, p.options.Seeds) {
			if r.Result.OK || told == maxFailures {
				continue
			}
			told++
			what, _, _ := strings.Cut(r.Result.Failure, "\n")
			fmt.Fprintf(p, "\n- failed: %s (`%s`)", what, r.Result.Repeat)
		}
	}
	if told > 0 {
		p.WriteString("\n")
	}
}
