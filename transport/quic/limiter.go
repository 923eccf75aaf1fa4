package quic

import (
	"sync"
	"time"
)

// limiter is a token bucket of one second's depth.
type limiter struct {
	rate float64 // tokens per second

	mu     sync.Mutex
	tokens float64
	filled time.Time
}

func newLimiter(perSecond int, now time.Time) *limiter {
	return &limiter{rate: float64(perSecond), tokens: float64(perSecond), filled: now}
}

// allow takes a token, if there is one.
func (l *limiter) allow(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if elapsed := now.Sub(l.filled); elapsed > 0 {
		l.tokens = min(l.rate, l.tokens+elapsed.Seconds()*l.rate)
		l.filled = now
	}
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}
