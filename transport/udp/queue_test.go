package udp

import (
	"fmt"
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

// TestQueueAgainstModel compares the send queue with a slice.
func TestQueueAgainstModel(t *testing.T) {
	targets := []netip.AddrPort{
		netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:1"), netip.MustParseAddrPort("192.0.2.3:1"),
	}
	type queued struct {
		target netip.AddrPort
		text   string
	}
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.IntRange(1, 6).Draw(t, "bound")
		queue := newSendQueue(bound)
		var want []queued
		next := 0
		draw := func(t *rapid.T) netip.AddrPort { return rapid.SampledFrom(targets).Draw(t, "target") }
		t.Repeat(map[string]func(*rapid.T){
			"send": func(t *rapid.T) {
				d, closed := queue.reserve()
				if closed || (d == nil) != (len(want) == bound) {
					t.Fatalf("reserve: %v, %v with %d of %d queued", d, closed, len(want), bound)
				}
				if d == nil {
					return
				}
				next++
				entry := queued{draw(t), fmt.Sprint(next)}
				d.target, d.bytes = entry.target, append(d.bytes, entry.text...)
				if !queue.commit(d) {
					t.Fatal("commit failed on an open queue")
				}
				want = append(want, entry)
			},
			"cancel": func(t *rapid.T) {
				if d, _ := queue.reserve(); d != nil {
					d.bytes = append(d.bytes, "cancelled"...)
					queue.cancel(d)
				}
			},
			"forget": func(t *rapid.T) {
				target := draw(t)
				var kept []queued
				for _, entry := range want {
					if entry.target != target {
						kept = append(kept, entry)
					}
				}
				if got := queue.forget(target); got != len(want)-len(kept) {
					t.Fatalf("forgot %d, want %d", got, len(want)-len(kept))
				}
				want = kept
			},
			"take": func(t *rapid.T) {
				batch := make([]*datagram, rapid.IntRange(1, 4).Draw(t, "batch"))
				n, ended := queue.take(batch)
				if ended || n != min(len(batch), len(want)) {
					t.Fatalf("took %d, %v with %d queued", n, ended, len(want))
				}
				for i, d := range batch[:n] {
					if d.target != want[i].target || string(d.bytes) != want[i].text {
						t.Fatalf("took %q for %v, want %+v", d.bytes, d.target, want[i])
					}
				}
				queue.done(batch[:n])
				want = want[n:]
			},
		})
	})
}

func TestClosedQueueEndsWhenItIsEmpty(t *testing.T) {
	queue := newSendQueue(4)
	late, _ := queue.reserve()
	early, _ := queue.reserve()
	queue.commit(early)
	queue.close()
	if queue.commit(late) {
		t.Error("a closed queue took a datagram")
	}
	if d, closed := queue.reserve(); d != nil || !closed {
		t.Errorf("reserve on a closed queue: %v, %v", d, closed)
	}
	batch := make([]*datagram, 4)
	if n, ended := queue.take(batch); n != 1 || !ended || batch[0] != early {
		t.Errorf("take: %d, %v; want the last one and the end", n, ended)
	}
}

func TestLargeMemoryIsNotKept(t *testing.T) {
	queue := newSendQueue(1)
	d, _ := queue.reserve()
	d.bytes = make([]byte, retainBytes+1)
	queue.cancel(d)
	again, _ := queue.reserve()
	if cap(again.bytes) > retainBytes {
		t.Errorf("%d bytes are kept for small datagrams", cap(again.bytes))
	}
}
