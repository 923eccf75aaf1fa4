package wiretest

import (
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/types/dynamicpb"
)

// Source makes random messages, for tests of what is built on them.
type Source[T any, M Message[T]] struct {
	tb testing.TB
	// Rand is what the messages are drawn from. Its seed is in the test's log.
	Rand *rand.Rand
}

// NewSource returns a source of messages of the type.
func NewSource[T any, M Message[T]](tb testing.TB) *Source[T, M] {
	tb.Helper()
	return &Source[T, M]{tb: tb, Rand: newRand(tb)}
}

// Next returns a message with random fields, none of them unknown to its type or
// to those of the messages in it.
func (s *Source[T, M]) Next() *T {
	s.tb.Helper()
	d := Descriptor[T, M](s.tb)
	random := dynamicpb.NewMessage(d)
	fill(s.Rand, random, 2)
	clearUnknown(random)
	m := M(new(T))
	if err := m.Unmarshal(encode(s.tb, random)); err != nil {
		s.tb.Fatalf("a message cannot be decoded: %v", err)
	}
	return (*T)(m)
}
