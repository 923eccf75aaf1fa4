package codec

import (
	"flag"
	"fmt"
	"strings"
	"testing"
)

var (
	bars   = flag.Bool("bars", false, "measure all codecs side by side, print a table and fail below our bars")
	rounds = flag.Int("rounds", 150, "how often -bars measures each codec; the best counts")
)

// bar is how many times as fast as another codec ours has to be.
type bar struct {
	contenders []contender
	other      string
	factor     float64
}

// The best of vtprotobuf does without what ours does: its decoded strings point
// into the packet and are not known to be UTF-8. We aim at 1.4 times; the bar
// leaves room for other machines.
var allBars = []bar{
	{encoders, "protobuf-go", 6},
	{encoders, "vtprotobuf, reused buffer", 1.3},
	{encoders, "msgpack as memberlist calls it", 20},
	{decoders, "protobuf-go", 6},
	{decoders, "vtprotobuf, unsafe and pool", 1.3},
	{decoders, "msgpack as memberlist calls it", 20},
}

// result is the best of many short measurements: whatever else the machine does
// only ever adds.
type result struct {
	nanoseconds   float64
	bytes, allocs int64
}

// TestBars measures. The rounds of the codecs alternate, so that all of them get
// the machine's good and bad moments.
func TestBars(t *testing.T) {
	if !*bars {
		t.Skip("takes a quarter of a minute: run with -bars")
	}
	measured := map[string]result{}
	for _, group := range [][]contender{encoders, decoders} {
		for name, r := range measure(t, group) {
			measured[key(group, name)] = r
		}
	}
	var table strings.Builder
	for _, group := range [][]contender{encoders, decoders} {
		ours := measured[key(group, group[0].name)]
		fmt.Fprintf(&table, "\n| %s | ns | × | bytes | allocations |\n|---|---|---|---|---|\n", direction(group))
		for _, c := range group {
			r := measured[key(group, c.name)]
			fmt.Fprintf(&table, "| %s | %.0f | %.1f | %d | %d |\n", c.name, r.nanoseconds, r.nanoseconds/ours.nanoseconds, r.bytes, r.allocs)
		}
		if ours.allocs > 0 {
			t.Errorf("%s %s allocates %d times", group[0].name, direction(group), ours.allocs)
		}
	}
	t.Log(table.String())
	for _, b := range allBars {
		ours, theirs := measured[key(b.contenders, b.contenders[0].name)], measured[key(b.contenders, b.other)]
		if got := theirs.nanoseconds / ours.nanoseconds; got < b.factor {
			t.Errorf("%s: %.2f times as fast as %s, want %.1f", direction(b.contenders), got, b.other, b.factor)
		}
	}
}

func direction(group []contender) string {
	if group[0].name == encoders[0].name {
		return "encode"
	}
	return "decode"
}

func key(group []contender, name string) string { return direction(group) + " " + name }

func measure(t *testing.T, group []contender) map[string]result {
	if err := flag.Set("test.benchtime", "2ms"); err != nil {
		t.Fatal(err)
	}
	best := map[string]result{}
	for range *rounds {
		for _, c := range group {
			r := testing.Benchmark(c.run)
			took := float64(r.T.Nanoseconds()) / float64(r.N)
			if before, ok := best[c.name]; !ok || took < before.nanoseconds {
				best[c.name] = result{nanoseconds: took, bytes: r.AllocedBytesPerOp(), allocs: r.AllocsPerOp()}
			}
		}
	}
	return best
}
