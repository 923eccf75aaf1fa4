package membership

import (
	"net/netip"
	"slices"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// relay is a probe that this node sends for another.
type relay struct {
	subject  uint64
	sequence uint32
	address  netip.AddrPort
	asker    destination
	answer   uint32
	deadline Instant
	wait     time.Duration
}

// request probes a third node for a member that could not reach it. Of whom it
// does not know it says nothing: a nack would be a witness's word.
func (p *prober) request(c *Coordinator, from *correspondent) {
	request := from.envelope.ProbeRequest
	if !from.current || !c.hasRecord() || request.Sequence == 0 || len(p.relays) >= maxRelays {
		return
	}
	r := relay{
		subject: request.Target, asker: c.reply(from), answer: request.Sequence, sequence: c.random.sequence(),
	}
	if request.Target == c.key {
		p.answer(c, &r, hearsayv1.ProbeReply{
			Result: hearsayv1.ProbeResultAck, Generation: c.nonce, Incarnation: uint32(c.table.Self().Incarnation()),
		})
		return
	}
	subject := c.table.Lookup(request.Target)
	if subject == nil {
		return
	}
	to, ok := c.toward(subject)
	if !ok {
		return
	}
	r.wait = time.Duration(request.TimeoutMicros) * time.Microsecond
	r.wait = min(max(r.wait, time.Millisecond), c.cfg.Period)
	r.deadline, r.address = c.now.Add(r.wait), to.address
	p.relays = append(p.relays, r)
	p.send(c, to, r.sequence)
}

// answer tells an asker what became of its request.
func (p *prober) answer(c *Coordinator, r *relay, reply hearsayv1.ProbeReply) {
	d := c.open(r.asker)
	d.reply = reply
	d.reply.Target, d.reply.Sequence = r.subject, r.answer
	d.envelope.ProbeReply = &d.reply
	c.post(d)
}

// ackRelay passes an answer on to whoever asked for it. It tells whether the
// answer was to such a probe.
func (p *prober) ackRelay(c *Coordinator, env *hearsayv1.Envelope) bool {
	for i := range p.relays {
		r := &p.relays[i]
		if r.sequence != env.Ack {
			continue
		}
		if env.Sender == r.subject {
			p.answer(c, r, hearsayv1.ProbeReply{
				Result: hearsayv1.ProbeResultAck, Generation: env.Generation, Incarnation: env.Incarnation,
			})
			p.relays = slices.Delete(p.relays, i, i+1)
		}
		return true
	}
	return false
}

// expireRelays tells those who asked that nobody answered in time.
func (p *prober) expireRelays(c *Coordinator) {
	for i := 0; i < len(p.relays); {
		r := &p.relays[i]
		if c.now < r.deadline {
			i++
			continue
		}
		if !overslept(c.now, r.deadline, r.wait) {
			p.answer(c, r, hearsayv1.ProbeReply{Result: hearsayv1.ProbeResultNack})
		}
		p.relays = slices.Delete(p.relays, i, i+1)
	}
}

// refuseRelays has those answered who asked for a probe of an address where
// nobody accepts this node: there is no answer to wait for.
func (p *prober) refuseRelays(c *Coordinator, address netip.AddrPort) {
	for i := range p.relays {
		if p.relays[i].address == address {
			p.relays[i].deadline = c.now
		}
	}
}
