package udp

import "time"

// bucket holds tokens for one second at a rate; each datagram takes one. All it
// keeps is when it will be full again, on a clock of its owner's: what is taken
// puts that off (the generic cell rate algorithm, ITU-T I.371). A new bucket is
// full.
type bucket time.Duration

// has reports whether there is a token at now.
func (b bucket) has(perSecond float64, now time.Duration) bool {
	return b.after(perSecond, now)-bucket(now) <= bucket(time.Second)
}

// take takes a token, which must be there.
func (b *bucket) take(perSecond float64, now time.Duration) { *b = b.after(perSecond, now) }

// after is the bucket with one token less.
func (b bucket) after(perSecond float64, now time.Duration) bucket {
	return max(b, bucket(now)) + bucket(float64(time.Second)/perSecond)
}
