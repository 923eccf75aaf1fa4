package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/plot"
	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// Plot is a picture of the page.
type Plot struct {
	// Name is that of its file, and Text what it shows.
	Name, Text string
	Draw       func(w io.Writer, o Options, rows *Rows) error
}

// Plots returns the pictures of the page: two of its rows, and two of runs that
// are made for them.
func Plots() []Plot {
	return []Plot{
		{"detection.svg", "Crash to first Dead: the share of crashes that were found by then", drawDetection},
		{"dissemination.svg", "An update: the share of members that have seen it", drawDissemination},
		{"loss.svg", "Bytes for each node and second, n = 64, while 20 % of all datagrams are lost from 20 s to 80 s", drawLoss},
		{"split.svg", "The least and the greatest view of 32 nodes, 8 of which are split off from 15 s to 75 s", drawSplit},
	}
}

// share returns the points of a distribution: which share of the values is at
// most so great.
func share(values []float64) []plot.Point {
	slices.Sort(values)
	var points []plot.Point
	const steps = 200
	for i := range steps + 1 {
		at := i * (len(values) - 1) / steps
		points = append(points, plot.Point{X: values[at], Y: float64(at+1) / float64(len(values))})
	}
	return points
}

func drawDetection(w io.Writer, o Options, rows *Rows) error {
	c := plot.Chart{Title: "Crash to first Dead", X: "seconds after the crash", Y: "share of crashes found"}
	for colour, line := range pick(crashSection(), label(16), label(128), label(1000)) {
		for _, detector := range o.Detectors {
			values := detection.all(rows.of(Cell{Line: line, Detector: detector}, o.Seeds))
			if len(values) > 0 {
				c.Lines = append(c.Lines, plot.Line{
					Label: line.Label + ", " + detector, Points: share(values), Dashed: detector != o.Detectors[0], Colour: colour,
				})
			}
		}
	}
	return plot.Draw(w, c)
}

func drawDissemination(w io.Writer, o Options, rows *Rows) error {
	c := plot.Chart{Title: "An update reaches the members", X: "milliseconds after the update", Y: "share of members"}
	for colour, line := range pick(updateSection(), label(128), label(1000), label(10_000)) {
		runs := rows.of(Cell{Line: line, Detector: o.Detectors[0]}, o.Seeds)
		var points []plot.Point
		for _, r := range runs {
			for i, at := range r.Result.Spread {
				if points == nil {
					points = make([]plot.Point, len(r.Result.Spread))
				}
				points[i].X += at * 1000 / float64(len(runs))
				points[i].Y = float64(i+1) / float64(len(r.Result.Spread))
			}
		}
		if points != nil {
			c.Lines = append(c.Lines, plot.Line{Label: line.Label, Points: append([]plot.Point{{}}, points...), Colour: colour})
		}
	}
	return plot.Draw(w, c)
}

// pick returns the lines of those labels.
func pick(s Section, labels ...string) []Line {
	var lines []Line
	for _, l := range s.Lines {
		if slices.Contains(labels, l.Label) {
			lines = append(lines, l)
		}
	}
	return lines
}

func drawLoss(w io.Writer, o Options, _ *Rows) error {
	c := plot.Chart{Title: "20 % of all datagrams are lost for a minute, n = 64", X: "seconds", Y: "B per node and second", Log: true}
	for colour, detector := range o.Detectors {
		s, err := sampled("loss:share=0.2,for=1m", 64, detector)
		if err != nil {
			return err
		}
		line := plot.Line{Label: detector, Colour: colour}
		for i, bytes := range s.Bytes {
			line.Points = append(line.Points, plot.Point{X: s.Every.Seconds() * float64(i), Y: float64(bytes) / s.Every.Seconds() / 64})
		}
		c.Lines = append(c.Lines, line)
	}
	return plot.Draw(w, c)
}

func drawSplit(w io.Writer, o Options, _ *Rows) error {
	c := plot.Chart{Title: "8 of 32 nodes are split off for a minute", X: "seconds", Y: "live members in a view"}
	for colour, detector := range o.Detectors {
		s, err := sampled("split:for=1m,share=0.25", 32, detector)
		if err != nil {
			return err
		}
		least, most := plot.Line{Label: detector + ", least", Colour: colour}, plot.Line{Label: detector + ", greatest", Colour: colour, Dashed: true}
		for i, views := range s.Views {
			x := s.Every.Seconds() * float64(i)
			least.Points = append(least.Points, plot.Point{X: x, Y: float64(max(slices.Min(views), 0))})
			most.Points = append(most.Points, plot.Point{X: x, Y: float64(max(slices.Max(views), 0))})
		}
		c.Lines = append(c.Lines, least, most)
	}
	return plot.Draw(w, c)
}

// plotSamples is how many samples a run for a plot gives.
const plotSamples = 140

// sampled runs a scenario for a plot.
func sampled(name string, nodes int, detector string) (*sim.Series, error) {
	result, err := scenario.Run(scenario.Request{Scenario: name, Nodes: nodes, Seed: 1, Detector: detector, Samples: plotSamples})
	switch {
	case err != nil:
		return nil, err
	case !result.OK:
		return nil, fmt.Errorf("report: a run for a plot failed: %s", result.Failure)
	}
	return result.Series, nil
}
