package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// plan says which cluster to run, and what to measure of it.
type plan struct {
	Library string
	Size    int
	Sealed  bool
	// Quiet is for how long to measure a cluster in which nothing happens. Updates,
	// Leaves and Crashes are how many to make.
	Quiet                    time.Duration
	Updates, Leaves, Crashes int
}

// Limits, beyond which something counts as not having happened.
const (
	joinLimit   = 20 * time.Second
	settleLimit = 15 * time.Second
	updateLimit = 4 * time.Second
	leaveLimit  = 10 * time.Second
	crashLimit  = 40 * time.Second
)

// updateBytes is how much an update says.
const updateBytes = 100

// life is one cluster, from its beginning to its end.
type life struct {
	plan
	library library
	nodes   []node
	results samples
}

// node is a member with its name.
type node struct {
	id string
	member
}

// live runs a cluster as planned, in this process, and returns what it measured.
func live(p plan) (samples, error) {
	l := &life{plan: p, library: openLibrary(p.Library, p.Sealed), nodes: make([]node, p.Size), results: samples{}}
	idle := held()
	if err := l.join(); err != nil {
		return nil, err
	}
	defer func() { crash(l.nodes) }()
	if p.Quiet > 0 {
		l.quiet(idle)
	}
	for i := range p.Updates {
		if err := l.update(i); err != nil {
			return nil, err
		}
	}
	for range p.Leaves {
		if err := l.leave(); err != nil {
			return nil, err
		}
	}
	if p.Crashes > 0 {
		l.crash()
	}
	if ran, waited := processStarved(); ran > 0 {
		l.results.add(starved, waited.Seconds()/(ran+waited).Seconds())
	}
	return l.results, nil
}

// join starts a node, and then all others at once, who join it, and lets them
// settle.
func (l *life) join() error {
	before, begin := consumed(nil), time.Now()
	failed := make([]error, l.Size)
	start := func(i int, seed string) {
		id := fmt.Sprintf("node-%03d", i)
		started, err := l.library.start(id, seed)
		l.nodes[i], failed[i] = node{id, started}, err
	}
	start(0, "")
	if failed[0] != nil {
		return failed[0]
	}
	seed := l.nodes[0].address()
	var starting sync.WaitGroup
	for i := 1; i < l.Size; i++ {
		starting.Go(func() { start(i, seed) })
	}
	starting.Wait()
	for i, err := range failed {
		if err != nil {
			crash(slices.DeleteFunc(l.nodes, func(n node) bool { return n.member == nil }))
			return fmt.Errorf("node %d: %w", i, err)
		}
	}
	took := await(begin, joinLimit, conditions(l.nodes, func(m member) bool { return m.seesAll(l.Size) }))
	l.results.addTime(joinTime, share(took, 100))
	l.results.add(joinPackets, float64(sent(l.nodes).packetBytes))
	l.settle()
	used := consumed(l.nodes).minus(before)
	l.results.add(settledPackets, float64(used.packetBytes))
	l.results.add(settledStreams, float64(used.streamBytes))
	l.results.add(settledCPU, used.cpu.Seconds())
	return nil
}

// settle returns when a second has passed in which there was little but probes
// and their answers: two packets from each node.
func (l *life) settle() {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	before := sent(l.nodes)
	for begin := time.Now(); time.Since(begin) < settleLimit; {
		<-second.C
		now := sent(l.nodes)
		if float64(now.packets-before.packets) < 2.4*float64(len(l.nodes)) {
			return
		}
		before = now
	}
}

// quiet measures nodes that have nothing to tell, beside the process without them.
func (l *life) quiet(idle footprint) {
	window := time.NewTimer(l.Quiet)
	before, begin := consumed(l.nodes), time.Now()
	<-window.C
	used, took := consumed(l.nodes).minus(before), time.Since(begin)
	now := held()
	each := func(m metric, amount float64) { l.results.add(m, amount/float64(len(l.nodes))) }
	rate := func(m metric, amount float64) { each(m, amount/took.Seconds()) }
	rate(quietPackets, float64(used.packets))
	rate(quietBytes, float64(used.packetBytes))
	rate(quietStreams, float64(used.streamBytes))
	rate(quietCPU, used.cpu.Seconds())
	rate(quietAllocs, float64(used.allocations))
	rate(quietAllocated, float64(used.allocated))
	each(quietGoroutines, float64(now.goroutines-idle.goroutines))
	each(quietHeap, float64(now.heap-idle.heap))
}

// update has one node say something, a different one each time.
func (l *life) update(i int) error {
	teller, others := split(l.nodes, i*len(l.nodes)/l.Updates)
	value := fmt.Sprintf("%0*d", updateBytes, i)
	ctx, cancel := context.WithTimeout(context.Background(), updateLimit)
	defer cancel()
	var telling sync.WaitGroup
	var failed error
	begin := time.Now()
	telling.Go(func() { failed = teller.update(ctx, value) })
	took := await(begin, updateLimit, conditions(others, func(m member) bool { return m.seesMeta(teller.id, value) }))
	telling.Wait()
	l.results.addTime(updateHalf, share(took, 50))
	l.results.addTime(updateMost, share(took, 99))
	l.results.addTime(updateAll, share(took, 100))
	return failed
}

// leave has the last node leave, and takes it out.
func (l *life) leave() error {
	leaver, others := split(l.nodes, len(l.nodes)-1)
	l.nodes = others
	ctx, cancel := context.WithTimeout(context.Background(), leaveLimit)
	defer cancel()
	var leaving sync.WaitGroup
	var failed error
	begin := time.Now()
	leaving.Go(func() { failed = leaver.leave(ctx) })
	known := await(begin, leaveLimit, conditions(others, func(m member) bool { return m.seesLeave(leaver.id) }))
	gone := await(begin, leaveLimit, conditions(others, func(m member) bool { return m.seesGone(leaver.id) }))
	leaving.Wait()
	l.results.addTime(leaveKnown, share(known, 100))
	l.results.addTime(leaveGone, share(gone, 100))
	return failed
}

// crash ends the last nodes all at once, and takes them out.
func (l *life) crash() {
	first := len(l.nodes) - l.Crashes
	crashed, others := l.nodes[first:], l.nodes[:first]
	l.nodes = others
	begin := time.Now()
	crash(crashed)
	times := make([][]time.Duration, len(crashed))
	var watching sync.WaitGroup
	for i, dead := range crashed {
		watching.Go(func() {
			times[i] = await(begin, crashLimit, conditions(others, func(m member) bool { return m.seesGone(dead.id) }))
		})
	}
	watching.Wait()
	for _, took := range times {
		found, known := took[0], share(took, 100)
		l.results.addTime(crashFirst, found)
		if known != never {
			known = max(known-found, pollInterval) // which is all that can be told
		}
		l.results.addTime(crashRest, known)
	}
}

// crash ends nodes at once, and returns when they have ended.
func crash(nodes []node) {
	var closing sync.WaitGroup
	for _, n := range nodes {
		closing.Go(n.crash)
	}
	closing.Wait()
}

// split returns one node, and all others.
func split(nodes []node, i int) (node, []node) {
	return nodes[i], slices.Concat(nodes[:i], nodes[i+1:])
}

// conditions asks the same of all nodes.
func conditions(nodes []node, isSo func(member) bool) []func() bool {
	asked := make([]func() bool, len(nodes))
	for i, n := range nodes {
		asked[i] = func() bool { return isSo(n.member) }
	}
	return asked
}
