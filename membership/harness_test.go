package membership

import (
	"container/heap"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// cluster runs coordinators in virtual time over a network that is nothing but
// a queue: what is sent is encoded at once and decoded when it arrives.
type cluster struct {
	t      testing.TB
	seed   uint64
	rng    *rand.Rand
	now    Instant
	nodes  []*testNode
	queue  packetQueue
	serial uint64

	// latency is the least time on the way; as much again comes at random.
	latency time.Duration
	loss    float64
	// cut tells whether nothing passes from one address to another.
	cut func(from, to netip.AddrPort) bool
	// log is the hash of everything that any node has put out.
	log hash.Hash
	// spy sees all that is sent, and tap as the network does. With a tap, a node
	// takes each datagram once.
	spy func(from *testNode, out Outbound, size int)
	tap func(packet)

	configure func(*Config)
}

type testNode struct {
	*Coordinator
	cfg    Config
	at     netip.AddrPort
	next   Instant
	down   bool
	events []Event
	gone   []netip.AddrPort
	inbox  []packet
	// notices are what its transport has to say at its next step.
	notices []Inbound
	asleep  Instant
	sent    int
	bytes   int
	taken   map[uint64]bool

	builder ViewBuilder
	told    map[string]Member
	health  map[string]Health
	// apart: the node is isolated.
	apart bool
}

type packet struct {
	due      Instant
	serial   uint64
	from, to netip.AddrPort
	bytes    []byte
}

type packetQueue []packet

func (q packetQueue) Len() int { return len(q) }
func (q packetQueue) Less(i, j int) bool {
	return q[i].due < q[j].due || q[i].due == q[j].due && q[i].serial < q[j].serial
}
func (q packetQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *packetQueue) Push(p any)   { *q = append(*q, p.(packet)) }
func (q *packetQueue) Pop() any {
	last := len(*q) - 1
	p := (*q)[last]
	*q = (*q)[:last]
	return p
}

func newCluster(t testing.TB, seed uint64) *cluster {
	t.Helper()
	t.Logf("seed %d", seed)
	return &cluster{
		t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), now: 1, latency: 500 * time.Microsecond, log: sha256.New(),
	}
}

func addressOf(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 7946)
}

// config returns the configuration of the i-th node.
func (c *cluster) config(i int) Config {
	cfg := Config{
		ID: fmt.Sprintf("node-%03d", i), Cluster: "test", Seed: [2]uint64{c.seed, uint64(i)},
		Endpoints: []Endpoint{{Network: "udp", Address: addressOf(i)}},
	}
	if c.configure != nil {
		c.configure(&cfg)
	}
	return cfg
}

