package transport

import (
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

func TestLargeEnvelopesLeaveNoMemoryBehind(t *testing.T) {
	inbox, err := NewInbox(InboxConfig{MaxEnvelopeBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	large := (&hearsayv1.Envelope{Token: make([]byte, retainBytes+1)}).AppendTo(nil)
	dst := make([]Inbound, 1)
	inbox.Deliver(Inbound{}, large)
	inbox.Poll(dst)
	inbox.Poll(dst)
	if s := inbox.spare.Get(); s == nil || s.envelope != nil {
		t.Errorf("the slot of a large envelope is %+v, want one without an envelope", s)
	}
}

func TestABurstIsForgottenInTime(t *testing.T) {
	const burst = 500
	inbox, err := NewInbox(InboxConfig{MaxEnvelopeBytes: 1400})
	if err != nil {
		t.Fatal(err)
	}
	for range burst {
		inbox.Deliver(Inbound{}, nil)
	}
	dst := make([]Inbound, burst)
	inbox.Poll(dst)
	inbox.Poll(dst)
	if got := inbox.spare.Len(); got != burst {
		t.Fatalf("%d spare slots after a burst of %d", got, burst)
	}
	for range 2 * spareWindow {
		inbox.Deliver(Inbound{}, nil)
		inbox.Poll(dst)
	}
	if got := inbox.spare.Len(); got > spareFloor {
		t.Errorf("%d spare slots long after the burst, want at most %d", got, spareFloor)
	}
}
