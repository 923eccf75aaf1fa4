// Command cluster has a cluster of hearsay and one of hashicorp's memberlist do the
// same work on real sockets, one after the other, and prints tables of what it took.
//
//	go run ./cluster -n 16,128
//
// Each cluster is alone, in a process of its own, as its library is by default:
// memberlist's LAN configuration over UDP and TCP, hearsay over UDP. Both are run in
// plaintext and encrypted. Rounds alternate, and medians are printed. All rounds
// measure how nodes join, the first one the rest, too.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	var c comparison
	sizes := flag.String("n", "16,128", "how many nodes a cluster has, comma-separated")
	flag.IntVar(&c.rounds, "rounds", 3, "how often each cluster is started")
	flag.DurationVar(&c.full.Quiet, "quiet", 8*time.Second, "for how long nodes are measured that have nothing to tell")
	flag.IntVar(&c.full.Updates, "updates", 6, "how many updates are made")
	flag.IntVar(&c.full.Leaves, "leaves", 3, "how many nodes leave, one by one")
	flag.IntVar(&c.full.Crashes, "crashes", 3, "how many nodes crash, all at once")
	planned := flag.String("plan", "", "run the one cluster that this JSON describes, and print its samples (as children do)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := c.setSizes(*sizes)
	switch {
	case err != nil:
	case *planned != "":
		err = runPlan(*planned)
	default:
		err = c.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

// comparison is what to run, and what came of it.
type comparison struct {
	sizes  []int
	rounds int
	// full is what the first round does, besides starting.
	full plan
}

// minSize leaves a few who see the others go.
const minSize = 4

func (c *comparison) setSizes(list string) error {
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < minSize {
			return fmt.Errorf("-n %s: give numbers from %d, such as 16,128", list, minSize)
		}
		c.sizes = append(c.sizes, n)
	}
	return nil
}

// run prints the table of each size as soon as it is there, and of an interrupted
// one what is there.
func (c *comparison) run(ctx context.Context) error {
	defer fmt.Println(environment())
	begin := time.Now()
	for _, n := range c.sizes {
		results := map[contender]samples{}
		for _, who := range contenders {
			results[who] = samples{}
		}
		err := c.runSize(n, func(who contender, p plan) error {
			fmt.Fprintf(os.Stderr, "%4.0f s: %d nodes, %v\n", time.Since(begin).Seconds(), n, who)
			got, err := runChild(ctx, p)
			results[who].merge(got)
			return err
		})
		fmt.Printf("### %d nodes\n\n%s\n", n, table(results))
		if err != nil {
			return err
		}
	}
	return nil
}

// runSize has the contenders take turns.
func (c *comparison) runSize(n int, run func(contender, plan) error) error {
	for round := range c.rounds {
		for _, who := range contenders {
			if err := run(who, c.plan(who, n, round)); err != nil {
				return fmt.Errorf("%d nodes, %v: %w", n, who, err)
			}
		}
	}
	return nil
}

// plan returns what a contender does in a round.
func (c *comparison) plan(who contender, n, round int) plan {
	p := plan{}
	if round == 0 {
		p = c.full
		p.Leaves, p.Crashes = min(p.Leaves, n/minSize), min(p.Crashes, n/minSize)
	}
	p.Library, p.Sealed, p.Size = who.library, who.sealed, n
	return p
}

// runChild runs a cluster in a process of its own, so that none inherits the
// memory, timers and goroutines of another.
func runChild(ctx context.Context, p plan) (samples, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	planned, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	child := exec.CommandContext(ctx, program, "-plan", string(planned))
	child.Stderr = os.Stderr
	printed, err := child.Output()
	if err != nil {
		return nil, err
	}
	var got samples
	return got, json.Unmarshal(printed, &got)
}

// runPlan is the child's part.
func runPlan(planned string) error {
	var p plan
	if err := json.Unmarshal([]byte(planned), &p); err != nil {
		return fmt.Errorf("-plan: %w", err)
	}
	got, err := live(p)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(got)
}
