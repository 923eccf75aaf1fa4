package scenario

import (
	"slices"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
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
	// Untold crashes were over before anybody had found them: the process was
	// started again. They are in no other count.
	Untold int `json:"untold,omitempty"`
	// Detection are the times from a crash to the first node that shows it,
	// and Dissemination those from the first to the last.
	Detection     []float64 `json:"detection,omitempty"`
	Dissemination []float64 `json:"dissemination,omitempty"`
	// FalseDeaths are members shown as Dead that were not.
	FalseDeaths sim.FalseDeaths `json:"false_deaths"`
	// Updates are the times after which updates were seen, each by a share of
	// the nodes; Late is how many were not seen by all within LateAfter, and
	// Spread when the twentieths of the nodes had seen one, on average.
	Updates []UpdateResult `json:"updates,omitempty"`
	Late    int            `json:"late,omitempty"`
	Spread  []float64      `json:"spread,omitempty"`
	// Joins are the times from start to joined.
	Joins []float64 `json:"joins,omitempty"`
	// Agreement are the times from a mark until the tables of all nodes were
	// equal, and Shown until the views that they publish were; −1 if they never
	// were.
	Agreement map[string]float64 `json:"agreement,omitempty"`
	Shown     map[string]float64 `json:"shown,omitempty"`
	// MostChanges is how many changes of one member's status the healthy node
	// showed that showed most, and ChangesUntil the same at a mark.
	MostChanges  int            `json:"most_changes"`
	ChangesUntil map[string]int `json:"changes_until,omitempty"`
	// Obituaries is how many topology updates of one healthy node told of
	// deaths, where they were most.
	Obituaries int `json:"obituaries"`
	// Superseded and Evicted count the lives that ended so.
	Superseded uint64 `json:"superseded,omitempty"`
	Evicted    uint64 `json:"evicted,omitempty"`
	// Crowding is the most entries that a table had for each live member.
	Crowding float64 `json:"crowding"`
	// Asked is when a comparison of tables was sent first, since the beginning;
	// 0 if none was.
	Asked float64 `json:"asked,omitempty"`
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

// LateAfter is when an update should have been seen by all.
const LateAfter = 4 * time.Second

// spreadSteps is into how many parts the nodes are divided for Result.Spread.
const spreadSteps = 20

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
	// Total is the number of bytes that all nodes sent, and Carriers that of the
	// datagrams by what they say.
	Total    uint64            `json:"total"`
	Carriers map[string]uint64 `json:"carriers"`
}

func newResult(s Scenario, r Request, c *sim.Cluster, failure *sim.Failure) Result {
	result := Result{
		Scenario: r.Scenario, Nodes: c.Options().Nodes, Seed: r.Seed, Detector: c.Options().Detector,
		VirtualSeconds: c.Now().Seconds(), FalseDeaths: c.FalseDeaths(),
		MostChanges: c.MostChanges(), Obituaries: c.MostObituaries(), Crowding: c.Crowding(),
		Asked: time.Duration(c.Asked()).Seconds(), Traffic: trafficResult(c.Traffic()),
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
	result.Superseded, result.Evicted = c.Ousted()
	result.addMarks(c)
	result.Windows = make(map[string]TrafficResult)
	for _, w := range c.Windows() {
		result.Windows[w.Name] = trafficResult(w.Traffic)
	}
	return result
}

func (r *Result) addMarks(c *sim.Cluster) {
	r.Agreement, r.Shown, r.ChangesUntil = make(map[string]float64), make(map[string]float64), make(map[string]int)
	since := func(m *sim.Mark, at membership.Instant) float64 {
		if at == 0 {
			return -1
		}
		return at.Sub(m.At).Seconds()
	}
	for _, m := range c.Marks() {
		r.Agreement[m.Name], r.Shown[m.Name] = since(m, m.Agreed), since(m, m.Shown)
		r.ChangesUntil[m.Name] = m.Changes
	}
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
			r.Untold++
			continue
		}
		r.Crashes++
		if crash.First == 0 {
			r.Undetected++
		}
	}
}

func (r *Result) addUpdates(c *sim.Cluster) {
	spread := make([]float64, spreadSteps)
	for _, u := range c.Updates() {
		if !u.Done() {
			r.Late++
			continue
		}
		if len(u.Seen) == 0 {
			continue // nobody else was there
		}
		seen := slices.Clone(u.Seen)
		slices.Sort(seen)
		at := func(share float64) float64 { return quantile(seen, share).Seconds() }
		r.Updates = append(r.Updates, UpdateResult{at(0.5), at(0.99), at(1)})
		if seen[len(seen)-1] > LateAfter {
			r.Late++
		}
		for i := range spread {
			spread[i] += at(float64(i+1) / spreadSteps)
		}
	}
	if many := len(r.Updates); many > 0 {
		for i := range spread {
			spread[i] /= float64(many)
		}
		r.Spread = spread
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
	result := TrafficResult{
		Packets: packets, Bytes: bytes, Parts: make(map[string]float64),
		Total: t.Bytes, Carriers: make(map[string]uint64),
	}
	for part, count := range t.Carriers {
		if count > 0 {
			result.Carriers[sim.Part(part).String()] = count
		}
	}
	for part, sum := range t.Parts {
		if sum > 0 && t.NodeSeconds > 0 {
			result.Parts[sim.Part(part).String()] = float64(sum) / t.NodeSeconds
		}
	}
	return result
}
