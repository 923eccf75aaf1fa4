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
	maxLate    = 64
)

// roundWaits is how many time-outs one round of a probe takes: one for the
// direct probe, one for the helper's and one for the way to it and back.
const roundWaits = 3

// prober sends probes and finds out what became of them (SWIM §3.1): a direct
// one, and if that is not answered in time one through each of a few helpers
// and another direct one. It judges nobody; outcomes go to the detector.
type prober struct {
	flights []flight
	relays  []relay
	// late are tries that were given up: an answer still tells how long it
	// took.
	late []lateTry
	// answerer is the member that answered this node last.
	answerer uint64
	rtt      rttEstimator
	report   periodReport
}

// flight is a probe that waits for its answer.
type flight struct {
	outcome
	// tries are the direct probes, two in each round, each with a sequence of
	// its own; made is how many there were.
	tries [2 * witnessRounds]try
	made  int
	// relayed is in the requests to helpers: who helps cannot answer for the
	// subject.
	relayed  uint32
	address  netip.AddrPort
	deadline Instant
	wait     time.Duration
	indirect bool
	// round counts the repetitions. asked are all helpers so far; those from
	// first on were asked in this round, and replied has a bit for each.
	round   int
	asked   []uint64
	first   int
	replied uint32
}

// try is one direct probe.
type try struct {
	sequence uint32
	sent     Instant
}

// lateTry is one that was given up.
type lateTry struct {
	try
	subject uint64
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
	to, ok := c.straight(e)
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
		outcome: outcome{subject: e.Key(), generation: e.Generation(), incarnation: e.Incarnation()},
		address: to.address, deadline: c.now.Add(wait), wait: wait,
	}
	c.stats.ProbesSent++
	p.report.sent++
	p.try(c, &f, to)
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
	f.relayed, f.indirect = 0, false
	f.first, f.replied, f.helpers = len(f.asked), 0, 0
	f.wait = max(f.wait, p.rtt.timeout())
	f.deadline = c.now.Add(f.wait)
	p.try(c, f, to)
	return true
}

// try sends a direct probe of a flight.
func (p *prober) try(c *Coordinator, f *flight, to destination) {
	sequence := c.random.sequence()
	f.tries[f.made] = try{sequence, c.now}
	f.made++
	p.send(c, to, sequence)
}

// answered returns when the probe was sent that a sequence answers.
func (f *flight) answered(sequence uint32) (sent Instant, ok bool) {
	for _, t := range f.tries[:f.made] {
		if t.sequence == sequence {
			return t.sent, true
		}
	}
	return 0, false
}

// flightTarget returns where the subject of a probe is reached, if that is
// where the probe went.
func (c *Coordinator) flightTarget(f *flight) (destination, bool) {
	e := c.member(f.subject)
	if e == nil || e.Generation() != f.generation {
		return destination{}, false
	}
	to, ok := c.straight(e)
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
			p.drop(i)
		case !f.indirect && p.askHelpers(c, f):
			i++
		default:
			p.finish(c, i)
		}
	}
	p.expireRelays(c)
}

