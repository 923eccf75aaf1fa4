package report

import (
	"fmt"
	"slices"
	"strings"
)

// Bar is something that the protocol is to reach.
type Bar struct {
	// What it is, for the summary: "crash to first Dead, median ≤ 5 s".
	What string
	// Lines are the labels of those that it is about; nil is all of them, in
	// all variants.
	Lines []string
	// Of measures a cell. What is measured must be at most Most, in a Unit, or
	// at least Least if that is set.
	Of          func(runs []Row) (float64, bool)
	Most, Least float64
	Unit        string
	// Across measures all lines together, instead of Of.
	Across func(line func(label string) []Row) (float64, bool)
	// Why says, of a detector that misses it, for what reason.
	Why map[string]string
}

// reading is what a bar finds of one detector.
type reading struct {
	values []float64
	// missed counts those beyond the bar, and lacking the cells without runs.
	missed, lacking int
}

// read measures a detector.
func (b Bar) read(s Section, o Options, rows *Rows, detector string) reading {
	s.Detectors = []string{detector}
	lines := make(map[string][]Row)
	var r reading
	for _, cell := range s.cells(nil) {
		runs := rows.of(cell, o.Seeds)
		lines[cell.Line.Label] = append(lines[cell.Line.Label], runs...)
		if b.Across == nil && (b.Lines == nil || slices.Contains(b.Lines, cell.Line.Label)) {
			r.add(b, b.Of, runs)
		}
	}
	if b.Across != nil {
		r.add(b, func([]Row) (float64, bool) {
			return b.Across(func(label string) []Row { return lines[label] })
		}, nil)
	}
	return r
}

// add judges one more value.
func (r *reading) add(b Bar, of func([]Row) (float64, bool), runs []Row) {
	value, ok := of(runs)
	switch {
	case !ok:
		r.lacking++
		return
	case b.Least > 0 && value < b.Least, b.Least == 0 && value > b.Most:
		r.missed++
	}
	r.values = append(r.values, value)
}

// fewValues is how many values stand side by side; of more, the worst does.
const fewValues = 4

// text writes the values with the verdict before them.
func (r reading) text(b Bar) string {
	if len(r.values) == 0 {
		return "not run"
	}
	var text string
	if len(r.values) <= fewValues {
		words := make([]string, len(r.values))
		for i, v := range r.values {
			words[i] = number(v)
		}
		text = strings.Join(words, " / ")
	} else {
		worst := slices.Max(r.values)
		if b.Least > 0 {
			worst = slices.Min(r.values)
		}
		text = fmt.Sprintf("%s at worst of %d", number(worst), len(r.values))
	}
	if b.Unit != "" {
		text += " " + b.Unit
	}
	if r.lacking > 0 {
		text += fmt.Sprintf(", %d not run", r.lacking)
	}
	if r.missed > 0 {
		if len(r.values) > fewValues {
			text += fmt.Sprintf(", %d beyond it", r.missed)
		}
		return "✗ **" + text + "**"
	}
	return "✓ " + text
}
