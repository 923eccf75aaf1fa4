package report

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/plot"
	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// small is a report that takes a moment.
func small() Options {
	return Options{
		Sections: []Section{
			{
				Title: "Crashes", Text: "They are found.",
				Lines:   []Line{{Label: "three", Scenario: "crash:times=1", Nodes: 3}, {Label: "five", Scenario: "crash:times=1", Nodes: 5, Seeds: 1}},
				Metrics: []Metric{detection.spread("found, s"), show("not found", undetected.sum)},
				Bars: []Bar{
					{What: "found within a minute", Of: detection.worst, Most: 60, Unit: "s"},
					{What: "found within a millisecond", Lines: []string{"five"}, Of: detection.worst, Most: 0.001, Unit: "s", Why: map[string]string{"witness": "time flies"}},
				},
			},
			{
				Title: "Splits", Text: "They heal.",
				Lines:    []Line{{Label: "split", Scenario: "split", Nodes: 4}, {Label: "large", Scenario: "split", Nodes: 5000}},
				Variants: []Variant{{"one", "for=1s"}, {"two", "for=2s"}},
				Metrics:  []Metric{tablesAgree("healed").spread("until all agree, s")},
			},
		},
		Detectors: sim.Detectors[:1], Seeds: 2, MaxNodes: 10, Parallel: 2,
	}
}

