package sim

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport/memory"
)

func TestOptionsThatCannotBeAreRefusedAllAtOnce(t *testing.T) {
	_, err := New(Options{
		Nodes: 3, Seeds: 4, Sample: -1, StartSpread: -time.Second,
		Link:   memory.Link{Loss: 2},
		Groups: []Group{{Name: "all", Count: 1}, {Name: "a", Count: 1, Share: 0.5}, {Name: "b", Count: 4}},
		Period: time.Hour, Checking: 9,
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, word := range []string{"Seeds", "Sample", "StartSpread", "Loss", `"all"`, `"a"`, "need", "Period", "Checking"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("nothing about %s in:\n%v", word, err)
		}
	}
}

func TestGroupsAreDisjointAndLeaveTheSeedOut(t *testing.T) {
	for seed := range uint64(50) {
		c, err := New(Options{Nodes: 10, Seed: seed, Groups: []Group{{Name: "a", Count: 3}, {Name: "b", Share: 0.3}}})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[*Node]string{}
		for _, name := range []string{"a", "b", GroupOthers} {
			nodes, err := c.Group(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range nodes {
				if seen[n] != "" {
					t.Fatalf("seed %d: %s is in %s and in %s", seed, n.ID(), seen[n], name)
				}
				seen[n] = name
			}
		}
		if len(seen) != 10 || seen[c.Nodes()[0]] != GroupOthers {
			t.Fatalf("seed %d: %d nodes in groups, the seed in %q", seed, len(seen), seen[c.Nodes()[0]])
		}
	}
}

func TestUnknownGroupIsAnErrorOfTheRun(t *testing.T) {
	c, err := New(Options{Nodes: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	c.At(time.Second, aimed{"nobody"})
	err = c.Run(2 * time.Second)
	var failure *Failure
	if err == nil || errors.As(err, &failure) || !strings.Contains(err.Error(), `"nobody"`) {
		t.Fatalf("got %v, want a mistake of the scenario that names the group", err)
	}
}

// aimed is a fault that only looks its group up.
type aimed struct{ who string }

func (a aimed) Apply(c *Cluster) error { _, err := c.Group(a.who); return err }
func (a aimed) String() string         { return "aim at " + a.who }

func TestStreamsDifferByNodeAndPurpose(t *testing.T) {
	seen := map[[2]uint64]bool{}
	for seed := range uint64(3) {
		for _, purpose := range []string{"a", "b", "ab"} {
			for node := -1; node < 5; node++ {
				s := streamSeed(seed, purpose, node)
				if seen[s] {
					t.Fatalf("the stream of seed %d, %q, node %d is there twice", seed, purpose, node)
				}
				seen[s] = true
			}
		}
	}
}
