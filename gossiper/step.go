package gossiper

import (
	"errors"
	"fmt"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// Step does all there is to do at now, in this order: it runs what Do has
// brought; polls the transport and hands everything to the coordinator, before
// any deadline can fire, so that an answer that has arrived counts; lets the
// coordinator do what is due; sends; stores the new view; publishes.
//
// It returns the errors that it met, joined: those of Poll, and those of Send,
// each of which is a SendFailed event and a counter as well, and which the
// coordinator hears of in the next step. None of them keeps the rest of the work
// from being done, except that of a closed transport: that is
// ErrTransportClosed, and time does not move on.
//
// Tests and simulators call Step themselves. It is not safe for concurrent use,
// and must not be mixed with Start; now must not go back.
func (g *Gossiper) Step(now membership.Instant) error {
	g.counts.steps.Add(1)
	defer g.release()
	g.runMailbox(now)
	g.confess(now)
	if err := g.drain(now); err != nil {
		return err
	}
	g.deadline = g.cfg.Coordinator.Tick(now, g.cfg.Wall())
	g.send()
	for _, target := range g.cfg.Coordinator.Forgotten() {
		g.cfg.Transport.Forget(target)
	}
	g.publish()
	err := errors.Join(g.errs...)
	g.errs = emptied(g.errs)
	return err
}

// Deadline returns when the coordinator wants the next step, as it said in the
// last one; 0 before the first. It belongs to whoever calls Step.
func (g *Gossiper) Deadline() membership.Instant { return g.deadline }

// confess tells the coordinator of the sends that were refused in the step
// before. That is this node's trouble and says nothing of the target, as with
// envelopes that have waited too long: it is the same notice, unless the
// transport refused because it has just tried in vain.
func (g *Gossiper) confess(now membership.Instant) {
	for i := range g.refused {
		g.cfg.Coordinator.Handle(now, g.refused[i])
	}
	g.refused = emptied(g.refused)
}

// drain polls and handles until nothing is left or the bound is met. What is
// left then stays signalled by the transport: the next step follows at once,
// and the deadlines of this one fire in between.
func (g *Gossiper) drain(now membership.Instant) error {
	for range g.cfg.MaxPollsPerStep {
		n, err := g.cfg.Transport.Poll(g.inbox)
		for i := range n {
			g.handle(now, &g.inbox[i])
		}
		clear(g.inbox[:n]) // the envelopes are the transport's again
		switch {
		case errors.Is(err, transport.ErrClosed):
			return ErrTransportClosed
		case err != nil:
			g.counts.pollsFailed.Add(1)
			g.errs = append(g.errs, fmt.Errorf("gossiper: poll: %w", err))
			return nil
		case n < len(g.inbox):
			return nil
		}
	}
	g.counts.overruns.Add(1)
	return nil
}

func (g *Gossiper) handle(now membership.Instant, in *transport.Inbound) {
	g.counts.handled.Add(1)
	notice := membership.NoticeNone
	if in.Notice != transport.NoticeNone {
		g.counts.notices.Add(1)
		g.failed = append(g.failed, SendFailed{
			Target: in.Source,
			Err:    &NoticeError{Notice: in.Notice, Identity: in.Identity},
		})
		if notice = coordinatorNotice(in.Notice); notice == membership.NoticeNone {
			return
		}
	}
	g.cfg.Coordinator.Handle(now, membership.Inbound{
		Source:   in.Source,
		Network:  in.Network,
		Identity: in.Identity,
		Version:  in.Version,
		Envelope: in.Envelope,
		Notice:   notice,
	})
}

// coordinatorNotice names a transport's notice in the coordinator's terms. One
// that is not known here is an event and no evidence: NoticeNone.
func coordinatorNotice(n transport.Notice) membership.Notice {
	switch n {
	case transport.NoticeUnreachable:
		return membership.NoticeUnreachable
	case transport.NoticeWrongIdentity:
		return membership.NoticeWrongIdentity
	case transport.NoticeRefused:
		return membership.NoticeRefused
	case transport.NoticeExpired:
		return membership.NoticeExpired
	default:
		return membership.NoticeNone
	}
}

func (g *Gossiper) send() {
	outbound := g.cfg.Coordinator.Outbound()
	for i := range outbound {
		out := &outbound[i]
		err := g.cfg.Transport.Send(transport.Outbound{
			Target:   out.Target,
			Network:  out.Network,
			Expect:   out.Expect,
			Version:  out.Version,
			Envelope: out.Envelope,
		})
		if err == nil {
			g.counts.sent.Add(1)
			continue
		}
		g.counts.sendsFailed.Add(1)
		g.errs = append(g.errs, err)
		g.failed = append(g.failed, SendFailed{Target: out.Target, Err: err})
		notice := membership.NoticeExpired
		if errors.Is(err, transport.ErrBackoff) {
			notice = membership.NoticeBackoff
		}
		g.refused = append(g.refused, membership.Inbound{
			Source: out.Target, Network: out.Network, Notice: notice,
		})
	}
}

// publish tells what happened. The view comes first: whoever is told of a
// change and then looks must not see what was before it.
func (g *Gossiper) publish() {
	if view := g.cfg.Coordinator.View(); view != g.view.Load() {
		g.view.Store(view)
	}
	for _, event := range g.failed {
		g.cfg.Publisher.Publish(event)
	}
	g.counts.published.Add(uint64(len(g.failed)))
	g.failed = emptied(g.failed)

	events := g.cfg.Coordinator.Events()
	for _, event := range events {
		g.cfg.Publisher.Publish(event)
	}
	g.counts.published.Add(uint64(len(events)))
}

// kept is of how many failures the memory is kept when they are done with.
const kept = 256

// emptied returns a slice without elements, in the memory of one that is done
// with unless that is much: a crowd of sends that were refused at once leaves
// nothing behind.
func emptied[T any](used []T) []T {
	clear(used)
	if cap(used) > kept {
		return nil
	}
	return used[:0]
}
