package status

import (
	"slices"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay"
	"pgregory.net/rapid"
)

func TestTheExpositionIsAsItWas(t *testing.T) {
	golden(t, "metrics.txt", exposition(families, madeUp(t), false))
	golden(t, "metrics.openmetrics", exposition(families, madeUp(t), true))
}

// Whoever adds a counter is told here that it needs a row among the families. What
// Stats.Transport has is the sum of what its Networks have, and not shown twice.
func TestEveryCounterIsAMetric(t *testing.T) {
	s := madeUp(t)
	end := number(&s.stats)
	for _, open := range []bool{false, true} {
		shown := make(map[float64]int)
		for _, sample := range parse(t, string(exposition(families, s, open)), open) {
			shown[sample.value]++
		}
		for value := int64(1001); value < end; value++ {
			if shown[float64(value)] != 1 {
				t.Errorf("the field with the value %d is shown %d times: find it in testdata/status.json, and give it a family",
					value, shown[float64(value)])
			}
		}
	}
}

// Whatever is said of a node, what is shown can be read, and means it.
func TestTheExpositionCanBeRead(t *testing.T) {
	base, told := madeUp(t), slices.Concat(nodeFamilies, viewFamilies) // the others tell numbers alone
	rapid.Check(t, func(r *rapid.T) {
		s, view := *base, *base.view
		s.view = &view
		s.id, s.cluster = rapid.String().Draw(r, "id"), rapid.String().Draw(r, "cluster")
		s.generation, s.view.Hash = rapid.Uint64().Draw(r, "generation"), rapid.Uint64().Draw(r, "hash")
		if rapid.Bool().Draw(r, "hangs") {
			s.agreement = nil
		}
		if rapid.Bool().Draw(r, "new") {
			s.view = &hearsay.View{}
		}
		open := rapid.Bool().Draw(r, "open")
		node := find(r, parse(r, string(exposition(told, &s, open)), open), "hearsay_node_info")
		if node.labels["node"] != s.id || node.labels["cluster"] != s.cluster {
			r.Errorf("%q of %q is shown as %q", s.id, s.cluster, node.labels)
		}
	})
}

func TestViewsThatDifferHaveHashesThatDiffer(t *testing.T) {
	s := madeUp(t)
	shown := func(hash uint64) float64 {
		s.view.Hash = hash
		return find(t, parse(t, string(exposition(families, s, true)), true), "hearsay_view_hash").value
	}
	last := ^uint64(0)
	if a, b := shown(last), shown(last-1<<12); a == b || a != float64(last>>12) || uint64(a) != last>>12 {
		t.Errorf("%f and %f", a, b)
	}
}

func TestOpenMetricsIsForThoseWhoAskForIt(t *testing.T) {
	for _, test := range []struct {
		accept string
		want   bool
	}{
		{"", false},
		{"*/*", false},
		{"text/plain;version=0.0.4", false},
		{"application/openmetrics-text", true},
		{"application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true},
		{"application/openmetrics-text;version=1.0.0;q=0.4, text/plain;version=0.0.4;q=0.5", false},
		{"application/openmetrics-text;q=0", false},
		{"application/openmetrics-text;q=x", false},
		{"/,;;,\x00, application/openmetrics-text; version=1.0.0", true},
	} {
		if got := wantsOpenMetrics([]string{test.accept}); got != test.want {
			t.Errorf("%q: %v", test.accept, got)
		}
	}
	if !wantsOpenMetrics([]string{"text/html", "application/openmetrics-text"}) {
		t.Error("the second header is not read")
	}
}

// What the documentation names is there.
func TestTheMetricsOfTheDocumentationExist(t *testing.T) {
	samples := parse(t, string(exposition(families, madeUp(t), false)), false)
	for _, name := range []string{"hearsay_isolated", "hearsay_joined", "hearsay_view_hash", "hearsay_members", "hearsay_transport_dropped_total"} {
		find(t, samples, name)
	}
	causes := make(map[string]bool)
	for _, sample := range samples {
		causes[sample.labels["cause"]] = true
		if strings.Contains(sample.labels["cause"], " ") {
			t.Errorf("cause %q is no word", sample.labels["cause"])
		}
	}
	for _, cause := range []string{"unauthenticated", "inbox_full", "kernel"} {
		if !causes[cause] {
			t.Errorf("no cause %q among %v", cause, causes)
		}
	}
}
