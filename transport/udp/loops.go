package udp

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

const (
	// writeBatch is how many datagrams go to the system at once. Beyond 32 a
	// batch gains nothing more.
	writeBatch = 32
	// staleErrors is how often a write is repeated that failed for a reason
	// which the system had noted for earlier datagrams.
	staleErrors = 16
	// freeFailures is how many reads in a row may fail before the reader
	// pauses between them: firstPause, then twice as long each time, up to
	// longestPause.
	freeFailures = 4
	firstPause   = time.Millisecond
	longestPause = time.Second
)

// writeLoop hands queued datagrams to the system until the queue is closed and
// empty.
func (t *Transport) writeLoop() {
	defer close(t.drained)
	var batch [writeBatch]*datagram
	for {
		n, ended := t.queue.take(batch[:])
		switch {
		case n > 0:
			t.write(batch[:n])
			t.queue.done(batch[:n])
		case ended:
			return
		default:
			<-t.queue.wake
		}
	}
}

// write sends a batch. What the system refuses is dropped and counted: it is
// an error of this host, and says nothing about the target.
//
// When ICMP errors are pending, a system call of either direction fails with
// one of them, once. A batch that got through in part may have swallowed it:
// the kernel returns the part then, and forgets the error. So whenever a batch
// stops, the pending errors are fetched, and if there were any, by whomever
// they were fetched, the next datagram is not to blame.
func (t *Transport) write(batch []*datagram) {
	stale := 0
	for len(batch) > 0 {
		n, err := t.socket.write(batch)
		batch = batch[n:]
		if n > 0 {
			stale = 0
		}
		if len(batch) == 0 {
			return
		}
		before := t.writerSeen
		t.writerSeen = t.socket.unreachable(t.reportUnreachable)
		if err == nil {
			continue
		}
		if t.writerSeen != before && stale < staleErrors {
			stale++
			continue
		}
		t.inbox.Drop(transport.DropSend)
		if isTooLarge(err) {
			t.warnTooLarge(batch[0])
		}
		batch = batch[1:]
		stale = 0
	}
}

// warnTooLarge tells an operator, once, what nothing else shows: quiet nodes
// hear each other, and whatever is larger is lost.
func (t *Transport) warnTooLarge(d *datagram) {
	if t.warnedTooLarge {
		return
	}
	t.warnedTooLarge = true
	t.log.Warn("a datagram is larger than the path to its target carries: lower the field on every node",
		"field", "MaxDatagramBytes", "value", t.config.MaxDatagramBytes, "target", d.target.String(), "bytes", len(d.bytes))
}

// readLoop receives until the socket is closed.
func (t *Transport) readLoop() {
	failures, seen := 0, uint64(0)
	deliver := func(batch []received) {
		failures = 0
		now := time.Now()
		for _, r := range batch {
			t.receive(r.source, r.bytes, now)
		}
	}
	for {
		err := t.socket.read(deliver)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		before := seen
		if seen = t.socket.unreachable(t.reportUnreachable); seen != before {
			continue
		}
		failures++
		if failures > freeFailures && !t.pause(failures-freeFailures) {
			return
		}
	}
}

// pause waits after the nth failure in a row, and reports false if the
// transport is being closed.
func (t *Transport) pause(nth int) bool {
	wait := longestPause
	if doublings := nth - 1; doublings < 10 {
		wait = min(firstPause<<doublings, longestPause)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.stopping:
		return false
	}
}

// receive drops a datagram or delivers its envelope. Nothing is ever answered.
func (t *Transport) receive(source netip.AddrPort, datagram []byte, now time.Time) {
	switch {
	case !t.config.Filter.Permits(source.Addr()):
		t.inbox.Drop(transport.DropFiltered)
		return
	case len(datagram) > t.config.ReceiveMaxBytes+t.frame.overhead():
		t.inbox.Drop(transport.DropOversize)
		return
	}
	admitted, met := t.strangers.admits(source, now)
	if !admitted {
		t.inbox.Drop(transport.DropLimited)
		return
	}
	payload, version, cause, ok := t.frame.open(datagram)
	if !ok {
		t.inbox.Drop(cause)
		return
	}
	if !met && t.frame.authentic() {
		t.strangers.meet(source)
	}
	t.inbox.Deliver(transport.Inbound{Source: source, Network: NetworkName, Version: version}, payload)
}

// reportUnreachable passes on that nobody listens at target.
func (t *Transport) reportUnreachable(target netip.AddrPort) {
	t.inbox.Notify(transport.Inbound{Source: target, Network: NetworkName, Notice: transport.NoticeUnreachable})
}
