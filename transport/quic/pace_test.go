package quic

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	const quick, late = 5 * time.Millisecond, lateDial + time.Millisecond
	now := time.Unix(1, 0)
	p := newPace(16)
	if p.fresh = 1; !p.room(now) {
		t.Error("no room for a second dial at first")
	}
	if p.fresh = 2; p.room(now) {
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
	for range 10 {
		now = now.Add(late)
		p.succeeded(late, now)
	}
	if p.window != 1 {
		t.Errorf("window %v after ten rounds of late dials, want 1", p.window)
	}
	if p.fresh = 0; !p.room(now) {
		t.Error("a rest after a dial that a long path may have kept")
	}
}

// Where one dial at a time is too many, there are rests, until they are quick.
func TestPaceRests(t *testing.T) {
	now := time.Unix(1, 0)
	p := newPace(16)
	for range 10 {
		now = now.Add(2 * staleDial)
		p.succeeded(2*staleDial, now)
	}
	if p.window != leastWindow {
		t.Errorf("window %v after dials of two seconds, want %v", p.window, leastWindow)
	}
	const rest = 3 * staleDial // the other three quarters
	if p.room(now) || p.room(now.Add(rest-1)) {
		t.Error("room for a dial during the rest")
	}
	if !p.room(now.Add(rest)) {
		t.Error("no room for a dial after the rest")
	}
	for range 2 {
		p.succeeded(time.Millisecond, now)
	}
	if !p.room(now.Add(3 * time.Millisecond)) {
		t.Errorf("no room after two quick dials; window %v", p.window)
	}
}

func TestPaceTellsTheDelay(t *testing.T) {
	p := newPace(16)
	if got := p.delay(100); got != 0 {
		t.Errorf("delay of %v while nobody knows how long dials take", got)
	}
	for range 300 {
		p.succeeded(100*time.Millisecond, time.Unix(1, 0))
	}
	// 16 at a time, and 15 before it.
	if got := p.delay(15).Round(time.Millisecond); got != 100*time.Millisecond {
		t.Errorf("the sixteenth waits for %v, want a round of 100ms", got)
	}
}

// Dials that nobody answers leave the window, and are bounded all the same.
func TestPaceOfDialsThatNobodyAnswers(t *testing.T) {
	now := time.Unix(1, 0)
	p := newPace(4)
	if p.fresh, p.stale = 1, 2; !p.room(now) {
		t.Error("stale dials take room in the window")
	}
	if p.fresh, p.stale = 1, 3; p.room(now) {
		t.Error("more dials than the limit")
	}
	one := newPace(1)
	if !one.room(now) {
		t.Error("a limit of one leaves no room for one")
	}
	one.succeeded(time.Millisecond, now)
	if one.window != 1 {
		t.Errorf("window %v under a limit of 1", one.window)
	}
}
