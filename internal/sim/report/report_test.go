package report

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// small is a report that takes a moment.
func small() Options {
	return Options{
		Sections: []Section{
			{
				Title: "Crashes", Text: "They are found.",
				Lines:   []Line{{Label: "three", Scenario: "crash:times=1", Nodes: 3}, {Label: "five", Scenario: "crash:times=1", Nodes: 5, Seeds: 1}},
				Metrics: []Metric{detection(), undetected()},
			},
			{
				Title: "Failures", Text: "They are told.",
				Lines:    []Line{{Label: "split", Scenario: "split", Nodes: 4}, {Label: "large", Scenario: "split", Nodes: 5000}},
				Variants: []Variant{{"one", "for=1s"}, {"two", "for=2s"}},
				Metrics:  []Metric{agreement("healed")},
			},
		},
		Detectors: sim.Detectors[:1], Seeds: 2, MaxNodes: 10, Parallel: 2,
	}
}

func TestReportHasEveryCell(t *testing.T) {
	o, calls := small(), 0
	o.Progress = func(done, all int) {
		calls++
		if done != calls || all != 7 {
			t.Errorf("progress is %d of %d, want %d of 7", done, all, calls)
		}
	}
	results, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := Write(&page, o, results); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"## Crashes", "| three |", "| five |", "0 of 2 |", "0 of 1 |", "## Failures", "| split |",
		"one until all agree", "two until all agree", "0 of 4 |",
		"`hearsay sim -scenario split:for=1s -nodes 4 -seeds 1-2 -detector " + o.Detectors[0] + "`",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
	if strings.Contains(page.String(), "large") {
		t.Error("a cluster that is too large was not left out")
	}
}

func TestReportIsTheSameHoweverManyRunAtATime(t *testing.T) {
	pages := [2]string{}
	for i := range pages {
		o := small()
		o.Parallel = 1 + 3*i
		results, err := Run(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		var page strings.Builder
		if err := Write(&page, o, results); err != nil {
			t.Fatal(err)
		}
		pages[i] = page.String()
	}
	if pages[0] != pages[1] {
		t.Error("two reports differ")
	}
}

func TestFailuresAreTold(t *testing.T) {
	o := small()
	cell := o.Sections[0].cells(o.Detectors)[0]
	results := map[Cell][]scenario.Result{cell: {{OK: true}, {Failure: "it broke\nrepeat with: again", Repeat: "again"}}}
	var page strings.Builder
	if err := Write(&page, o, results); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), "1 of 2 |") || !strings.Contains(page.String(), "failed: it broke (`again`)") {
		t.Errorf("got\n%s", page.String())
	}
}

func TestMistakesEndTheReport(t *testing.T) {
	o := small()
	o.Sections[0].Lines[0].Scenario = "no such thing"
	_, err := Run(context.Background(), o)
	if _, ok := errors.AsType[*scenario.UnknownError](err); !ok {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, small()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Every cell of the page can be run: no scenario or parameter is misspelt, and
// no size is below its scenario's least.
func TestEveryCellOfThePageCanRun(t *testing.T) {
	titles := map[string]bool{}
	for _, s := range Sections() {
		if titles[s.Title] || s.Text == "" || len(s.Metrics) == 0 {
			t.Errorf("section %q is there twice, or has no text or metrics", s.Title)
		}
		titles[s.Title] = true
		for _, cell := range s.cells(sim.Detectors) {
			if err := cell.request(1).Validate(); err != nil {
				t.Errorf("%s, %s: %v", s.Title, cell.Line.Label, err)
			}
		}
	}
}

func TestNumbersHaveThreeDigits(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.00123: "0.0012", 0.05: "0.05", 3.456: "3.46", 12.34: "12.3", 1234.5: "1234"} {
		if got := number(x); got != want && !(x == 1234.5 && got == "1235") {
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
}
