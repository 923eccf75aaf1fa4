package sim_test

import (
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/sim"
)

// A quiet cluster makes no garbage to speak of, or a thousand nodes could not live
// for hours: less than one allocation for each node and second, rules included.
func TestAQuietClusterAllocatesNextToNothing(t *testing.T) {
	const nodes, seconds = 40, 10
	c := start(t, sim.Options{Nodes: nodes, Seed: 1, Converged: true})
	run(t, c, time.Minute)
	allocations := testing.AllocsPerRun(5, func() { run(t, c, seconds*time.Second) })
	if perNodeSecond := allocations / nodes / seconds; perNodeSecond > 1 {
		t.Errorf("%.1f allocations for each node and second", perNodeSecond)
	}
}

// A thousand quiet nodes, a minute of whose life is one operation: sixty of them
// are the hour of which "s/hour" tells.
func BenchmarkQuietThousand(b *testing.B) {
	c, err := sim.New(sim.Options{Nodes: 1000, Seed: 1, Converged: true})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := c.Run(time.Minute); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(60*b.Elapsed().Seconds()/float64(b.N), "s/hour")
	if !c.Agreed() {
		b.Error("a quiet cluster does not agree")
	}
}
