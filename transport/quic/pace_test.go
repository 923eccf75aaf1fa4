package quic

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	const quick, late = 5 * time.Millisecond, 2 * lateDial
	now := time.Unix(1, 0)
	p := newPace(16)
	if p.fresh = 1; !p.room() {
		t.Error("no room for a second dial at first")
	}
	if p.fresh = 2; p.room() {
		t.Error("room for a third dial at first")
	}
	for range 500 {
		p.succeeded(quick, now)
	}
	if p.window != 16 {
		t.Errorf("window %v after quick dials alone, want the limit of 16", p.window)
	}
	for range 16 { // that began together
		p.succeeded(late, now)
	}
	if p.window != 8 {
		t.Errorf("window %v after a round of late dials, want half of 16", p.window)
	}
	for i := range 10 {
		p.succeeded(late, now.Add(time.Duration(i+1)*late))
	}
	if p.window != leastWindow {
		t.Errorf("window %v after ten rounds of late dials, want %d", p.window, leastWindow)
	}
}

// Dials that nobody answers leave the window, and are bounded all the same.
func TestPaceOfDialsThatNobodyAnswers(t *testing.T) {
	p := newPace(4)
	if p.fresh, p.stale = 1, 2; !p.room() {
		t.Error("stale dials take room in the window")
	}
	if p.fresh, p.stale = 1, 3; p.room() {
		t.Error("more dials than the limit")
	}
	one := newPace(1)
	if !one.room() {
		t.Error("a limit of one leaves no room for one")
	}
	one.succeeded(time.Millisecond, time.Unix(1, 0))
	one.succeeded(time.Minute, time.Unix(100, 0))
	if one.window != 1 {
		t.Errorf("window %v under a limit of 1", one.window)
	}
}
