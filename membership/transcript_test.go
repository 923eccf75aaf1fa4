package membership

import (
	"bufio"
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// TestTranscripts runs the scripts of testdata/*.txt, which drive a few nodes and
// show what comes of it. Each is commands, a line of dashes, what they print, and
// a blank line; testdata/README.md explains the commands. -update writes what is
// printed now.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := &play{t: t, c: newCluster(t, 1), nodes: map[string]*testNode{}, told: map[string]int{}}
			got := p.perform(want)
			if *updateGolden {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			} else if !bytes.Equal(got, want) {
				t.Errorf("%s: run with -update and look at the difference; now it is\n%s", file, got)
			}
		})
	}
}

// play is a script that is being performed.
type play struct {
	t     *testing.T
	c     *cluster
	nodes map[string]*testNode
	// names are those of the nodes in the order in which they first came.
	names []string
	// told is how many of a node's events were printed.
	told map[string]int
	bytes.Buffer
}

// perform returns the script with what its commands print now.
func (p *play) perform(script []byte) []byte {
	var out bytes.Buffer
	printed := false
	for lines := bufio.NewScanner(bytes.NewReader(script)); lines.Scan(); {
		line := lines.Text()
		switch {
		case line == "----":
			printed = true
			out.WriteString("----\n")
			out.Write(p.Bytes())
			p.Reset()
		case line == "":
			printed = false
			out.WriteString("\n")
		case printed: // what was printed before
		default:
			out.WriteString(line + "\n")
			if !strings.HasPrefix(line, "#") {
				p.command(strings.Fields(line))
			}
		}
	}
	if p.Len() > 0 {
		p.t.Fatalf("a command prints and has no line of dashes: %s", p.String())
	}
	return out.Bytes()
}

func (p *play) command(words []string) {
	p.t.Helper()
	do, ok := map[string]func([]string){
		"start": p.start, "observe": p.observe, "crash": p.crash, "leave": p.leave, "zone": p.zone,
		"run": p.run, "await": p.await, "loss": p.loss, "split": p.split, "heal": p.heal, "cut": p.cutOff,
		"accuse": p.accuse, "quarantine": p.quarantine, "forget": p.forget,
		"views": p.views, "events": p.events, "accusers": p.accusers,
	}[words[0]]
	if !ok {
		p.t.Fatalf("no command %q", words[0])
	}
	do(words[1:])
}

func (p *play) node(name string) *testNode {
	n := p.nodes[name]
	if n == nil {
		p.t.Fatalf("no node %q", name)
	}
	return n
}

func (p *play) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}

// config returns that of a node, which keeps its address through all its lives.
func (p *play) config(name string) Config {
	if !slices.Contains(p.names, name) {
		p.names = append(p.names, name)
	}
	cfg := p.c.config(slices.Index(p.names, name))
	cfg.ID = name
	// Every life draws its own numbers.
	cfg.Seed[0] += uint64(p.c.now)
	return cfg
}

// start starts nodes, through the seeds that are named last.
func (p *play) start(words []string) { p.begin(words, false) }

func (p *play) observe(words []string) { p.begin(words, true) }

func (p *play) begin(words []string, observer bool) {
	var seeds []netip.AddrPort
	if at := slices.Index(words, "through"); at >= 0 {
		for _, name := range words[at+1:] {
			cfg := p.config(name)
			seeds = append(seeds, cfg.Endpoints[0].Address)
		}
		words = words[:at]
	}
	for _, name := range words {
		cfg := p.config(name)
		cfg.Observer = observer
		p.nodes[name] = p.c.start(cfg, seeds...)
		p.told[name] = 0
	}
}

func (p *play) crash(words []string) {
	for _, name := range words {
		p.c.crash(p.node(name))
	}
}

func (p *play) leave(words []string) {
	for _, name := range words {
		if err := p.node(name).Leave(p.c.now); err != nil {
			p.t.Fatal(err)
		}
		p.c.step(p.node(name))
	}
}

func (p *play) zone(words []string) {
	n := p.node(words[0])
	if err := n.SetZone(p.c.now, words[1]); err != nil {
		p.t.Fatal(err)
	}
	p.c.step(n)
}

func (p *play) run(words []string) { p.c.run(p.duration(words[0]), nil) }

// await runs until all nodes have equal views, and prints how long that took.
func (p *play) await(words []string) {
	p.t.Helper()
	took := p.c.within(p.duration(words[0]), "equal views", func() bool {
		nodes := p.c.up()
		for _, n := range nodes {
			if !n.Joined() || n.View().Hash != nodes[0].View().Hash || n.View().Len() != nodes[0].View().Len() {
				return false
			}
		}
		return true
	})
	fmt.Fprintf(p, "equal views after %v\n", took.Round(time.Millisecond))
}

