package plot

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// The measures of the picture, in its own units.
const (
	width       = 1000.0
	left, right = 70.0, 20.0
	top         = 60.0
	viewHeight  = 300.0
	deathHeight = 60.0
	sentHeight  = 140.0
	gap         = 46.0
	bottom      = 50.0
)

// maxLines is the number of nodes up to which each has a line of its own;
// above, the least, the middle and the greatest view are drawn.
const maxLines = 64

// maxFaults bounds the faults that are drawn.
const maxFaults = 200

// picture is a drawing in progress.
type picture struct {
	*bufio.Writer
	series *sim.Series
	length time.Duration
}

// Write draws a run.
func Write(w io.Writer, title string, s *sim.Series) error {
	if s == nil || len(s.Views) < 2 {
		return fmt.Errorf("plot: the run has no samples")
	}
	p := &picture{Writer: bufio.NewWriter(w), series: s, length: s.Every * time.Duration(len(s.Views)-1)}
	height := top + viewHeight + gap + deathHeight + gap + sentHeight + bottom
	fmt.Fprintf(p, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="system-ui, sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(p, `<rect width="%g" height="%g" fill="#ffffff"/>`+"\n", width, height)
	p.text(left, 26, "start", 16, "#1a1a1a", title)
	y := top
	p.views(y)
	y += viewHeight + gap
	p.deaths(y)
	y += deathHeight + gap
	p.sent(y)
	p.timeAxis(y + sentHeight)
	p.faults(top, y+sentHeight)
	fmt.Fprintln(p, "</svg>")
	return p.Flush()
}

// x returns where an instant lies.
func (p *picture) x(at time.Duration) float64 {
	return left + (width-left-right)*float64(at)/float64(p.length)
}

// text writes words.
func (p *picture) text(x, y float64, anchor string, size int, colour, words string) {
	fmt.Fprintf(p, `<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d" fill="%s">%s</text>`+"\n", x, y, anchor, size, colour, escape(words))
}

// escape makes words fit for XML.
func escape(words string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(words)
}

// panel draws the frame and the scale of a part of the picture.
func (p *picture) panel(y, height, most float64, caption string) {
	p.text(left, y-8, "start", 12, "#444444", caption)
	for _, tick := range ticks(most) {
		p.tick(y+height-height*tick/most, short(tick))
	}
}

// tick draws a line of a scale.
func (p *picture) tick(y float64, words string) {
	fmt.Fprintf(p, `<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="#e4e4e4"/>`+"\n", left, width-right, y, y)
	p.text(left-8, y+4, "end", 11, "#666666", words)
}

// ticks returns round numbers from 0 to most, about five.
func ticks(most float64) []float64 {
	if most <= 0 {
		return []float64{0}
	}
	step := math.Pow(10, math.Floor(math.Log10(most)))
	for _, factor := range []float64{0.1, 0.2, 0.5, 1, 2} {
		if most/(step*factor) <= 6 {
			step *= factor
			break
		}
	}
	var all []float64
	for tick := 0.0; tick <= most*1.0001; tick += step {
		all = append(all, tick)
	}
	return all
}

// short writes a number with its power of a thousand.
func short(x float64) string {
	unit := ""
	for _, u := range []string{"k", "M", "G"} {
		if x < 1000 {
			break
		}
		x, unit = x/1000, u
	}
	return strconv.FormatFloat(x, 'g', 3, 64) + unit
}

// path draws a line through the values at the samples; NaN breaks it.
func (p *picture) path(y, height, most float64, values []float64, style string) {
	var d strings.Builder
	pen := "M"
	for i, v := range values {
		if math.IsNaN(v) {
			pen = "M"
			continue
		}
		// Equal neighbours say nothing that their ends do not.
		if pen == "L" && i+1 < len(values) && values[i-1] == v && values[i+1] == v {
			continue
		}
		fmt.Fprintf(&d, "%s%.1f %.1f", pen, p.x(p.series.Every*time.Duration(i)), y+height-height*v/most)
		pen = "L"
	}
	if d.Len() > 0 {
		fmt.Fprintf(p, `<path d="%s" fill="none" %s/>`+"\n", d.String(), style)
	}
}

// views draws how many live members each node knows.
func (p *picture) views(y float64) {
	nodes, most := 0, 1.0
	for _, sample := range p.series.Views {
		nodes = max(nodes, len(sample))
		most = max(most, float64(slices.Max(sample)))
	}
	if nodes > maxLines {
		p.panel(y, viewHeight, most, "live members in the views of the nodes: least, middle, greatest")
		p.bands(y, most)
		return
	}
	p.panel(y, viewHeight, most, "live members in the view of each node")
	for node := range nodes {
		values := make([]float64, len(p.series.Views))
		for i, sample := range p.series.Views {
			values[i] = math.NaN()
			if node < len(sample) && sample[node] >= 0 {
				values[i] = float64(sample[node])
			}
		}
		p.path(y, viewHeight, most, values, fmt.Sprintf(`stroke="hsl(%d 60%% 42%%)" stroke-width="1.2" stroke-opacity="0.55"`, node*360/nodes))
	}
}

// bands draws the least, the middle and the greatest view.
func (p *picture) bands(y, most float64) {
	var bands [3][]float64
	for _, sample := range p.series.Views {
		var sizes []int
		for _, size := range sample {
			if size >= 0 {
				sizes = append(sizes, size)
			}
		}
		slices.Sort(sizes)
		for b := range bands {
			v := math.NaN()
			if len(sizes) > 0 {
				v = float64(sizes[b*(len(sizes)-1)/2])
			}
			bands[b] = append(bands[b], v)
		}
	}
	for b, style := range []string{
		`stroke="#c2571a" stroke-width="1.2"`, `stroke="#1f5fa8" stroke-width="2"`, `stroke="#2f8f4e" stroke-width="1.2"`,
	} {
		p.path(y, viewHeight, most, bands[b], style)
	}
}

// deaths draws how many members were shown Dead between samples.
func (p *picture) deaths(y float64) {
	counts := make([]float64, len(p.series.Views))
	for _, death := range p.series.Deaths {
		if i := int(death.At / p.series.Every); i < len(counts) {
			counts[i]++
		}
	}
	most := max(1, slices.Max(counts))
	p.panel(y, deathHeight, most, "members shown as dead, by all nodes together")
	p.bars(y, deathHeight, most, counts, "#b3261e")
}

// sent draws the bytes for each node and second, on a scale of powers of ten:
// joining and healing take hundreds of times what a quiet cluster does.
func (p *picture) sent(y float64) {
	rates := make([]float64, len(p.series.Bytes))
	for i, bytes := range p.series.Bytes {
		running := 0
		for _, size := range p.series.Views[i] {
			if size >= 0 {
				running++
			}
		}
		rate := float64(bytes) / p.series.Every.Seconds() / float64(max(running, 1))
		rates[i] = math.Log10(max(rate, 1))
	}
	most := math.Ceil(max(1, slices.Max(rates)))
	p.text(left, y-8, "start", 12, "#444444", "bytes sent for each node and second, in powers of ten")
	for power := 0.0; power <= most; power++ {
		p.tick(y+sentHeight-sentHeight*power/most, short(math.Pow(10, power))+" B")
	}
	p.bars(y, sentHeight, most, rates, "#1f5fa8")
}

// bars draws a bar for each sample that is not 0.
func (p *picture) bars(y, height, most float64, values []float64, colour string) {
	thick := max((width-left-right)/float64(len(values)), 1)
	fmt.Fprintf(p, `<g fill="%s">`+"\n", colour)
	for i, v := range values {
		if v > 0 {
			h := height * v / most
			fmt.Fprintf(p, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`+"\n", p.x(p.series.Every*time.Duration(i))-thick, y+height-h, thick, h)
		}
	}
	fmt.Fprintln(p, "</g>")
}

// timeAxis writes the times under the lowest panel.
func (p *picture) timeAxis(y float64) {
	for _, tick := range ticks(p.length.Seconds()) {
		x := p.x(time.Duration(tick * float64(time.Second)))
		fmt.Fprintf(p, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%g" stroke="#888888"/>`+"\n", x, x, y, y+4)
		p.text(x, y+18, "middle", 11, "#666666", short(tick)+" s")
	}
	fmt.Fprintf(p, `<line x1="%g" x2="%g" y1="%g" y2="%g" stroke="#888888"/>`+"\n", left, width-right, y, y)
}

// faults draws a line for each entry of the timeline. Its words appear when one
// points at it.
func (p *picture) faults(from, to float64) {
	for i, fault := range p.series.Faults {
		if i == maxFaults {
			break
		}
		x := p.x(min(fault.At, p.length))
		fmt.Fprintf(p, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%g" stroke="#7a4fb5" stroke-opacity="0.35" stroke-dasharray="3 3"><title>%s</title></line>`+"\n",
			x, x, from, to, escape(fmt.Sprintf("%v: %s", fault.At.Round(time.Millisecond), fault.Text)))
	}
	p.labels(from)
}

// labels writes the words of faults above the picture, where there is room.
func (p *picture) labels(y float64) {
	const room = 7.0 // the width of a letter
	end := left
	for _, fault := range p.series.Faults {
		x := p.x(min(fault.At, p.length))
		words := fault.Text
		if len(words) > 28 {
			words = words[:27] + "…"
		}
		if strings.HasPrefix(words, "start ") || x < end || x+room*float64(len(words)) > width {
			continue
		}
		p.text(x+2, y-24, "start", 10, "#7a4fb5", words)
		end = x + room*float64(len(words))
	}
}
