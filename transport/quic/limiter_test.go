package quic

import (
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	now := time.Unix(1000, 0)
	l := newLimiter(10, now)
	count := func() (allowed int) {
		for range 100 {
			if l.allow(now) {
				allowed++
			}
		}
		return allowed
	}
	if got := count(); got != 10 {
		t.Errorf("%d at once, want 10", got)
	}
	now = now.Add(500 * time.Millisecond)
	if got := count(); got != 5 {
		t.Errorf("%d after half a second, want 5", got)
	}
	now = now.Add(time.Hour)
	if got := count(); got != 10 {
		t.Errorf("%d after a pause, want 10", got)
	}
	now = now.Add(-time.Minute)
	if l.allow(now) {
		t.Error("a clock that goes back gives nothing")
	}
}
