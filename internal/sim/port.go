package sim

import (
	"net/netip"

	"github.com/hearsay-gossip/hearsay/transport"
)

// maxHeld bounds what a blocked node has sent and not got rid of, as a socket
// buffer does.
const maxHeld = 1024

// port is a node's transport: the memory transport, behind a gate that can
// block and slow it, with checkers and the ledger looking on.
type port struct {
	transport.Transport
	node *Node
	// waiting is how many envelopes arrived and were not polled.
	waiting int
	// allowance is how many envelopes this step may still poll.
	allowance int
	held      []transport.Outbound
	scratch   []byte
	dialler   dialler
}

// Send is transport.Transport's. While the node is blocked it holds a copy.
func (p *port) Send(out transport.Outbound) error {
	if c := p.node.cluster; c.watching() {
		c.checkers.handed(c, p.node, out)
	}
	if !p.node.blocked {
		return p.leave(out)
	}
	if len(p.held) >= maxHeld {
		return &transport.SendError{Target: out.Target, Err: transport.ErrQueueFull}
	}
	out.Envelope = out.Envelope.Clone()
	p.held = append(p.held, out)
	return nil
}

// leave sends an envelope over a connection, where there are connections.
func (p *port) leave(out transport.Outbound) error {
	if p.node.cluster.options.Dialling.Takes > 0 {
		return p.dial(out)
	}
	return p.pass(out)
}

// pass hands an envelope to the network.
func (p *port) pass(out transport.Outbound) error {
	c := p.node.cluster
	encoded := c.watching() || c.recorder != nil
	if encoded {
		p.scratch = out.Envelope.AppendTo(p.scratch[:0])
	}
	if err := p.Transport.Send(out); err != nil {
		return err
	}
	c.ledger.count(p.node, out.Envelope)
	if c.recorder != nil {
		c.recorder.record(p.node.address, out, p.scratch)
	}
	if c.watching() {
		c.logPacket(p.node, out, p.scratch)
		c.checkers.sent(c, p.node, out, p.scratch)
	}
	return nil
}

// release sends what was held.
func (p *port) release() {
	held := p.held
	p.held = nil
	for _, out := range held {
		// What no longer fits is lost, as it would be in a full buffer.
		if err := p.leave(out); err != nil {
			p.node.cluster.ledger.sendErrors++
		}
	}
}

// Poll is transport.Transport's. It returns nothing while the node is blocked,
// and little while it is slow.
func (p *port) Poll(dst []transport.Inbound) (int, error) {
	if p.node.blocked || p.allowance <= 0 {
		return 0, nil
	}
	if len(p.dialler.notices) > 0 {
		return p.takeNotices(dst), nil
	}
	got, err := p.Transport.Poll(dst[:min(len(dst), p.allowance)])
	p.waiting = max(0, p.waiting-got)
	if got == 0 {
		p.waiting = 0
	}
	p.allowance -= got
	if c := p.node.cluster; c.watching() {
		for i := range got {
			c.checkers.received(c, p.node, dst[i])
		}
	}
	return got, err
}

// Forget is transport.Transport's.
func (p *port) Forget(target netip.AddrPort) {
	p.hangUp(target)
	p.Transport.Forget(target)
}

// arrived is called by the network when there is something to poll.
func (p *port) arrived() {
	p.waiting++
	if !p.node.blocked {
		p.node.cluster.wake(p.node)
	}
}

// watching tells whether every datagram is looked at.
func (c *Cluster) watching() bool { return c.options.Checking == CheckEveryStep }

// logPacket puts a datagram into the event log's hash.
func (c *Cluster) logPacket(n *Node, out transport.Outbound, encoded []byte) {
	line := c.log.begin(c.now, n.id)
	line.line = append(line.line, " sends "...)
	line.line = out.Target.AppendTo(line.line)
	line.number("bytes", uint64(len(encoded))).hex("sum", sum64(encoded)).endPacket()
}

// sum64 is FNV-1a.
func sum64(b []byte) uint64 {
	hash := uint64(0xcbf29ce484222325)
	for _, x := range b {
		hash = (hash ^ uint64(x)) * 0x100000001b3
	}
	return hash
}