// askHelpers turns to the second half of a probe. It tells whether there is
// one: whoever left or was forgotten meanwhile is not probed on.
func (p *prober) askHelpers(c *Coordinator, f *flight) bool {
	subject := c.member(f.subject)
	if subject == nil {
		return false
	}
	f.indirect, f.relayed = true, c.random.sequence()
	f.deadline = c.now.Add((roundWaits - 1) * f.wait)
	p.rtt.backOff()
	if to, ok := c.roundabout(subject); ok {
		p.try(c, f, to)
	}
	request := hearsayv1.ProbeRequest{
		Target: f.subject, Generation: uint64(f.generation), Incarnation: uint32(f.incarnation),
		Sequence: f.relayed, TimeoutMicros: uint32(f.wait / time.Microsecond),
	}
	count := min(c.cfg.IndirectProbes, maxHelpers)
	// Who answered last is likely to answer again. On the small side of a
	// split, the others are not.
	if e := c.member(p.answerer); e != nil && p.answerer != f.subject && !e.Accused() && !slices.Contains(f.asked, p.answerer) {
		p.ask(c, f, &request, []*Entry{e})
	}
	// Other helpers than before, as long as there are any.
	p.ask(c, f, &request, c.pickPeers(count-f.helpers, func(e *Entry) bool {
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
	p.drop(i)
	f.answers = p.report.acks + p.report.nacks
	subject := c.member(f.subject)
	if subject == nil || subject.Generation() != f.generation {
		return
	}
	if !f.acked {
		if to, ok := c.straight(subject); ok && to.address != f.address {
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
// from the right life it ends the probe well. From anybody else it is evidence
// that the subject is not at its address, unless the subject answers in time,
// too: then somebody on the way has shown the probe to others.
func (p *prober) ack(c *Coordinator, from *correspondent) {
	env := from.envelope
	for i := range p.flights {
		f := &p.flights[i]
		sent, ok := f.answered(env.Ack)
		if !ok {
			continue
		}
		p.report.acks++
		if env.Sender != f.subject || env.Generation != f.generation.Nonce() {
			f.hard = hearsayv1.EvidenceWrongIdentity
			return
		}
		f.acked = true
		p.answerer = f.subject
		if subject := c.member(f.subject); subject != nil {
			c.answeredBy(subject, from.in.Network)
		}
		f.rtt = c.now.Sub(sent)
		p.rtt.observe(f.rtt)
		p.finish(c, i)
		return
	}
	if c.isolation.silent > 0 && from.current {
		p.answerer = env.Sender // to nobody in particular, but it can help
	}
	if !p.ackRelay(c, env) {
		p.ackLate(c, env)
	}
}

// ackLate takes an answer to a try that was given up: it tells how long it has
// to be waited, and nothing else. What took longer than could ever be waited
// says more about the other's pauses than about the way.
func (p *prober) ackLate(c *Coordinator, env *hearsayv1.Envelope) {
	for i, t := range p.late {
		if t.sequence == env.Ack && t.subject == env.Sender {
			p.late = slices.Delete(p.late, i, i+1)
			if rtt := c.now.Sub(t.sent); rtt <= roundWaits*p.rtt.most {
				p.rtt.observe(rtt)
			}
			return
		}
	}
}

// drop takes a flight off the list, and remembers what of it was not answered.
func (p *prober) drop(i int) {
	f := &p.flights[i]
	if !f.acked {
		for _, t := range f.tries[:f.made] {
			if len(p.late) == maxLate {
				p.late = slices.Delete(p.late, 0, 1)
			}
			p.late = append(p.late, lateTry{t, f.subject})
		}
	}
	p.flights = slices.Delete(p.flights, i, i+1)
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
		p.answerer = from.envelope.Sender
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

// notice takes what a transport learned of a target. Only what is about the
// target counts as evidence; the rest is about this node, whose probes of that
// target may never have left it, and are void.
//
// A refusal is in between, and so is a transport that has just tried in vain: it
// may be this node's own fault, and is no evidence, but nobody answers for the
// subject. The probe has failed, and it takes a helper's word to accuse. Were it
// void, a dead member whose address went to a stranger, or which a transport
// leaves alone for longer and longer, would never be found.
func (p *prober) notice(c *Coordinator, in *Inbound) {
	hard := hearsayv1.EvidenceUnspecified
	switch in.Notice {
	case NoticeUnreachable:
		hard = hearsayv1.EvidenceUnreachable
	case NoticeWrongIdentity:
		hard = hearsayv1.EvidenceWrongIdentity
	case NoticeRefused:
		p.report.troubles++
		p.refuseRelays(c, in.Source)
	case NoticeBackoff:
		p.refuseRelays(c, in.Source)
	default:
		p.report.troubles++
		p.void(c, in.Source)
		return
	}
	for i := range p.flights {
		f := &p.flights[i]
		if f.address != in.Source {
			continue
		}
		if hard != hearsayv1.EvidenceUnspecified {
			f.hard = hard
		}
		if !f.indirect {
			f.deadline = c.now // there is no answer to wait for
		}
	}
}

// void forgets the probes of an address, for this node and for others.
func (p *prober) void(c *Coordinator, address netip.AddrPort) {
	for i := len(p.flights) - 1; i >= 0; i-- {
		if p.flights[i].address == address {
			c.stats.ProbesVoided++
			p.drop(i)
		}
	}
	p.relays = slices.DeleteFunc(p.relays, func(r relay) bool { return r.address == address })
}
