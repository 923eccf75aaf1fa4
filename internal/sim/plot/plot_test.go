package plot

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// series returns samples of a cluster that grows, with one node that starts
// late.
func series(nodes, samples int) *sim.Series {
	s := &sim.Series{Every: time.Second}
	for i := range samples {
		views := make([]int, nodes)
		for n := range views {
			views[n] = min(i, nodes)
		}
		if i < samples/2 {
			views[0] = -1
		}
		s.Views = append(s.Views, views)
		s.Bytes = append(s.Bytes, uint64(i*1000))
		s.Packets = append(s.Packets, uint64(i))
	}
	s.Faults = []sim.SeriesFault{{At: 3 * time.Second, Text: `split off [a<b & "c"]`}}
	s.Deaths = []sim.SeriesDeath{{At: 4 * time.Second, Node: 1, Subject: "n2"}, {At: time.Hour, Node: 1, Subject: "n3"}}
	return s
}

// elements counts the elements of a picture, which must be well-formed.
func elements(t *testing.T, text string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return counts
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		if start, ok := token.(xml.StartElement); ok {
			counts[start.Name.Local]++
		}
	}
}

func TestPictureIsWellFormedAndHasALineForEachNode(t *testing.T) {
	for nodes, want := range map[int]int{5: 5, maxLines: maxLines, maxLines + 1: 3} {
		var text strings.Builder
		if err := Write(&text, "five & more", series(nodes, 30)); err != nil {
			t.Fatal(err)
		}
		counts := elements(t, text.String())
		if counts["path"] != want {
			t.Errorf("%d nodes: %d lines, want %d", nodes, counts["path"], want)
		}
		if counts["title"] != 1 || counts["rect"] < 10 {
			t.Errorf("%d nodes: got %v", nodes, counts)
		}
		for _, words := range []string{"five &amp; more", "a&lt;b &amp; &quot;c&quot;", "live members", "bytes sent"} {
			if !strings.Contains(text.String(), words) {
				t.Errorf("%d nodes: no %q", nodes, words)
			}
		}
		if strings.Contains(text.String(), "NaN") || strings.Contains(text.String(), "Inf") {
			t.Errorf("%d nodes: a number is none", nodes)
		}
	}
}

func TestPictureOfNothingIsAnError(t *testing.T) {
	if err := Write(io.Discard, "", nil); err == nil {
		t.Error("no series was accepted")
	}
	if err := Write(io.Discard, "", &sim.Series{Every: time.Second}); err == nil {
		t.Error("an empty series was accepted")
	}
}

var errFull = errors.New("full")

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, errFull }

func TestWriterThatIsFullIsAnError(t *testing.T) {
	if err := Write(fullWriter{}, "t", series(3, 10)); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}

func TestTicksAreRoundAndFew(t *testing.T) {
	for _, most := range []float64{1, 3, 7, 10, 16, 99, 128, 1000, 4321, 86400} {
		all := ticks(most)
		if len(all) < 3 || len(all) > 12 || all[0] != 0 || all[len(all)-1] > most*1.001 {
			t.Errorf("up to %v: %v", most, all)
		}
	}
	for x, want := range map[float64]string{0: "0", 12: "12", 1500: "1.5k", 2e6: "2M"} {
		if got := short(x); got != want {
			t.Errorf("%v is written %q, want %q", x, got, want)
		}
	}
}

func TestChartHasALineForEachAndScalesThatHoldThem(t *testing.T) {
	c := Chart{Title: "a < b", X: "seconds", Y: "bytes", Lines: []Line{
		{Label: "one", Points: []Point{{0, 0}, {1, 70}, {9, 70}}},
		{Label: "two", Dashed: true, Points: []Point{{0, 1}, {10, 100_000}}, Colour: 1},
	}}
	for _, log := range []bool{false, true} {
		c.Log = log
		var text strings.Builder
		if err := Draw(&text, c); err != nil {
			t.Fatal(err)
		}
		counts := elements(t, text.String())
		if counts["path"] != 2 || counts["text"] < 8 {
			t.Errorf("log %v: %v", log, counts)
		}
		if strings.Contains(text.String(), "NaN") || strings.Contains(text.String(), "Inf") || !strings.Contains(text.String(), "stroke-dasharray") {
			t.Errorf("log %v:\n%s", log, text.String())
		}
	}
}

func TestChartOfNothingIsAnError(t *testing.T) {
	for _, c := range []Chart{{}, {Lines: []Line{{}}}, {Lines: []Line{{Points: []Point{{1, 1}}}}, Log: true}, {Lines: []Line{{Points: []Point{{0, 0}, {1, 0}}}}}} {
		if Draw(io.Discard, c) == nil {
			t.Errorf("%+v was drawn", c)
		}
	}
}
