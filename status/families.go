package status

import (
	"slices"

	"github.com/hearsay-gossip/hearsay"
)

// families are all metrics, in the order in which they are shown.
var families = slices.Concat(nodeFamilies, viewFamilies, protocolFamilies, loopFamilies, transportFamilies)

// count makes a family of one counter of the node.
func count(name, help string, of func(*hearsay.Stats) uint64) family {
	return family{name, counter, help, func(s *snapshot, tell func(float64, ...label)) { tell(float64(of(&s.stats))) }}
}

// level makes a family of one number that rises and falls.
func level(name, help string, of func(*snapshot) float64) family {
	return family{name, gauge, help, func(s *snapshot, tell func(float64, ...label)) { tell(of(s)) }}
}

// whether makes a family that is 1 where something is so.
func whether(name, help string, of func(*snapshot) bool) family {
	return level(name, help, func(s *snapshot) float64 {
		if of(s) {
			return 1
		}
		return 0
	})
}

// nodeFamilies say what the node is.
var nodeFamilies = []family{
	{"node", constant, "The node's id and cluster.", func(s *snapshot, tell func(float64, ...label)) {
		tell(1, label{"cluster", s.cluster}, label{"node", s.id})
	}},
	level("lives", "Which life of the node's id this is, as the cluster counts them.",
		func(s *snapshot) float64 { return float64(s.generation >> 32) }),
	whether("running", "1 until the node has ended.", func(s *snapshot) bool { return s.ended == nil }),
	whether("joined", "1 when the node has joined its cluster.", func(s *snapshot) bool { return s.joined }),
	whether("isolated", "1 while no member answers this node, so that it shows all others as dead.",
		func(s *snapshot) bool { return s.isolated }),
	level("quarantines", "Ids, addresses and prefixes that the node keeps out.",
		func(s *snapshot) float64 { return float64(len(s.view.Blocked)) }),
}

// viewFamilies say what it sees.
var viewFamilies = []family{
	{"members", gauge, "Members in the node's view, the node itself included, by status.", byStatus},
	{"live_members", gauge, "Live members in the node's view by the health that they report.", byHealth},
	// A float64 holds 53 bits of a number, and hashes are compared, not read.
	level("view_hash", "The upper 52 bits of the view's hash: equal on two nodes that see the same live members.",
		func(s *snapshot) float64 { return float64(s.view.Hash >> 12) }),
	{"view_changes", counter, "Changes of the node's view.", func(s *snapshot, tell func(float64, ...label)) {
		tell(float64(s.view.Version))
	}},
	{"view_changed_timestamp_seconds", gauge, "When the node's view changed last, in Unix time.",
		func(s *snapshot, tell func(float64, ...label)) {
			if !s.view.ObservedAt.IsZero() {
				tell(float64(s.view.ObservedAt.UnixMilli()) / 1e3)
			}
		}},
	{"agreement_ratio", gauge, "The part of the members heard lately that see what the node sees.",
		func(s *snapshot, tell func(float64, ...label)) {
			if s.agreement != nil {
				tell(s.agreement.Share)
			}
		}},
	{"agreement_members", gauge, "How many members were heard lately, at most 128.",
		func(s *snapshot, tell func(float64, ...label)) {
			if s.agreement != nil {
				tell(float64(s.agreement.Heard))
			}
		}},
}

// byStatus tells how many members there are of each status, also where there are
// none: a series that appears with the first dead member cannot be compared with
// what was before.
func byStatus(s *snapshot, tell func(float64, ...label)) {
	var counts [hearsay.StatusRemoved + 1]int
	for m := range s.view.Members() {
		counts[m.Status]++
	}
	for m := range s.view.Gone() {
		counts[m.Status]++
	}
	for status := hearsay.StatusJoining; status <= hearsay.StatusRemoved; status++ {
		tell(float64(counts[status]), label{"status", status.String()})
	}
}

func byHealth(s *snapshot, tell func(float64, ...label)) {
	var counts [hearsay.HealthUnhealthy + 1]int
	for m := range s.view.Members() {
		counts[m.Health]++
	}
	for health := hearsay.HealthUnreported; health <= hearsay.HealthUnhealthy; health++ {
		tell(float64(counts[health]), label{"health", health.String()})
	}
}
