package membership

import "testing"

// TestABurstOfEnvelopesLeavesNoMemoryBehind: when the driver has taken them, the
// outbox holds what a step with news needs, and no more.
func TestABurstOfEnvelopesLeavesNoMemoryBehind(t *testing.T) {
	var b outbox
	b.begin()
	for range maxOutbox + 10 {
		b.send(b.open(destination{}))
	}
	if got := len(b.take()); got != maxOutbox || b.dropped != 10 {
		t.Errorf("%d of %d envelopes are taken, %d dropped", got, maxOutbox+10, b.dropped)
	}
	b.begin()
	if cap(b.out) > keptEvents || cap(b.drafts) > keptDrafts {
		t.Errorf("the memory of %d envelopes and %d drafts is kept", cap(b.out), cap(b.drafts))
	}
}
