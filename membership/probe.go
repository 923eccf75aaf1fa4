package membership

import (
	"net/netip"
	"slices"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Bounds of what the prober holds at once.
const (
	maxFlights = 64
	maxRelays  = 256
	maxHelpers = 16
)

// prober sends probes and finds out what became of them (SWIM §3.1): a direct
// one, and if that is not answered in time one through each of a few helpers
// and another direct one. It judges nobody; outcomes go to the detector.
type prober struct {
	flights []flight
	relays  []relay
	rtt     rttEstimator
	report  periodReport
}

// flight is a probe that waits for its answer.
type flight struct {
	outcome
	// sequence is in the direct probes, relayed in the requests to helpers:
	// who helps cannot answer for the subject.
	sequence, relayed uint32
	address           netip.AddrPort
	sent, deadline    Instant
	wait              time.Duration
	indirect          bool
	// round counts the repetitions. asked are all helpers so far; those from
	// first on were asked in this round, and replied has a bit for each.
	round   int
	asked   []uint64
	first   int
	replied uint32
}

// relay is a probe that this node sends for another.
type relay struct {
	subject  uint64
	sequence uint32
	asker    destination
	answer   uint32
	deadline Instant
	wait     time.Duration
}

func newProber(period time.Duration) prober { return prober{rtt: newRTTEstimator(period)} }

// next returns the earliest deadline.
func (p *prober) next() Instant {
	next := Never
	for i := range p.flights {
		next = min(next, p.flights[i].deadline)
	}
	for i := range p.relays {
		next = min(next, p.relays[i].deadline)
	}
	return next
}

// start probes a member, unless it is being probed.
func (p *prober) start(c *Coordinator, e *Entry) {
	to, ok := c.toward(e)
	if !ok && c.displaced(e) {
		// Another node is there: this one. Nothing needs to be sent.
		c.detector.probed(outcome{
			subject: e.Key(), generation: e.Generation(), incarnation: e.Incarnation(),
			hard: hearsayv1.EvidenceWrongIdentity,
		})
		return
	}
	if !ok || len(p.flights) >= maxFlights {
		c.stats.ProbesSkipped++
		return
	}
	for i := range p.flights {
		if p.flights[i].subject == e.Key() {
			return
		}
	}
	wait := p.rtt.timeout() * time.Duration(c.detector.stretch())
	f := flight{
		outcome:  outcome{subject: e.Key(), generation: e.Generation(), incarnation: e.Incarnation()},
		sequence: c.random.sequence(), address: to.address,
		sent: c.now, deadline: c.now.Add(wait), wait: wait,
	}
	c.stats.ProbesSent++
	p.report.sent++
	p.send(c, to, f.sequence)
	p.flights = append(p.flights, f)
}

// again makes a probe that failed once more, from its begin and under another
// sequence. It tells whether it did: whoever left, moved or was forgotten
// meanwhile is not probed on.
func (p *prober) again(c *Coordinator, f *flight) bool {
	to, ok := c.flightTarget(f)
	if !ok {
		return false
	}
	f.round++
	f.sequence, f.relayed, f.indirect = c.random.sequence(), 0, false
	f.first, f.replied, f.helpers, f.nacks = len(f.asked), 0, 0, 0
	f.sent, f.deadline = c.now, c.now.Add(f.wait)
	p.send(c, to, f.sequence)
	return true
}

// flightTarget returns where the subject of a probe is reached, if that is
// where the probe went.
func (c *Coordinator) flightTarget(f *flight) (destination, bool) {
	e := c.member(f.subject)
	if e == nil || e.Generation() != f.generation {
		return destination{}, false
	}
	to, ok := c.toward(e)
	return to, ok && to.address == f.address
}

// send sends a probe.
func (p *prober) send(c *Coordinator, to destination, sequence uint32) {
	d := c.open(to)
	d.envelope.Probe = to.key
	d.envelope.Sequence = sequence
	c.postFilled(d)
}

// expire ends what has waited long enough.
func (p *prober) expire(c *Coordinator) {
	for i := 0; i < len(p.flights); {
		f := &p.flights[i]
		switch {
		case c.now < f.deadline:
			i++
		case overslept(c.now, f.deadline, f.wait):
			c.stats.ProbesVoided++
			p.report.voided++
			p.flights = slices.Delete(p.flights, i, i+1)
		case !f.indirect && p.askHelpers(c, f):
			i++
		default:
			p.finish(c, i)
		}
	}
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

// askHelpers turns to the second half of a probe. It tells whether there is
// one: whoever left or was forgotten meanwhile is not probed on.
func (p *prober) askHelpers(c *Coordinator, f *flight) bool {
	subject := c.member(f.subject)
	if subject == nil {
		return false
	}
	f.indirect, f.relayed = true, c.random.sequence()
	f.deadline = c.now.Add(2 * f.wait)
	if to, ok := c.toward(subject); ok {
		p.send(c, to, f.sequence)
	}
	request := hearsayv1.ProbeRequest{
		Target: f.subject, Generation: uint64(f.generation), Incarnation: uint32(f.incarnation),
		Sequence: f.relayed, TimeoutMicros: uint32(f.wait / time.Microsecond),
	}
	count := min(c.cfg.IndirectProbes, maxHelpers)
	// Other helpers than before, as long as there are any.
	p.ask(c, f, &request, c.pickPeers(count, func(e *Entry) bool {
		return e.Key() == f.subject || e.Accused() || !e.Live() || slices.Contains(f.asked, e.Key())
	}))
	if f.first > 0 && f.helpers < count {
		p.ask(c, f, &request, c.pickPeers(count-f.helpers, func(e *Entry) bool {
			return e.Key() == f.subject || e.Accused() || !e.Live() || slices.Contains(f.asked[f.first:], e.Key())
		}))
	}
	return true
}

// ask sends a request to helpers.
func (p *prober) ask(c *Coordinator, f *flight, request *hearsayv1.ProbeRequest, helpers []*Entry) {
	for _, helper := range helpers {
		to, ok := c.toward(helper)
		if !ok {
			continue
		}
		f.asked = append(f.asked, helper.Key())
		f.helpers++
		d := c.open(to)
		d.request = *request
		d.envelope.ProbeRequest = &d.request
		c.postFilled(d)
	}
}

// finish ends a flight and reports its outcome.
func (p *prober) finish(c *Coordinator, i int) {
	if f := &p.flights[i]; !f.acked && f.hard == hearsayv1.EvidenceUnspecified && f.nacks > 0 &&
		f.round+1 < c.detector.rounds() && p.again(c, f) {
		return
	}
	f := p.flights[i]
	p.flights = slices.Delete(p.flights, i, i+1)
	f.answers = p.report.acks + p.report.nacks
	subject := c.member(f.subject)
	if subject == nil || subject.Generation() != f.generation {
		return
	}
	if !f.acked {
		if to, ok := c.toward(subject); ok && to.address != f.address {
			return // it has moved meanwhile: the old address says nothing
		}
		c.stats.ProbesFailed++
	}
	c.detector.probed(f.outcome)
}

// heard notes that an envelope of a member's current life arrived.
func (p *prober) heard(key uint64) {
	for i := range p.flights {
		if p.flights[i].subject == key {
			p.flights[i].heard = true
		}
	}
}

// ack takes an answer to a probe. It counts if it repeats a sequence in flight:
// from the right life it ends the probe well, and from anybody else it is
// evidence that the subject is not at its address.
func (p *prober) ack(c *Coordinator, from *correspondent) {
	env := from.envelope
	for i := range p.flights {
		f := &p.flights[i]
		if f.sequence != env.Ack {
			continue
		}
		if env.Sender == f.subject && env.Generation == f.generation.Nonce() {
			f.acked = true
			if !f.indirect {
				f.rtt = c.now.Sub(f.sent)
				p.rtt.observe(f.rtt)
			}
		} else {
			f.hard = hearsayv1.EvidenceWrongIdentity
		}
		p.report.acks++
		p.finish(c, i)
		return
	}
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
		return
	}
}

// reply takes what a helper saw. Each helper that was asked counts once.
func (p *prober) reply(c *Coordinator, from *correspondent) {
	reply := from.envelope.ProbeReply
	for i := range p.flights {
		f := &p.flights[i]
		if !f.indirect || f.relayed != reply.Sequence || f.subject != reply.Target {
			continue
		}
		helper := slices.Index(f.asked[f.first:], from.envelope.Sender)
		if helper < 0 || f.replied&(1<<helper) != 0 {
			return
		}
		f.replied |= 1 << helper
		switch {
		case reply.Result == hearsayv1.ProbeResultNack:
			f.nacks++
			p.report.nacks++
			return
		case reply.Result != hearsayv1.ProbeResultAck:
			return
		case reply.Generation == f.generation.Nonce():
			f.acked = true
		default:
			f.hard = hearsayv1.EvidenceWrongIdentity
		}
		p.report.acks++
		p.finish(c, i)
		return
	}
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
	r.deadline = c.now.Add(r.wait)
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

// notice takes what a transport learned of a target. Only what is about the
// target counts as evidence; the rest is about this node.
func (p *prober) notice(c *Coordinator, in *Inbound) {
	hard := hearsayv1.EvidenceUnspecified
	switch in.Notice {
	case NoticeUnreachable:
		hard = hearsayv1.EvidenceUnreachable
	case NoticeWrongIdentity:
		hard = hearsayv1.EvidenceWrongIdentity
	default:
		p.report.troubles++
		return
	}
	for i := range p.flights {
		f := &p.flights[i]
		if f.address != in.Source {
			continue
		}
		f.hard = hard
		if !f.indirect {
			f.deadline = c.now // there is no answer to wait for
		}
	}
}
