package report

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// none stands where there is nothing to measure.
const none = "–"

// quantile returns the least value that a share of all do not exceed.
func quantile(values []float64, share float64) (float64, bool) {
	if len(values) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(values))
	i := int(share*float64(len(sorted))+0.999999) - 1
	return sorted[min(max(i, 0), len(sorted)-1)], true
}

// spread shows the middle, the 99th percentile and the greatest of times.
func spread(name string, times func(r scenario.Result) []float64) Metric {
	return Metric{name + ", s: p50 / p99 / max", func(runs []scenario.Result) string {
		var all []float64
		for _, r := range runs {
			all = append(all, times(r)...)
		}
		middle, ok := quantile(all, 0.5)
		if !ok {
			return none
		}
		p99, _ := quantile(all, 0.99)
		most, _ := quantile(all, 1)
		return fmt.Sprintf("%s / %s / %s", number(middle), number(p99), number(most))
	}}
}

// number writes a value with three digits.
func number(x float64) string {
	switch {
	case x == 0:
		return "0"
	case x >= 100 || x <= -100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	case x >= 0.01:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
	return strconv.FormatFloat(x, 'g', 2, 64)
}

// total shows a sum over all runs.
func total(name string, of func(r scenario.Result) int) Metric {
	return Metric{name, func(runs []scenario.Result) string {
		sum := 0
		for _, r := range runs {
			sum += of(r)
		}
		return strconv.Itoa(sum)
	}}
}

// greatest shows the greatest of all runs.
func greatest(name string, of func(r scenario.Result) float64) Metric {
	return Metric{name, func(runs []scenario.Result) string {
		var all []float64
		for _, r := range runs {
			all = append(all, of(r))
		}
		most, ok := quantile(all, 1)
		if !ok {
			return none
		}
		return number(most)
	}}
}

// mean shows the average over all runs.
func mean(name string, of func(r scenario.Result) float64) Metric {
	return Metric{name, func(runs []scenario.Result) string {
		if len(runs) == 0 {
			return none
		}
		sum := 0.0
		for _, r := range runs {
			sum += of(r)
		}
		return number(sum / float64(len(runs)))
	}}
}

func detection() Metric {
	return spread("crash to first Dead", func(r scenario.Result) []float64 { return r.Detection })
}

func dissemination() Metric {
	return spread("first Dead to all", func(r scenario.Result) []float64 { return r.Dissemination })
}

func crashCount() Metric {
	return total("crashes", func(r scenario.Result) int { return r.Crashes })
}

func undetected() Metric {
	return total("not found", func(r scenario.Result) int { return r.Undetected })
}

// falseDeaths shows false deaths of healthy members, and in brackets those of
// them that healthy members showed.
func falseDeaths() Metric {
	return Metric{"false deaths", func(runs []scenario.Result) string {
		all, atHealthy := 0, 0
		for _, r := range runs {
			all += r.FalseDeaths.Healthy
			atHealthy += r.FalseDeaths.AtHealthy
		}
		return fmt.Sprintf("%d (%d)", all, atHealthy)
	}}
}

func impairedDeaths() Metric {
	return total("deaths of the faulty, shown", func(r scenario.Result) int { return r.FalseDeaths.Impaired })
}

func mostChanges() Metric {
	return greatest("most changes of one member at one observer", func(r scenario.Result) float64 { return float64(r.MostChanges) })
}

// agreement shows how long it took after a mark until all tables were equal.
func agreement(mark string) Metric {
	return spread("until all agree", func(r scenario.Result) []float64 {
		if d, ok := r.Agreement[mark]; ok && d >= 0 {
			return []float64{d}
		}
		return nil
	})
}

func updateSeen(name string, of func(u scenario.UpdateResult) float64) Metric {
	return spread("seen by "+name, func(r scenario.Result) []float64 {
		var all []float64
		for _, u := range r.Updates {
			all = append(all, of(u))
		}
		return all
	})
}

// bytesIn and packetsIn show the traffic of a window, for each node and second.
func bytesIn(window string) Metric {
	return mean("B per node and second", func(r scenario.Result) float64 { return r.Windows[window].Bytes })
}

func packetsIn(window string) Metric {
	return mean("packets per node and second", func(r scenario.Result) float64 { return r.Windows[window].Packets })
}

// repairBytes shows what a repair took: what is not a probe or its answer.
func repairBytes(window string) Metric {
	return mean("B of a repair, all nodes together", func(r scenario.Result) float64 {
		w := r.Windows[window]
		if w.Bytes == 0 {
			return 0
		}
		nodeSeconds := float64(w.Total) / w.Bytes
		return (w.Parts["reconcile"] + w.Parts["records"] + w.Parts["join"]) * nodeSeconds
	})
}

// bytesPerNode shows what a node sent in a whole run.
func bytesPerNode() Metric {
	return mean("KB sent by a node", func(r scenario.Result) float64 {
		return float64(r.Traffic.Total) / float64(r.Nodes) / 1000
	})
}