// start makes a node of a configuration and has it join through seeds.
func (c *cluster) start(cfg Config, seeds ...netip.AddrPort) *testNode {
	c.t.Helper()
	coordinator, err := New(cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	n := &testNode{Coordinator: coordinator, cfg: cfg, at: cfg.Endpoints[0].Address}
	for i, old := range c.nodes {
		if old.at == n.at && (old.down || old.Stopped()) {
			c.nodes = append(c.nodes[:i], c.nodes[i+1:]...)
			break
		}
	}
	c.nodes = append(c.nodes, n)
	n.SetSeeds(c.now, seeds)
	if err := n.Join(c.now); err != nil {
		c.t.Fatal(err)
	}
	c.step(n)
	return n
}

// grow starts n nodes together, all through the first.
func (c *cluster) grow(n int) []*testNode {
	c.t.Helper()
	for i := range n {
		c.start(c.config(i), addressOf(0))
	}
	return c.nodes
}

// step gives a node what has arrived, ticks it, and sends what it says.
func (c *cluster) step(n *testNode) {
	for _, p := range n.inbox {
		env := new(hearsayv1.Envelope)
		if err := env.Unmarshal(p.bytes); err != nil {
			c.t.Fatal(err)
		}
		n.Handle(c.now, Inbound{Source: p.from, Network: "udp", Version: 1, Envelope: env})
	}
	n.inbox = n.inbox[:0]
	for _, notice := range n.notices {
		n.Handle(c.now, notice)
	}
	n.notices = n.notices[:0]
	if n.next = n.Tick(c.now, c.wall()); n.next <= c.now {
		c.t.Fatalf("%s: next tick at %d is not after %d", n.cfg.ID, n.next, c.now)
	}
	for _, out := range n.Outbound() {
		c.send(n, out)
	}
	for _, e := range n.Events() {
		n.events = append(n.events, e)
		c.checkEvent(n, e)
		if update, ok := e.(TopologyUpdated); ok {
			fmt.Fprintf(c.log, "%d %s topology %d %x\n", c.now, n.cfg.ID, update.View.Version, update.View.Hash)
		} else {
			fmt.Fprintf(c.log, "%d %s %T %+v\n", c.now, n.cfg.ID, e, e)
		}
	}
	n.gone = append(n.gone, n.Forgotten()...)
}

// wall is what all clocks show.
func (c *cluster) wall() time.Time { return time.Unix(0, int64(c.now)).UTC() }

func (c *cluster) send(n *testNode, out Outbound) {
	bytes := out.Envelope.AppendTo(nil)
	if len(bytes) > n.Coordinator.cfg.DatagramBudget {
		c.t.Fatalf("%s sends %d bytes", n.cfg.ID, len(bytes))
	}
	c.checkHeader(n, out.Envelope)
	n.sent++
	n.bytes += len(bytes)
	var head [16]byte
	binary.LittleEndian.PutUint64(head[:], uint64(c.now))
	c.log.Write(head[:])
	c.log.Write([]byte(out.Target.String()))
	c.log.Write(bytes)
	if c.spy != nil {
		c.spy(n, out, len(bytes))
	}
	if c.loss > 0 && c.rng.Float64() < c.loss || c.cut != nil && c.cut(n.at, out.Target) {
		return
	}
	delay := c.latency + time.Duration(c.rng.Int64N(int64(c.latency)))
	c.serial++
	p := packet{c.now.Add(delay), c.serial, n.at, out.Target, bytes}
	heap.Push(&c.queue, p)
	if c.tap != nil {
		c.tap(p)
	}
}

// takes tells whether a node takes a datagram, which it does once if the
// network is tapped.
func (c *cluster) takes(n *testNode, p packet) bool {
	if c.tap == nil {
		return true
	}
	if n.taken == nil {
		n.taken = map[uint64]bool{}
	}
	isNew := !n.taken[p.serial]
	n.taken[p.serial] = true
	return isNew
}

// checkHeader verifies what must hold of every envelope.
func (c *cluster) checkHeader(n *testNode, env *hearsayv1.Envelope) {
	c.t.Helper()
	// A ProbeRequest brings its own.
	asks := env.Probe != 0 || env.Sum != nil || env.Tags != nil || env.Want != nil || env.Join != nil
	if asks != (env.Sequence != 0) {
		c.t.Fatalf("%s: a sequence where no answer is expected, or none where one is: %+v", n.cfg.ID, env)
	}
	if env.Sender != n.key || env.Generation == 0 {
		c.t.Fatalf("%s: header of %x, generation %x", n.cfg.ID, env.Sender, env.Generation)
	}
	alone := env.Delta == nil && env.Probe == 0 && env.Ack == 0 && len(env.Accusations) == 0 && env.Want == nil
	if env.Sum != nil && !alone {
		c.t.Fatalf("%s: a Sum in company: %+v", n.cfg.ID, env)
	}
}

func (c *cluster) find(at netip.AddrPort) *testNode {
	for _, n := range c.nodes {
		if n.at == at && !n.down {
			return n
		}
	}
	return nil
}

// run lets time pass until done says so, and tells whether it did within limit.
// done is asked after each instant; nil never is.
func (c *cluster) run(limit time.Duration, done func() bool) bool {
	end := c.now.Add(limit)
	for {
		if done != nil && done() {
			return true
		}
		next := Never
		if len(c.queue) > 0 {
			next = c.queue[0].due
		}
		for _, n := range c.nodes {
			if !n.down {
				next = min(next, max(n.next, n.asleep))
			}
		}
		if next > end {
			c.now = end
			return false
		}
		c.now = next
		for len(c.queue) > 0 && c.queue[0].due <= c.now {
			p := heap.Pop(&c.queue).(packet)
			if n := c.find(p.to); n != nil && c.takes(n, p) {
				n.inbox = append(n.inbox, p)
			}
		}
		for _, n := range append([]*testNode(nil), c.nodes...) {
			if !n.down && c.now >= n.asleep && (len(n.inbox) > 0 || n.next <= c.now) {
				c.step(n)
			}
		}
	}
}

// within runs until done says so, and fails after limit.
func (c *cluster) within(limit time.Duration, what string, done func() bool) time.Duration {
	c.t.Helper()
	start := c.now
	if !c.run(limit, done) {
		for _, n := range c.up() {
			c.t.Logf("%s %s: stage %d root %x rumours %d\n%v", n.cfg.ID, n.at, n.stage, n.table.Root(), n.rumours.len(), n.View())
		}
		c.t.Fatalf("not within %v: %s", limit, what)
	}
	return c.now.Sub(start)
}

// up returns the nodes that run.
func (c *cluster) up() []*testNode {
	var up []*testNode
	for _, n := range c.nodes {
		if !n.down && !n.Stopped() {
			up = append(up, n)
		}
	}
	return up
}

// allSee tells whether every node shows exactly n live members of the status,
// and all have the same root and the same hash.
func (c *cluster) allSee(n int, status Status) bool {
	nodes := c.up()
	for _, node := range nodes {
		if node.table.Root() != nodes[0].table.Root() {
			return false
		}
	}
	for _, node := range nodes {
		view := node.View()
		if view.Len() != n || view.Hash != nodes[0].View().Hash {
			return false
		}
		for m := range view.Members() {
			if m.Status != status {
				return false
			}
		}
	}
	return true
}

// crash stops a node without a word.
func (c *cluster) crash(n *testNode) { n.down = true }

// pause has a node stand still until a time: what arrives waits.
func (c *cluster) pause(n *testNode, until Instant) {
	n.asleep = until
	n.next = min(n.next, until)
}

// checkEvent verifies that the events of a node tell one story: each change of a
// member begins where the last one ended and is legal, and the updates alone
// give the view that they carry.
func (c *cluster) checkEvent(n *testNode, e Event) {
	c.t.Helper()
	switch e := e.(type) {
	case TopologyUpdated:
		if view := n.builder.Apply(e); view == nil || !view.Equal(e.View) {
			c.t.Fatalf("%s: the updates give\n%v\nand the view is\n%v", n.cfg.ID, view, e.View)
		}
	case Isolated:
		n.apart = !e.Over
	case MemberHealthChanged:
		was, is := n.health[e.Member.ID], e.Member
		if was != e.From || was == is.Health || !is.Status.Live() {
			c.t.Fatalf("%s: %s was %v, and goes from %v to %v", n.cfg.ID, is.ID, was, e.From, is.Health)
		}
		if n.health == nil {
			n.health = map[string]Health{}
		}
		n.health[is.ID] = is.Health
	case MemberStatusChanged:
		if n.told == nil {
			n.told = map[string]Member{}
		}
		if !e.Member.Status.Live() {
			delete(n.health, e.Member.ID)
		}
		was, is := n.told[e.Member.ID], e.Member
		n.told[is.ID] = is
		if n.apart && is.Status == StatusDead {
			n.told[is.ID] = Member{ID: is.ID, Status: StatusDead} // nobody's verdict: it may come back as it was
		}
		if was.Status != e.From || was.Status == is.Status {
			c.t.Fatalf("%s: %s was %v, and goes from %v to %v", n.cfg.ID, is.ID, was.Status, e.From, is.Status)
		}
		if is.Status == StatusUnknown {
			delete(n.told, is.ID) // forgotten, or kept out
			return
		}
		older := is.Generation < was.Generation || is.Generation == was.Generation && is.Incarnation < was.Incarnation
		risen := is.Generation > was.Generation || is.Incarnation > was.Incarnation
		ended := was.Status == StatusRemoved && is.Generation == was.Generation
		if older || ended || was.Status == StatusDead && is.Status.Live() && !risen {
			c.t.Fatalf("%s: from %+v to %+v", n.cfg.ID, was, is)
		}
	}
}

// check verifies what must hold of every node at any time.
func (c *cluster) check() {
	c.t.Helper()
	for _, n := range c.up() {
		root, view, buckets := n.table.Recount()
		if root != n.table.Root() || view != n.table.ViewHash() || buckets != n.table.Buckets() {
			c.t.Fatalf("%s: sums differ from their recomputation", n.cfg.ID)
		}
		if self := n.table.Self(); self != nil && self.ID() != n.cfg.ID {
			c.t.Fatalf("%s: own record is of %s", n.cfg.ID, self.ID())
		}
	}
}
