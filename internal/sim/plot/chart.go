package plot

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Chart is lines over one scale, with a legend.
type Chart struct {
	Title string
	// X and Y say what the axes are.
	X, Y string
	// Log makes the vertical scale one of powers of ten.
	Log   bool
	Lines []Line
}

// Line is one line of a chart: its points, from left to right.
type Line struct {
	Label  string
	Points []Point
	// Dashed tells lines apart that belong together, and so have one colour:
	// that of the number Colour.
	Dashed bool
	Colour int
}

// Point is one point of a line.
type Point struct{ X, Y float64 }

// The measures of a chart, in its own units.
const (
	chartWidth  = 760.0
	chartHeight = 340.0
	chartLeft   = 64.0
	chartRight  = 20.0
	chartBottom = 52.0
	legendTop   = 44.0
	legendRow   = 17.0
)

// colours are those of lines: told apart by those who see fewer, too (Okabe and
// Ito).
var colours = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"}

// drawing is a chart in progress.
type drawing struct {
	*bufio.Writer
	chart                  Chart
	left, right, low, high float64
	// places are where the legend has the lines, and top is below it.
	places []Point
	top    float64
}

// ErrEmpty: the lines of a chart have no points.
var ErrEmpty = errors.New("there is nothing to draw")

// Draw draws a chart. Its error is ErrEmpty, and nothing is written then, or that
// of w.
func Draw(w io.Writer, c Chart) error {
	d := &drawing{Writer: bufio.NewWriter(w), chart: c}
	if !d.scale() {
		return fmt.Errorf("plot: %s: %w", c.Title, ErrEmpty)
	}
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="system-ui, sans-serif" font-size="12">`+"\n", chartWidth, chartHeight)
	fmt.Fprintf(d, `<rect width="%g" height="%g" fill="#ffffff"/>`+"\n", chartWidth, chartHeight)
	d.text(chartLeft, 24, "start", 15, "#1a1a1a", c.Title)
	d.layOut()
	d.axes()
	d.legend()
	for _, line := range c.Lines {
		d.line(line)
	}
	fmt.Fprintln(d, "</svg>")
	return d.Flush()
}

// scale finds the ends of the axes. It tells whether there are any points.
func (d *drawing) scale() bool {
	d.left, d.right, d.low, d.high = math.Inf(1), math.Inf(-1), 0, math.Inf(-1)
	if d.chart.Log {
		d.low = math.Inf(1)
	}
	for _, line := range d.chart.Lines {
		for _, p := range line.Points {
			d.left, d.right = min(d.left, p.X), max(d.right, p.X)
			d.low, d.high = min(d.low, d.value(p.Y)), max(d.high, d.value(p.Y))
		}
	}
	if d.chart.Log {
		d.low, d.high = math.Floor(d.low), math.Ceil(d.high)
	}
	d.left = min(d.left, 0)
	return d.right > d.left && d.high > d.low
}

// value is where a value lies on the vertical scale.
func (d *drawing) value(y float64) float64 {
	if d.chart.Log {
		return math.Log10(max(y, 1))
	}
	return y
}

func (d *drawing) x(x float64) float64 {
	return chartLeft + (chartWidth-chartLeft-chartRight)*(x-d.left)/(d.right-d.left)
}

func (d *drawing) y(y float64) float64 {
	return chartHeight - chartBottom - (chartHeight-d.top-chartBottom)*(y-d.low)/(d.high-d.low)
}

func (d *drawing) text(x, y float64, anchor string, size int, colour, words string) {
	fmt.Fprintf(d, `<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d" fill="%s">%s</text>`+"\n", x, y, anchor, size, colour, escape(words))
}

// axes draws both scales, with what they are.
func (d *drawing) axes() {
	bottom := chartHeight - chartBottom
	heights := ticks(d.high)
	if d.chart.Log {
		heights = nil
		for power := d.low; power <= d.high; power++ {
			heights = append(heights, power)
		}
	}
	for _, tick := range heights {
		words := short(tick)
		if d.chart.Log {
			words = short(math.Pow(10, tick))
		}
		fmt.Fprintf(d, `<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="#e8e8e8"/>`+"\n", chartLeft, chartWidth-chartRight, d.y(tick), d.y(tick))
		d.text(chartLeft-8, d.y(tick)+4, "end", 11, "#666666", words)
	}
	for _, tick := range ticks(d.right) {
		fmt.Fprintf(d, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%g" stroke="#888888"/>`+"\n", d.x(tick), d.x(tick), bottom, bottom+4)
		d.text(d.x(tick), bottom+18, "middle", 11, "#666666", short(tick))
	}
	fmt.Fprintf(d, `<line x1="%g" x2="%g" y1="%g" y2="%g" stroke="#888888"/>`+"\n", chartLeft, chartWidth-chartRight, bottom, bottom)
	d.text((chartLeft+chartWidth-chartRight)/2, chartHeight-12, "middle", 12, "#444444", d.chart.X)
	fmt.Fprintf(d, `<text transform="translate(16 %.1f) rotate(-90)" text-anchor="middle" fill="#444444">%s</text>`+"\n", (d.top+bottom)/2, escape(d.chart.Y))
}

// letter is the width of one in the legend, and dash that of the piece of line
// before the words.
const letter, dash = 6.4, 24.0

// layOut finds the places of the legend, in as many rows as it needs.
func (d *drawing) layOut() {
	at := Point{chartLeft, legendTop}
	for _, line := range d.chart.Lines {
		wide := dash + 22 + letter*float64(len([]rune(line.Label)))
		if at.X > chartLeft && at.X+wide > chartWidth-chartRight {
			at = Point{chartLeft, at.Y + legendRow}
		}
		d.places = append(d.places, at)
		at.X += wide
	}
	d.top = at.Y + 20
}

// legend names the lines, above them.
func (d *drawing) legend() {
	for i, line := range d.chart.Lines {
		at := d.places[i]
		fmt.Fprintf(d, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%g" %s/>`+"\n", at.X, at.X+dash, at.Y, at.Y, style(line))
		d.text(at.X+dash+6, at.Y+4, "start", 11, "#333333", line.Label)
	}
}

// style is that of a line's stroke.
func style(line Line) string {
	text := fmt.Sprintf(`stroke="%s" stroke-width="2"`, colours[line.Colour%len(colours)])
	if line.Dashed {
		text += ` stroke-dasharray="5 4"`
	}
	return text
}

// line draws one line.
func (d *drawing) line(line Line) {
	var path strings.Builder
	pen := "M"
	for _, p := range line.Points {
		fmt.Fprintf(&path, "%s%.1f %.1f", pen, d.x(p.X), d.y(d.value(p.Y)))
		pen = "L"
	}
	fmt.Fprintf(d, `<path d="%s" fill="none" stroke-linejoin="round" %s/>`+"\n", path.String(), style(line))
}
