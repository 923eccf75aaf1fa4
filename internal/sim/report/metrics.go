package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// none stands where there is nothing to measure.
const none = "–"

// values are what a run has of something: none, one or many.
type values func(r scenario.Result) []float64

// one is a single value of a run.
func one(of func(r scenario.Result) float64) values {
	return func(r scenario.Result) []float64 { return []float64{of(r)} }
}

// all collects the values of many runs.
func (v values) all(runs []Row) []float64 {
	var all []float64
	for _, r := range runs {
		all = append(all, v(r.Result)...)
	}
	return all
}

// at returns a quantile over all runs, as a bar measures.
func (v values) at(share float64) func(runs []Row) (float64, bool) {
	return func(runs []Row) (float64, bool) { return quantile(v.all(runs), share) }
}

// worst is the greatest over all runs, and middle the median.
func (v values) worst(runs []Row) (float64, bool)  { return v.at(1)(runs) }
func (v values) middle(runs []Row) (float64, bool) { return v.at(0.5)(runs) }

// mean is the average over all runs.
func (v values) mean(runs []Row) (float64, bool) {
	all := v.all(runs)
	if len(all) == 0 {
		return 0, false
	}
	sum := 0.0
	for _, x := range all {
		sum += x
	}
	return sum / float64(len(all)), true
}

// sum adds up over all runs.
func (v values) sum(runs []Row) (float64, bool) {
	mean, ok := v.mean(runs)
	return math.Round(mean * float64(len(v.all(runs)))), ok
}

// quantile returns the least value that a share of all do not exceed.
func quantile(values []float64, share float64) (float64, bool) {
	if len(values) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(values))
	i := int(share*float64(len(sorted))+0.999999) - 1
	return sorted[min(max(i, 0), len(sorted)-1)], true
}