func (p *play) loss(words []string) {
	share, err := strconv.ParseFloat(words[0], 64)
	if err != nil {
		p.t.Fatal(err)
	}
	p.c.loss = share
}

// split lets nothing pass between sides, which are separated by bars.
func (p *play) split(words []string) {
	side := map[netip.AddrPort]int{}
	number := 1
	for _, word := range words {
		if word == "|" {
			number++
		} else {
			side[p.node(word).at] = number
		}
	}
	p.c.cut = func(from, to netip.AddrPort) bool { return side[from] != side[to] }
}

// cutOff lets nothing pass from one node to another, one way.
func (p *play) cutOff(words []string) {
	from, to := p.node(words[0]).at, p.node(words[1]).at
	p.c.cut = func(a, b netip.AddrPort) bool { return a == from && b == to }
}

func (p *play) heal([]string) { p.c.cut = nil }

// accuse has one node accuse another for no reason.
func (p *play) accuse(words []string) {
	n := p.node(words[1])
	n.accuse(n.table.LookupID(words[0]), hearsayv1.EvidenceNack)
	p.c.step(n)
}

func (p *play) quarantine(words []string) {
	n := p.node(words[1])
	if err := n.Quarantine(p.c.now, Block{ID: words[0]}, p.duration(words[2])); err != nil {
		p.t.Fatal(err)
	}
	p.c.step(n)
}

func (p *play) forget(words []string) {
	n := p.node(words[1])
	if !n.Forget(p.c.now, words[0]) {
		p.t.Fatalf("%s is not dead", words[0])
	}
	p.c.step(n)
}

// views prints who sees what, those who see the same together.
func (p *play) views([]string) {
	var seen []string
	who := map[string][]string{}
	for _, name := range p.names {
		n := p.nodes[name]
		if n == nil || n.down || n.Stopped() {
			continue
		}
		text := line(n.View())
		if who[text] == nil {
			seen = append(seen, text)
		}
		who[text] = append(who[text], name)
	}
	for _, text := range seen {
		fmt.Fprintf(p, "%s:\n%s", strings.Join(who[text], " "), text)
	}
}

// line is a view in a line for each status: names with the number of their life,
// the incarnation behind a plus if it is not 0, and the zone.
func line(v *View) string {
	var b strings.Builder
	for status := StatusJoining; status <= StatusRemoved; status++ {
		names := ""
		for m := range v.all() {
			if m.Status != status {
				continue
			}
			names += fmt.Sprintf(" %s.%d", m.ID, Generation(m.Generation).Counter())
			if m.Incarnation > 0 {
				names += fmt.Sprintf("+%d", m.Incarnation)
			}
			if m.Zone != "" {
				names += " in " + m.Zone
			}
		}
		if names != "" {
			fmt.Fprintf(&b, "  %-8s%s\n", status, names)
		}
	}
	return b.String()
}

// all ranges over all members of a view.
func (v *View) all() func(func(Member) bool) {
	return func(yield func(Member) bool) {
		for _, l := range []*memberList{&v.live, &v.gone} {
			for m := range l.values() {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// events prints what nodes were told since they were asked last.
func (p *play) events(words []string) {
	for _, name := range words {
		n := p.node(name)
		for _, e := range n.events[p.told[name]:] {
			switch e := e.(type) {
			case MemberStatusChanged:
				fmt.Fprintf(p, "%s: %s %v → %v\n", name, e.Member.ID, e.From, e.Member.Status)
			case TopologyUpdated:
				if len(e.Blocked) > 0 {
					fmt.Fprintf(p, "%s: keeps out %s\n", name, strings.Join(e.Blocked, " "))
				}
			case Converged:
				fmt.Fprintf(p, "%s: all %d see this\n", name, e.Members)
			case Evicted:
				fmt.Fprintf(p, "%s: evicted, back as life %d\n", name, Generation(e.New).Counter())
			default:
				fmt.Fprintf(p, "%s: %s\n", name, strings.TrimPrefix(fmt.Sprintf("%T", e), "membership."))
			}
		}
		p.told[name] = len(n.events)
	}
}

// accusers prints by whom a node is accused in the eyes of all.
func (p *play) accusers(words []string) {
	var names []string
	for _, name := range p.names {
		n := p.nodes[name]
		if n == nil || n.down {
			continue
		}
		if m, ok := n.View().Get(words[0]); ok {
			names = append(names, m.Accusers...)
		}
	}
	slices.Sort(names)
	fmt.Fprintln(p, strings.Join(slices.Compact(names), " "))
}
