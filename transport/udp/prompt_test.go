package udp

import (
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// promptSocket notes by whom each datagram is written.
type promptSocket struct {
	scriptedSocket
	refuses bool // to write at once
	order   []string
}

func (s *promptSocket) writeNow(*datagram) bool {
	if s.refuses {
		return false
	}
	s.order = append(s.order, "sender")
	return true
}

func (s *promptSocket) write(batch []*datagram) (int, error) {
	for range batch {
		s.order = append(s.order, "writer")
	}
	return len(batch), nil
}

// TestWhoWrites: the first Send after a Poll writes itself, unless several things
// were polled or something is before it.
func TestWhoWrites(t *testing.T) {
	const send = -1 // other calls poll so many arrivals
	for _, test := range []struct {
		name    string
		refuses bool
		calls   []int
		want    []string
	}{
		{"without a poll, the writer", false, []int{send, send}, []string{"writer", "writer"}},
		{"after a poll, the sender once", false, []int{0, send, send, send}, []string{"sender", "writer", "writer"}},
		{"an answer", false, []int{1, send}, []string{"sender"}},
		{"several answers", false, []int{2, send, send}, []string{"writer", "writer"}},
		{"polls do not add up", false, []int{0, 0, send, send}, []string{"sender", "writer"}},
		{"each poll anew", false, []int{0, send, 1, send}, []string{"sender", "sender"}},
		{"the last poll counts", false, []int{1, 2, send, 0, send}, []string{"writer", "sender"}},
		{"what has to wait is the writer's", true, []int{0, send, send}, []string{"writer", "writer"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			script := &promptSocket{refuses: test.refuses}
			node := openOver(t, &script.scriptedSocket, script)
			for i, call := range test.calls {
				if call != send {
					for range call {
						node.reportUnreachable(addressOf4)
					}
					if n, err := node.Poll(make([]transport.Inbound, 4)); n != call || err != nil {
						t.Fatalf("polled %d, %v; want %d", n, err, call)
					}
					continue
				}
				if err := node.Send(transport.Outbound{Target: addressOf4, Envelope: transporttest.QuietEnvelope("a", uint32(i))}); err != nil {
					t.Fatal(err)
				}
				for node.Info().Stats.Queued > 0 {
					runtime.Gosched()
				}
			}
			close(script.closed)
			if err := node.Close(); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(script.order, test.want) {
				t.Errorf("written by %q, want %q", script.order, test.want)
			}
			if stats := node.Info().Stats; stats.Sent != uint64(len(test.want)) || stats.Queued != 0 {
				t.Errorf("%d sent and %d queued, want %d and 0", stats.Sent, stats.Queued, len(test.want))
			}
		})
	}
}

// However datagrams leave, those of one goroutine leave in order.
func TestOrderWhoeverWrites(t *testing.T) {
	const senders, each = 4, 2000
	node, sink := openLoopback(t, "a", func(c *Config) { c.SendQueue = 64 }), openLoopback(t, "b", func(c *Config) { c.InboxSlots = 4 * senders * each })
	var group sync.WaitGroup
	for sender := range uint32(senders) {
		group.Go(func() {
			for i := range uint32(each) {
				envelope := transporttest.QuietEnvelope("a", sender<<16|i)
				for node.Send(transport.Outbound{Target: sink.Info().Local, Envelope: envelope}) != nil {
					runtime.Gosched() // the queue is full
				}
			}
		})
	}
	sent := make(chan struct{})
	var poller sync.WaitGroup
	poller.Go(func() {
		for {
			select {
			case <-sent:
				return
			default:
				_, _ = node.Poll(nil) // whoever sends next writes himself, if he can
				runtime.Gosched()
			}
		}
	})
	last := [senders]int{-1, -1, -1, -1}
	for range senders * each {
		got := await(t, sink).Envelope.Sequence
		if by, number := got>>16, int(got&0xffff); number != last[by]+1 {
			t.Fatalf("envelope %d of sender %d came after %d", number, by, last[by])
		} else {
			last[by] = number
		}
	}
	group.Wait()
	close(sent)
	poller.Wait()
	if stats := node.Info().Stats; stats.Sent != senders*each || stats.Dropped != (transport.Stats{}).Dropped {
		t.Errorf("%+v", stats)
	}
}

// A target where nobody listens is reported also to who only ever writes himself.
func TestWhoWritesAtOnceLearnsThatNobodyListens(t *testing.T) {
	node := openLoopback(t, "a", nil).(*Transport)
	if node.prompt == nil {
		t.Skip("the system has no notices")
	}
	gone := listen(t)
	gone.Close()
	for range uint32(3) {
		if _, err := node.Poll(nil); err != nil {
			t.Fatal(err)
		}
		if err := node.Send(transport.Outbound{Target: addressOf(gone), Envelope: transporttest.QuietEnvelope("a", 1)}); err != nil {
			t.Fatal(err)
		}
		if got := await(t, node); got.Notice != transport.NoticeUnreachable || got.Source != addressOf(gone) {
			t.Errorf("%+v arrived, want the notice", got)
		}
	}
	if got := node.Info().Stats.Dropped[transport.DropSend]; got != 0 {
		t.Errorf("%d counted as lost on the way out", got)
	}
}