// collect runs a report, with rows in a folder, or none.
func collect(t *testing.T, o Options, dir string) (*Rows, string) {
	t.Helper()
	rows, err := OpenRows(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := Collect(context.Background(), o, rows); err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := Write(&page, o, rows); err != nil {
		t.Fatal(err)
	}
	return rows, page.String()
}

func TestReportHasEveryCell(t *testing.T) {
	o, calls := small(), 0
	o.Progress = func(done, all int) {
		calls++
		if done != calls || all != 7 {
			t.Errorf("progress is %d of %d, want %d of 7", done, all, calls)
		}
	}
	_, page := collect(t, o, "")
	for _, want := range []string{
		"## Crashes", "| three |", "| five |", "| 2 |", "| 1 |", "## Splits", "| split |", "|  | one | two | runs |", "| 4 |",
		"[Crashes](#crashes) | found within a minute | ✓ ", "| found within a millisecond | ✗ **", "time flies",
		"hearsay sim -scenario split:for=1s -nodes 4 -seeds 1-2 -detector " + o.Detectors[0] + "\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Contains(page, "large") {
		t.Error("a cluster that is too large was not left out")
	}
}

func TestReportIsTheSameHoweverManyRunAtATime(t *testing.T) {
	pages := [2]string{}
	for i := range pages {
		o := small()
		o.Parallel = 2 + 2*i
		_, pages[i] = collect(t, o, "")
	}
	if pages[0] != pages[1] {
		t.Error("two reports differ")
	}
}

// What was run is not run again, and an interrupted report goes on.
func TestRowsAreKept(t *testing.T) {
	dir := t.TempDir()
	o := small()
	o.Seeds = 1
	collect(t, o, dir)
	file := filepath.Join(dir, "crashes.jsonl")
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// A process that is killed leaves a line that has no end.
	if err := os.WriteFile(file, append(kept, `{"scenario":"cra`...), 0o666); err != nil {
		t.Fatal(err)
	}
	runs := 0
	o.Seeds, o.Progress = 2, func(int, int) { runs++ }
	_, page := collect(t, o, dir)
	if runs != 3 {
		t.Errorf("%d runs were made where 3 of 7 lacked", runs)
	}
	if _, whole := collect(t, small(), ""); strip(page) != strip(whole) {
		t.Errorf("a report in two pieces is\n%s\nand in one\n%s", page, whole)
	}
}

// strip leaves out what a run took, which depends on the machine.
func strip(page string) string {
	var kept []string
	for line := range strings.Lines(page) {
		if !strings.Contains(line, " runs") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestRowsOfOtherCodeAreRefused(t *testing.T) {
	dir := t.TempDir()
	collect(t, small(), dir)
	file := filepath.Join(dir, "splits.jsonl")
	rows, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows = bytes.ReplaceAll(rows, []byte(`"log_hash":"`), []byte(`"log_hash":"x`))
	if err := os.WriteFile(file, rows, 0o666); err != nil {
		t.Fatal(err)
	}
	stale, err := OpenRows(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := Collect(context.Background(), small(), stale); !errors.Is(err, ErrStale) || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(file, []byte("no row\nnor this\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRows(dir); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
}

func TestFailuresAreTold(t *testing.T) {
	o := small()
	rows, _ := OpenRows("")
	cell := o.Sections[0].cells(o.Detectors)[0]
	for seed, result := range []scenario.Result{{OK: true}, {Failure: "it broke\nrepeat with: again", Repeat: "again"}} {
		if err := rows.add("", Row{Run: cell.run(uint64(seed) + 1), Result: result}); err != nil {
			t.Fatal(err)
		}
	}
	var page strings.Builder
	if err := Write(&page, o, rows); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2, **1 failed**", "failed: it broke (`again`)", "not run"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
}

func TestMistakesEndTheReport(t *testing.T) {
	o := small()
	o.Sections[0].Lines[0].Scenario = "no such thing"
	rows, _ := OpenRows("")
	if _, ok := errors.AsType[*scenario.UnknownError](Collect(context.Background(), o, rows)); !ok {
		t.Error("a scenario that does not exist was run")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Collect(ctx, small(), rows); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Every cell of the page can be run: no scenario or parameter is misspelt, no
// size is below its scenario's least, and no bar is about a line that is not
// there.
func TestEveryCellOfThePageCanRun(t *testing.T) {
	titles := map[string]bool{}
	for _, s := range Sections() {
		if titles[s.Title] || s.Text == "" || len(s.Metrics) == 0 || len(s.Variants) > 0 && len(s.Metrics) != 1 {
			t.Errorf("section %q is there twice, has no text, or not the metrics that it needs", s.Title)
		}
		titles[s.Title] = true
		labels := map[string]bool{}
		for _, line := range s.Lines {
			if labels[line.Label] {
				t.Errorf("%s: line %q is there twice", s.Title, line.Label)
			}
			labels[line.Label] = true
		}
		for _, bar := range s.Bars {
			for _, label := range bar.Lines {
				if !labels[label] {
					t.Errorf("%s: bar %q is about a line %q", s.Title, bar.What, label)
				}
			}
			if (bar.Of == nil) == (bar.Across == nil) {
				t.Errorf("%s: bar %q measures nothing, or two things", s.Title, bar.What)
			}
		}
		for _, cell := range s.cells(Detectors) {
			if err := cell.run(1).request().Validate(); err != nil {
				t.Errorf("%s, %s: %v", s.Title, cell.Line.Label, err)
			}
		}
	}
}

func TestBarsAreHeldAgainstTheWorst(t *testing.T) {
	s := Section{Lines: []Line{{Label: "a", Scenario: "x"}, {Label: "b", Scenario: "y"}, {Label: "c", Scenario: "z"}}}
	rows, _ := OpenRows("")
	o := Options{Seeds: 2}
	for i, line := range s.Lines[:2] {
		for seed := range 2 {
			result := scenario.Result{Detection: []float64{float64(1 + 2*i + seed)}} // 1 2, 3 4
			if err := rows.add("", Row{Run: Cell{Line: line, Detector: "d"}.run(uint64(seed) + 1), Result: result}); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		bar  Bar
		want string
	}{
		{Bar{Of: detection.worst, Most: 4, Unit: "s"}, "✓ 2 / 4 s, 1 not run"},
		{Bar{Of: detection.worst, Most: 3}, "✗ **2 / 4, 1 not run**"},
		{Bar{Of: detection.worst, Most: 3, Lines: []string{"a"}}, "✓ 2"},
		{Bar{Of: detection.middle, Least: 2, Lines: []string{"a", "b"}}, "✗ **1 / 3**"},
		{Bar{Of: detection.worst, Lines: []string{"c"}}, "not run"},
		{Bar{Across: growth("a", "b"), Most: 3, Unit: "×"}, "✓ 3 ×"},
		{Bar{Across: growth("a", "c"), Most: 3}, "not run"},
	}
	for _, test := range tests {
		if got := test.bar.read(s, o, rows, "d").text(test.bar); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestPlotsAreDrawn(t *testing.T) {
	o := Options{Sections: Sections(), Detectors: Detectors, Seeds: 1}
	rows, _ := OpenRows("")
	for _, s := range []Section{crashSection(), updateSection()} {
		for _, cell := range s.cells(o.Detectors) {
			result := scenario.Result{Detection: []float64{1, 2, 3}, Spread: []float64{0.1, 0.2}}
			if err := rows.add("", Row{Run: cell.run(1), Result: result}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, p := range Plots() {
		if i == 2 {
			o.Detectors = Detectors[:1] // runs of their own, not made twice
		}
		var picture strings.Builder
		if err := p.Draw(&picture, o, rows); err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		if text := picture.String(); !strings.HasSuffix(text, "</svg>\n") || strings.Contains(text, "NaN") || strings.Contains(text, "Inf") || !strings.Contains(text, "<path") {
			t.Errorf("%s is\n%.2000s", p.Name, text)
		}
	}
	empty, _ := OpenRows("")
	var nothing strings.Builder
	if err := Plots()[0].Draw(&nothing, o, empty); !errors.Is(err, plot.ErrEmpty) || nothing.Len() > 0 {
		t.Errorf("%v, and %d bytes, of no run", err, nothing.Len())
	}
}

func TestNumbersHaveThreeDigits(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 0.00123: "0.0012", 0.05: "0.05", 3.456: "3.46", 12.34: "12.3", 1234.25: "1234", 7: "7", never: "never", -1.5: "-1.5",
	} {
		if got := number(x); got != want {
			t.Errorf("%v is written %q, want %q", x, got, want)
		}
	}
	if got, ok := quantile([]float64{4, 1, 3, 2}, 0.5); !ok || got != 2 {
		t.Errorf("the middle of four is %v", got)
	}
	if got, _ := quantile([]float64{4, 1, 3, 2}, 0.99); got != 4 {
		t.Errorf("the 99th percentile of four is %v", got)
	}
	if _, ok := quantile(nil, 0.5); ok {
		t.Error("nothing has a middle")
	}
	if got, _ := undetected.sum([]Row{{Result: scenario.Result{Undetected: 2, Untold: 1}}, {}}); math.Abs(got-3) > 1e-9 {
		t.Errorf("the sum is %v", got)
	}
}
