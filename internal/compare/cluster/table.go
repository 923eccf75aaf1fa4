package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
)

// contender is a library in one of two ways.
type contender struct {
	library string
	sealed  bool
}

func (c contender) String() string {
	if c.sealed {
		return c.library + ", encrypted"
	}
	return c.library
}

// contenders stand in the order of the columns, and of each round.
var contenders = []contender{
	{nameMemberlist, false}, {nameHearsay, false}, {nameMemberlist, true}, {nameHearsay, true},
}

// row is one line of a table: a metric in a unit of its own.
type row struct {
	metric metric
	label  string
	// unit is how many units of the metric make one of the row.
	unit float64
}

const milli = 1e-3

var rows = []row{
	{joinTime, "all join one seed at once: until all see all, s", 1},
	{joinPackets, "UDP payload until then, KB", 1e3},
	{settledPackets, "UDP payload until all are quiet, KB", 1e3},
	{settledStreams, "TCP payload until all are quiet, KB", 1e3},
	{settledCPU, "CPU until all are quiet, ms", milli},
	{updateHalf, "an update of 100 bytes: seen by half of the members, ms", milli},
	{updateMost, "by 99 %, ms", milli},
	{updateAll, "by all, ms", milli},
	{leaveKnown, "a node leaves: known to all, ms", milli},
	{leaveGone, "gone from the members of all, ms", milli},
	{crashFirst, "a node crashes: the first takes it for dead, s", 1},
	{crashRest, "from then until all do, ms (2 or more)", milli},
	{quietPackets, "quiet, of each node: datagrams per s", 1},
	{quietBytes, "UDP payload per s, B", 1},
	{quietStreams, "TCP payload per s, B", 1},
	{quietCPU, "CPU per s, ms", milli},
	{quietAllocs, "allocations per s", 1},
	{quietAllocated, "allocated per s, KB", 1e3},
	{quietGoroutines, "goroutines", 1},
	{quietHeap, "heap, KB", 1e3},
	{starved, "waited for a core, of the time in which it could run, %", 1e-2},
}

// table prints medians side by side, with how many times as much memberlist needs,
// of what was measured at all.
func table(results map[contender]samples) string {
	var b strings.Builder
	b.WriteString("|")
	for i, who := range contenders {
		fmt.Fprintf(&b, " | %v", who)
		if i%2 == 1 {
			b.WriteString(" | ×")
		}
	}
	b.WriteString(" |\n|---|---:|---:|---:|---:|---:|---:|\n")
	for _, r := range rows {
		if !r.isMeasured(results) {
			continue
		}
		fmt.Fprintf(&b, "| %s", r.label)
		for i, who := range contenders {
			got := results[who][r.metric]
			fmt.Fprintf(&b, " | %s", r.cell(got))
			if i%2 == 1 {
				fmt.Fprintf(&b, " | %s", ratio(results[contenders[i-1]][r.metric].median(), got.median()))
			}
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

func (r row) isMeasured(results map[contender]samples) bool {
	return slices.ContainsFunc(contenders, func(who contender) bool { return !results[who][r.metric].isEmpty() })
}

// cell prints a median, and how much was not over when its time was.
func (r row) cell(s sample) string {
	text := "–"
	if middle := s.median(); !math.IsNaN(middle) {
		text = digits(middle / r.unit)
	}
	if s.Late > 0 {
		text += fmt.Sprintf(" (%d of %d not in time)", s.Late, s.Late+len(s.Values))
	}
	return text
}

// ratio prints what theirs is to ours, where there are both.
func ratio(theirs, ours float64) string {
	if math.IsNaN(theirs) || !(ours > 0) {
		return "–"
	}
	return digits(theirs / ours)
}

// digits prints two significant digits, or all before the point.
func digits(x float64) string {
	if x == 0 || math.Abs(x) >= 100 {
		return strconv.FormatFloat(math.Round(x), 'f', -1, 64)
	}
	places := max(0, 1-int(math.Floor(math.Log10(math.Abs(x)))))
	return strconv.FormatFloat(x, 'f', places, 64)
}

// environment tells what the numbers depend on.
func environment() string {
	theirs := "?"
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, m := range build.Deps {
			if m.Path == "github.com/hashicorp/memberlist" {
				theirs = m.Version
			}
		}
	}
	return fmt.Sprintf("memberlist %s, %s, %s/%s, %d CPUs", theirs, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}
