package quic_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport/quic"
)

// What was accepted before Close arrives, whether there is a connection or not,
// in datagrams and in streams.
func TestCloseSendsWhatWasAccepted(t *testing.T) {
	for _, connected := range []bool{true, false} {
		t.Run(fmt.Sprintf("connected=%v", connected), func(t *testing.T) {
			ca := newAuthority(t, "prod")
			a := ca.open("a", nil)
			quic.Linger(a.Transport, patience) // the machine may be slow
			var others []*node
			for i := range 3 {
				b := ca.open(fmt.Sprintf("b%d", i), nil)
				others = append(others, b)
				if connected {
					exchange(t, a, b, 1)
				}
			}
			const count = 20
			for i := range uint32(count) {
				for _, b := range others {
					size := 100
					if i%10 == 5 {
						size = 5000
					}
					a.send(b.addr(), b.id, a.sized(i, size))
				}
			}
			start := time.Now()
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took >= patience {
				t.Errorf("Close took %v: it was not told that all is there", took)
			}
			for _, b := range others {
				arrived := make(map[uint32]bool)
				for range count {
					arrived[b.nextEnvelope().envelope.Sequence] = true
				}
				if len(arrived) != count {
					t.Errorf("%s received %d envelopes, want %d", b.id, len(arrived), count)
				}
				awaitConnections(t, b, 0)
			}
		})
	}
}

// A peer that is silent holds Close up for a moment, and one that was never
// there does.
func TestCloseIsBounded(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", func(c *quic.Config) { c.QueueExpiry = 100 * time.Millisecond }), ca.open("b", nil)
	exchange(t, b, a, 1) // it is b that dials, however long that takes
	at := b.addr()
	if err := quic.Crash(b.Transport); err != nil {
		t.Fatal(err)
	}
	mute(t, at)
	a.send(at, "b", a.envelope(2))
	a.send(silence(t), "", a.envelope(3))
	start := time.Now()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 50*time.Millisecond || took > 5*time.Second {
		t.Errorf("Close took %v, want about the 100 ms that an envelope may wait", took)
	}
}
