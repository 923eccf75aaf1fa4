package sim

import (
	"fmt"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/membership"
)

// Part is a kind of content of envelopes, by which traffic is counted.
type Part uint8

// The parts.
const (
	// PartHeader: the fields that every envelope has, the root among them.
	PartHeader Part = iota
	// PartProbe: probes, acks, requests to helpers and their replies.
	PartProbe
	// PartRecords: records, as rumours or as answers.
	PartRecords
	// PartAccusations: accusations.
	PartAccusations
	// PartReconcile: Sum, Tags and Want.
	PartReconcile
	// PartJoin: Join, JoinAck, challenges and tokens.
	PartJoin
	// PartPayload: replicated state and messages of the application.
	PartPayload

	numParts
)

var partNames = [numParts]string{"header", "probe", "records", "accusations", "reconcile", "join", "payload"}

// String returns the part's name.
func (p Part) String() string { return partNames[p] }

// Traffic is what was sent in a time.
type Traffic struct {
	// NodeSeconds is the time that nodes ran, summed over them.
	NodeSeconds float64
	Packets     uint64
	Bytes       uint64
	// Parts are bytes by part, and Carriers packets by the parts in them.
	Parts, Carriers [numParts]uint64
}

// PerNodeSecond returns packets and bytes per node and second.
func (t Traffic) PerNodeSecond() (packets, bytes float64) {
	if t.NodeSeconds == 0 {
		return 0, 0
	}
	return float64(t.Packets) / t.NodeSeconds, float64(t.Bytes) / t.NodeSeconds
}

// since returns what was sent after an earlier state of the count.
func (t Traffic) since(earlier Traffic) Traffic {
	t.NodeSeconds -= earlier.NodeSeconds
	t.Packets -= earlier.Packets
	t.Bytes -= earlier.Bytes
	for p := range numParts {
		t.Parts[p] -= earlier.Parts[p]
		t.Carriers[p] -= earlier.Carriers[p]
	}
	return t
}

// ledger counts traffic, over the whole run and in windows.
type ledger struct {
	total      Traffic
	windows    []*Window
	sendErrors uint64
	// asked is when a comparison of tables was sent first; 0 if none was.
	asked membership.Instant
}

// Window is a piece of the run whose traffic is counted by itself.
type Window struct {
	Name     string
	From, To membership.Instant
	Traffic  Traffic
	open     bool
}

func (l *ledger) advance(d time.Duration, running int) {
	l.total.NodeSeconds += d.Seconds() * float64(running)
}

// count adds an envelope that was sent.
func (l *ledger) count(n *Node, e *hearsayv1.Envelope) {
	size := e.Size()
	parts := partSizes(e)
	rest := size
	t := &l.total
	for p, bytes := range parts {
		if bytes > 0 {
			t.Parts[p] += uint64(bytes)
			t.Carriers[p]++
			rest -= bytes
		}
	}
	t.Parts[PartHeader] += uint64(max(rest, 0))
	t.Carriers[PartHeader]++
	if l.asked == 0 && e.Sum != nil {
		l.asked = n.cluster.now
	}
	t.Packets++
	t.Bytes += uint64(size)
	n.sent.Packets++
	n.sent.Bytes += uint64(size)
}

// fixed64Field and fixed32Field are what a fixed-width field takes, with a tag
// of one byte.
const (
	fixed64Field = 9
	fixed32Field = 5
)

// partSizes returns the bytes of each part but the header: exact up to the few
// bytes of tags and lengths.
func partSizes(e *hearsayv1.Envelope) (sizes [numParts]int) {
	if e.Probe != 0 {
		sizes[PartProbe] += fixed64Field
	}
	if e.Ack != 0 {
		sizes[PartProbe] += fixed32Field
	}
	if e.ProbeRequest != nil {
		sizes[PartProbe] += nested(e.ProbeRequest.Size())
	}
	if e.ProbeReply != nil {
		sizes[PartProbe] += nested(e.ProbeReply.Size())
	}
	if e.Delta != nil {
		sizes[PartRecords] += nested(e.Delta.Size())
	}
	for i := range e.Accusations {
		sizes[PartAccusations] += nested(e.Accusations[i].Size())
	}
	if e.Sum != nil {
		sizes[PartReconcile] += nested(e.Sum.Size())
	}
	if e.Tags != nil {
		sizes[PartReconcile] += nested(e.Tags.Size())
	}
	if e.Want != nil {
		sizes[PartReconcile] += nested(e.Want.Size())
	}
	if e.Join != nil {
		sizes[PartJoin] += nested(e.Join.Size())
	}
	if e.JoinAck != nil {
		sizes[PartJoin] += nested(e.JoinAck.Size())
	}
	if len(e.Challenge) > 0 {
		sizes[PartJoin] += nested(len(e.Challenge))
	}
	if len(e.Token) > 0 {
		sizes[PartJoin] += nested(len(e.Token))
	}
	for i := range e.State {
		sizes[PartPayload] += nested(e.State[i].Size())
	}
	for i := range e.App {
		sizes[PartPayload] += nested(e.App[i].Size())
	}
	return sizes
}

// nested returns what a part of a size takes in an envelope: its length and a
// tag of one byte, two for the fields from 16 on, of which none is counted
// apart.
func nested(size int) int {
	if size < 128 {
		return size + 2
	}
	return size + 3
}

// Measure begins to count traffic under a name.
func (c *Cluster) Measure(name string) {
	c.ledger.windows = append(c.ledger.windows, &Window{Name: name, From: c.now, Traffic: c.ledger.total, open: true})
}

// EndMeasure ends the count of that name.
func (c *Cluster) EndMeasure(name string) {
	for _, w := range c.ledger.windows {
		if w.Name == name && w.open {
			w.close(c)
		}
	}
}

func (w *Window) close(c *Cluster) {
	w.open, w.To = false, c.now
	w.Traffic = c.ledger.total.since(w.Traffic)
}

// Windows returns the pieces of the run whose traffic was counted by itself.
// Those that are open end now.
func (c *Cluster) Windows() []*Window {
	for _, w := range c.ledger.windows {
		if w.open {
			w.close(c)
		}
	}
	return c.ledger.windows
}

// Asked returns when a comparison of tables was sent first; 0 if none was.
func (c *Cluster) Asked() membership.Instant { return c.ledger.asked }

// Traffic returns what was sent in the whole run.
func (c *Cluster) Traffic() Traffic { return c.ledger.total }

// Describe says of what parts an envelope is made, with their sizes in bytes.
func Describe(e *hearsayv1.Envelope) string {
	text := fmt.Sprintf("%d B", e.Size())
	for part, size := range partSizes(e) {
		if size > 0 {
			text += fmt.Sprintf(", %v %d", Part(part), size)
		}
	}
	if e.Delta != nil {
		text += fmt.Sprintf(", %d records", len(e.Delta.Records))
	}
	return text
}