// number writes a value with three digits.
func number(x float64) string {
	switch {
	case x >= never:
		return "never"
	case x == 0:
		return "0"
	case x == math.Trunc(x) && math.Abs(x) < 1e6, x >= 100 || x <= -100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	case x >= 0.01:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
	return strconv.FormatFloat(x, 'g', 2, 64)
}

// spread shows the middle, the 99th percentile and the greatest.
func (v values) spread(name string) Metric {
	return Metric{name + ": p50 / p99 / max", func(runs []Row) string {
		all := v.all(runs)
		if len(all) == 0 {
			return none
		}
		var words [3]string
		for i, share := range []float64{0.5, 0.99, 1} {
			value, _ := quantile(all, share)
			words[i] = number(value)
		}
		return fmt.Sprintf("%s / %s / %s", words[0], words[1], words[2])
	}}
}

// show makes a column of what a bar can measure.
func show(name string, of func(runs []Row) (float64, bool)) Metric {
	return Metric{name, func(runs []Row) string {
		value, ok := of(runs)
		if !ok {
			return none
		}
		return number(value)
	}}
}

// What runs have.
var (
	detection     values = func(r scenario.Result) []float64 { return r.Detection }
	dissemination values = func(r scenario.Result) []float64 { return r.Dissemination }
	crashCount           = one(func(r scenario.Result) float64 { return float64(r.Crashes + r.Untold) })
	undetected           = one(func(r scenario.Result) float64 { return float64(r.Undetected + r.Untold) })
	// lastFound is when the last crash of a run was found.
	lastFound values = func(r scenario.Result) []float64 {
		if len(r.Detection) == 0 {
			return nil
		}
		return []float64{slices.Max(r.Detection)}
	}
	obituaries  = one(func(r scenario.Result) float64 { return float64(r.Obituaries) })
	falseDeaths = one(func(r scenario.Result) float64 { return float64(r.FalseDeaths.Healthy) })
	ownDeaths   = one(func(r scenario.Result) float64 { return float64(r.FalseDeaths.Impaired) })
	failures    = one(func(r scenario.Result) float64 {
		if r.OK {
			return 0
		}
		return 1
	})
	halfSeen    = updates(func(u scenario.UpdateResult) float64 { return u.Half })
	nearlySeen  = updates(func(u scenario.UpdateResult) float64 { return u.P99 })
	seen        = updates(func(u scenario.UpdateResult) float64 { return u.All })
	late        = one(func(r scenario.Result) float64 { return float64(r.Late) })
	updateCount = one(func(r scenario.Result) float64 { return float64(len(r.Updates)) })
	crowding    = one(func(r scenario.Result) float64 { return r.Crowding })
	ousted      = one(func(r scenario.Result) float64 { return float64(r.Superseded + r.Evicted) })
	kiloBytes   = one(func(r scenario.Result) float64 { return float64(r.Traffic.Total) / float64(r.Nodes) / 1000 })
)

func updates(of func(u scenario.UpdateResult) float64) values {
	return func(r scenario.Result) []float64 {
		all := make([]float64, len(r.Updates))
		for i, u := range r.Updates {
			all[i] = of(u)
		}
		return all
	}
}

// deathsShown shows false deaths of healthy members, and in brackets those of
// them that healthy members showed.
func deathsShown(name string) Metric {
	return Metric{name, func(runs []Row) string {
		if len(runs) == 0 {
			return none
		}
		all, atHealthy := 0, 0
		for _, r := range runs {
			all += r.Result.FalseDeaths.Healthy
			atHealthy += r.Result.FalseDeaths.AtHealthy
		}
		if all == 0 {
			return "0"
		}
		return fmt.Sprintf("%d (%d)", all, atHealthy)
	}}
}

// never stands for a time that did not come.
const never = 1e9

// after is the time since a mark, of what a run has by marks.
func after(of func(r scenario.Result) map[string]float64, mark string) values {
	return func(r scenario.Result) []float64 {
		d, ok := of(r)[mark]
		switch {
		case !ok:
			return nil
		case d < 0:
			return []float64{never}
		}
		return []float64{d}
	}
}

// tablesAgree and viewsAgree are when the tables of all nodes were equal after
// a mark, and when the views were that they publish.
func tablesAgree(mark string) values {
	return after(func(r scenario.Result) map[string]float64 { return r.Agreement }, mark)
}

func viewsAgree(mark string) values {
	return after(func(r scenario.Result) map[string]float64 { return r.Shown }, mark)
}

// changesUntil is how often one member's status changed, where that was most,
// until a mark.
func changesUntil(mark string) values {
	return one(func(r scenario.Result) float64 { return float64(r.ChangesUntil[mark]) })
}

// bytesIn and packetsIn are the traffic of a window, for each node and second.
func bytesIn(window string) values {
	return one(func(r scenario.Result) float64 { return r.Windows[window].Bytes })
}

func packetsIn(window string) values {
	return one(func(r scenario.Result) float64 { return r.Windows[window].Packets })
}

// timesQuiet is the traffic of a window as a multiple of what the same cluster
// took before.
func timesQuiet(window string) values {
	return one(func(r scenario.Result) float64 { return r.Windows[window].Bytes / r.Windows["before"].Bytes })
}

// carriers is how many datagrams of a window, of all nodes, bore a part.
func carriers(window, part string) values {
	return one(func(r scenario.Result) float64 { return float64(r.Windows[window].Carriers[part]) })
}

// repairBytes is what a repair took: all that is in the datagrams of the window
// besides probes and their answers, and the headers of those that bear nothing
// else.
func repairBytes(window string) values {
	return one(func(r scenario.Result) float64 {
		w := r.Windows[window]
		if w.Bytes == 0 {
			return 0
		}
		nodeSeconds := float64(w.Total) / w.Bytes
		sum := w.Parts["reconcile"] + w.Parts["records"] + w.Parts["join"]
		own := float64(w.Carriers["header"]) - float64(w.Carriers["probe"])
		return sum*nodeSeconds + max(own, 0)*w.Parts["header"]*nodeSeconds/float64(w.Carriers["header"])
	})
}

// roundTrips is how many a repair took, from its first question, where every
// datagram takes the same time.
func roundTrips(mark string) values {
	return func(r scenario.Result) []float64 {
		d, ok := r.Agreement[mark]
		if !ok || d < 0 || r.Asked == 0 {
			return nil
		}
		return []float64{(d - r.Asked) / 0.002}
	}
}
