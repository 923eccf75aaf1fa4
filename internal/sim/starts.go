package sim

import (
	"fmt"
	"math"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// scheduleStarts puts the start of every node on the timeline.
func (c *Cluster) scheduleStarts() error {
	if c.options.Converged {
		return c.startConverged()
	}
	rng := stream(c.options.Seed, "starts", -1)
	for _, n := range c.nodes {
		at := time.Duration(0)
		if c.options.StartSpread > 0 {
			at = time.Duration(rng.Int64N(int64(c.options.StartSpread)))
		}
		c.At(at, boot{n})
	}
	return nil
}

// boot is the start of a node as an entry of the timeline.
type boot struct{ node *Node }

// Apply starts the node.
func (b boot) Apply(*Cluster) error { return b.node.Start(Lifetime{}) }

// String names the node.
func (b boot) String() string { return "start " + b.node.id }

// startConverged starts all nodes at once, each in the middle of its life with
// the whole table merged.
func (c *Cluster) startConverged() error {
	records := make([]hearsayv1.NodeRecord, len(c.nodes))
	for i, n := range c.nodes {
		records[i] = c.recordOf(n)
	}
	snapshot, err := membership.NewSnapshot(records)
	if err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	outdated := snapshot
	if c.options.Outdated > 0 {
		for i := range c.options.Outdated {
			records[i].Version--
		}
		if outdated, err = membership.NewSnapshot(records); err != nil {
			return fmt.Errorf("sim: %w", err)
		}
	}
	for i, n := range c.nodes {
		if i == len(c.nodes)-1 {
			snapshot = outdated
		}
		if err := n.boot(Lifetime{}); err != nil {
			return err
		}
		n.coordinator.SetSeeds(0, c.seeds())
		if err := n.coordinator.Import(0, snapshot); err != nil {
			return fmt.Errorf("sim: %s: %w", n.id, err)
		}
		if n.service != nil {
			c.Later(0, n.serve)
		}
	}
	return nil
}

// unknownField is a field of OwnerPart that this version of the software does
// not know: number 200, three bytes.
var unknownField = []byte{0xc2, 0x0c, 3, 'n', 'e', 'w'}

// wireVersion is the wire version that all nodes understand.
const wireVersion = 1

// newer tells whether the node runs a version of the software that is newer
// than that of the others.
func (n *Node) newer() bool {
	return float64(n.index) < n.cluster.options.Newer*float64(n.cluster.options.Nodes)
}

// wireMax returns the highest wire version that the node understands.
func (n *Node) wireMax() uint8 {
	if n.newer() && n.cluster.options.NewerWire {
		return wireVersion + 1
	}
	return wireVersion
}

// recordOf returns the record of a node that starts in the middle of its life.
func (c *Cluster) recordOf(n *Node) hearsayv1.NodeRecord {
	ip := n.address.Addr().As4()
	part := hearsayv1.OwnerPart{
		Endpoints: []hearsayv1.Endpoint{{Transport: memory.NetworkName, IP: ip[:], Port: uint32(n.address.Port())}},
		Zone:      n.zone, Status: hearsayv1.NodeStatusUp, WireMin: wireVersion, WireMax: uint32(n.wireMax()),
	}
	nonce := streamSeed(c.options.Seed, "nonce", n.index)[0] >> 32
	record := hearsayv1.NodeRecord{ID: n.id, Generation: 1<<32 | nonce, Version: 2, Owner: part.AppendTo(nil)}
	if n.newer() {
		record.Owner = append(record.Owner, unknownField...)
	}
	if c.options.Brink {
		record.Version, record.Incarnation = math.MaxUint32, math.MaxUint32
	}
	return record
}
