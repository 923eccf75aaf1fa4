package udp

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// queueModel is a send queue and the slice that it should be equal to.
type queueModel struct {
	queue *sendQueue
	want  []queued
	next  int
}

type queued struct {
	target netip.AddrPort
	text   string
}

// reserve fills a datagram, as Send does, or returns nil if the queue is full.
func (m *queueModel) reserve(t *rapid.T) (*datagram, queued) {
	d, closed := m.queue.reserve()
	if closed || (d == nil) != (len(m.want) == m.queue.bound) {
		t.Fatalf("reserve: %v, %v with %d of %d queued", d, closed, len(m.want), m.queue.bound)
	}
	if d == nil {
		return nil, queued{}
	}
	m.next++
	entry := queued{drawTarget(t), fmt.Sprint(m.next)}
	d.target, d.bytes = entry.target, append(d.bytes, entry.text...)
	return d, entry
}

func drawTarget(t *rapid.T) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(rapid.IntRange(1, 3).Draw(t, "target")))
}

func (m *queueModel) send(t *rapid.T) {
	d, entry := m.reserve(t)
	if d == nil {
		return
	}
	if !m.queue.commit(d) {
		t.Fatal("commit failed on an open queue")
	}
	m.want = append(m.want, entry)
}

// writeNow claims the queue, while which others may send, and succeeds or not.
func (m *queueModel) writeNow(t *rapid.T) {
	d, entry := m.reserve(t)
	if d == nil {
		return
	}
	claimed := m.queue.claim()
	if claimed != (len(m.want) == 0) {
		t.Fatalf("claimed: %v, with %d queued before", claimed, len(m.want))
	}
	if !claimed {
		m.queue.cancel(d)
		return
	}
	if n, _ := m.queue.take(make([]*datagram, 1)); n > 0 || m.queue.claim() {
		t.Fatal("two write at a time")
	}
	if m.queue.bound > 1 && rapid.Bool().Draw(t, "another comes meanwhile") {
		m.send(t)
	}
	written := rapid.Bool().Draw(t, "written")
	m.queue.release(d, written)
	if !written {
		m.want = append([]queued{entry}, m.want...)
	}
}

func (m *queueModel) cancel(*rapid.T) {
	if d, _ := m.queue.reserve(); d != nil {
		d.bytes = append(d.bytes, "cancelled"...)
		m.queue.cancel(d)
	}
}

func (m *queueModel) forget(t *rapid.T) {
	target := drawTarget(t)
	before := len(m.want)
	m.want = slices.DeleteFunc(m.want, func(entry queued) bool { return entry.target == target })
	if got := m.queue.forget(target); got != before-len(m.want) {
		t.Fatalf("forgot %d, want %d", got, before-len(m.want))
	}
}

func (m *queueModel) take(t *rapid.T) {
	batch := make([]*datagram, rapid.IntRange(1, 4).Draw(t, "batch"))
	n, ended := m.queue.take(batch)
	if ended || n != min(len(batch), len(m.want)) {
		t.Fatalf("took %d, %v with %d queued", n, ended, len(m.want))
	}
	if n > 0 && m.queue.claim() {
		t.Fatal("a sender writes beside the writer")
	}
	for i, d := range batch[:n] {
		if d.target != m.want[i].target || string(d.bytes) != m.want[i].text {
			t.Fatalf("took %q for %v, want %+v", d.bytes, d.target, m.want[i])
		}
	}
	m.queue.done(batch[:n])
	m.want = m.want[n:]
}

func TestQueueAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := queueModel{queue: newSendQueue(rapid.IntRange(1, 6).Draw(t, "bound"))}
		t.Repeat(map[string]func(*rapid.T){
			"send": m.send, "write now": m.writeNow, "cancel": m.cancel, "forget": m.forget, "take": m.take,
			"": func(t *rapid.T) {
				if got := m.queue.length(); got != len(m.want) {
					t.Fatalf("%d are in the queue, want %d", got, len(m.want))
				}
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
	if got := queue.length(); got != 1 {
		t.Errorf("%d are in the queue, want the one that came in time", got)
	}
	if d, closed := queue.reserve(); d != nil || !closed {
		t.Errorf("reserve on a closed queue: %v, %v", d, closed)
	}
	batch := make([]*datagram, 4)
	if n, ended := queue.take(batch); n != 1 || !ended || batch[0] != early {
		t.Errorf("take: %d, %v; want the last one and the end", n, ended)
	}
}

// What a sender could not write is the writer's last task, and ends it.
func TestAClaimOutlivesTheClosingOfTheQueue(t *testing.T) {
	for _, written := range []bool{false, true} {
		queue := newSendQueue(4)
		d, _ := queue.reserve()
		if !queue.claim() {
			t.Fatal("an empty queue is not to be claimed")
		}
		queue.close()
		batch := make([]*datagram, 4)
		if n, ended := queue.take(batch); n != 0 || ended {
			t.Errorf("during the claim take said %d, %v", n, ended)
		}
		<-queue.wake
		queue.release(d, written)
		<-queue.wake // or the writer would not look again
		want := 1
		if written {
			want = 0
		}
		if n, ended := queue.take(batch); n != want || !ended {
			t.Errorf("written %v: take said %d, %v; want %d and the end", written, n, ended, want)
		}
		if other, _ := queue.reserve(); other != nil || queue.claim() {
			t.Error("a closed queue takes more")
		}
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
