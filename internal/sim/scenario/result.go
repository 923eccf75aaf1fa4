package scenario

import (
	"slices"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// Result is what came of a run. Times are in seconds of virtual time. It is
// what `hearsay sim -json` prints, one object for each run.
type Result struct {
	Scenario string `json:"scenario"`
	Nodes    int    `json:"nodes"`
	Seed     uint64 `json:"seed"`
	Detector string `json:"detector"`
	// VirtualSeconds is how long the run was.
	VirtualSeconds float64 `json:"virtual_seconds"`
	// Crashes is how many there were that had to be found, and Undetected how
	// many of them nobody found.
	Crashes    int `json:"crashes"`
	Undetected int `json:"undetected"`
	// Detection are the times from a crash to the first node that shows it,
	// and Dissemination those from the first to the last.
	Detection     []float64 `json:"detection,omitempty"`
	Dissemination []float64 `json:"dissemination,omitempty"`
	// FalseDeaths are members shown as Dead that were not.
	FalseDeaths sim.FalseDeaths `json:"false_deaths"`
	// Updates are the times after which updates were seen, each by a share of
	// the nodes.
	Updates []UpdateResult `json:"updates,omitempty"`
	// Joins are the times from start to joined.
	Joins []float64 `json:"joins,omitempty"`
	// Agreement are the times from a mark until all nodes agreed; −1 if they
	// never did.
	Agreement map[string]float64 `json:"agreement,omitempty"`
	// MostChanges is how many changes of one member's status the node showed
	// that showed most.
	MostChanges int `json:"most_changes"`
	// Traffic is that of the whole run, and Windows that of parts of it.
	Traffic TrafficResult            `json:"traffic"`
	Windows map[string]TrafficResult `json:"windows,omitempty"`
	// LogHash is the SHA-256 of the event log, of so many lines.
	LogHash  string `json:"log_hash"`
	LogLines uint64 `json:"log_lines"`
	// OK is the verdict. A scenario that must fail is OK if it failed.
	OK bool `json:"ok"`
	// Failure is what did not hold, where and when, and Repeat the command
	// that runs it again.
	Failure string `json:"failure,omitempty"`
	Repeat  string `json:"repeat,omitempty"`

	// Series are the samples for a plot, if asked for.
	Series *sim.Series `json:"-"`
}

// UpdateResult is when an update was seen by half, 99 % and all of the nodes.
type UpdateResult struct {
	Half float64 `json:"half"`
	P99  float64 `json:"p99"`
	All  float64 `json:"all"`
}

// TrafficResult is what a node sent in a second, on average.
type TrafficResult struct {
	Packets float64 `json:"packets"`
	Bytes   float64 `json:"bytes"`
	// Parts are bytes by what they say.
	Parts map[string]float64 `json:"parts"`
	// Total is the number of bytes that all nodes sent.
	Total uint64 `json:"total"`
}

func newResult(s Scenario, r Request, c *sim.Cluster, failure *sim.Failure) Result {
	result := Result{
		Scenario: r.Scenario, Nodes: c.Options().Nodes, Seed: r.Seed, Detector: c.Options().Detector,
		VirtualSeconds: c.Now().Seconds(), FalseDeaths: c.FalseDeaths(),
		MostChanges: c.MostChanges(), Traffic: trafficResult(c.Traffic()),
		LogHash: c.Log().Hash(), LogLines: c.Log().Lines(), OK: (failure == nil) != s.MustFail,
		Series: c.Series(),
	}
	if failure != nil {
		result.Failure, result.Repeat = failure.Error(), failure.Repeat
	}
	result.addCrashes(c)
	result.addUpdates(c)
	for _, d := range c.Joins() {
		result.Joins = append(result.Joins, d.Seconds())
	}
	result.Agreement = make(map[string]float64)
	for _, m := range c.Marks() {
		result.Agreement[m.Name] = -1
		if m.Agreed != 0 {
			result.Agreement[m.Name] = m.Agreed.Sub(m.At).Seconds()
		}
	}
	result.Windows = make(map[string]TrafficResult)
	for _, w := range c.Windows() {
		result.Windows[w.Name] = trafficResult(w.Traffic)
	}
	return result
}

func (r *Result) addCrashes(c *sim.Cluster) {
	for _, crash := range c.Crashes() {
		if crash.First != 0 {
			r.Detection = append(r.Detection, crash.First.Sub(crash.At).Seconds())
		}
		if crash.All != 0 {
			r.Dissemination = append(r.Dissemination, crash.All.Sub(crash.First).Seconds())
		}
		if crash.Void && crash.First == 0 {
			continue // back before anybody had to notice
		}
		r.Crashes++
		if crash.First == 0 {
			r.Undetected++
		}
	}
}

func (r *Result) addUpdates(c *sim.Cluster) {
	for _, u := range c.Updates() {
		if !u.Done() || len(u.Seen) == 0 {
			continue
		}
		seen := slices.Clone(u.Seen)
		slices.Sort(seen)
		at := func(share float64) float64 { return quantile(seen, share).Seconds() }
		r.Updates = append(r.Updates, UpdateResult{at(0.5), at(0.99), at(1)})
	}
}

// quantile returns the least of sorted values that a share of them do not
// exceed.
func quantile(sorted []time.Duration, share float64) time.Duration {
	i := int(share*float64(len(sorted))+0.999999) - 1
	return sorted[min(max(i, 0), len(sorted)-1)]
}

func trafficResult(t sim.Traffic) TrafficResult {
	packets, bytes := t.PerNodeSecond()
	result := TrafficResult{Packets: packets, Bytes: bytes, Parts: make(map[string]float64), Total: t.Bytes}
	for part, sum := range t.Parts {
		if sum > 0 && t.NodeSeconds > 0 {
			result.Parts[sim.Part(part).String()] = float64(sum) / t.NodeSeconds
		}
	}
	return result
}
