package transporttest

import (
	"fmt"
	"math/rand/v2"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/wire"
)

// Cluster is the name of the cluster that Local puts nodes in.
const Cluster = "transporttest"

// Local returns the description of a node, in Cluster and with this build's
// wire versions.
func Local(id string) transport.Local {
	return transport.Local{NodeID: id, Cluster: Cluster}.WithDefaults()
}

// QuietEnvelope returns an envelope of sender as a quiet cluster sends most: a
// header with a probe and nothing else. sequence is what the test makes of it.
func QuietEnvelope(sender string, sequence uint32) *hearsayv1.Envelope {
	return &hearsayv1.Envelope{
		Sender: wire.Key(sender), Generation: 1, Incarnation: 2, Sequence: sequence,
		Root: 0x0123456789abcdef, Probe: 7,
	}
}

// EnvelopeOfSize returns an envelope of sender whose encoding has size bytes,
// or as few fewer as can be. Size must leave room for a header: 128 is enough.
func EnvelopeOfSize(sender string, size int) *hearsayv1.Envelope {
	e := QuietEnvelope(sender, 1)
	e.Join = &hearsayv1.Join{ID: sender, Padding: make([]byte, size)}
	for i := range e.Join.Padding {
		e.Join.Padding[i] = byte(i)
	}
	for excess := e.Size() - size; excess > 0; excess = e.Size() - size {
		if excess > len(e.Join.Padding) {
			panic(fmt.Sprintf("BUG: transporttest: no envelope has %d bytes only", size))
		}
		// A byte of padding takes at least one byte of the envelope.
		e.Join.Padding = e.Join.Padding[:len(e.Join.Padding)-max(1, excess/2)]
	}
	// Lengths of lengths make some sizes unreachable by padding alone.
	for missing := size - e.Size(); missing > 0; missing-- {
		e.Token = make([]byte, missing)
		if e.Size() <= size {
			return e
		}
	}
	e.Token = nil
	return e
}

// RandomEnvelope returns a valid envelope of sender, with any parts and of at
// most size bytes, which should be 128 or more.
func RandomEnvelope(rng *rand.Rand, sender string, size int) *hearsayv1.Envelope {
	e := &hearsayv1.Envelope{
		Sender: wire.Key(sender), Generation: rng.Uint32(), Incarnation: rng.Uint32N(10),
		Sequence: rng.Uint32(), Root: rng.Uint64(), Flags: rng.Uint32N(2),
	}
	for range rng.IntN(8) {
		smaller := e.Clone()
		addPart(rng, e)
		if e.Size() > size {
			return smaller
		}
	}
	return e
}

// addPart adds one part to e.
func addPart(rng *rand.Rand, e *hearsayv1.Envelope) {
	switch rng.IntN(13) {
	case 0:
		e.Probe = rng.Uint64()
	case 1:
		e.Ack = rng.Uint32()
	case 2:
		e.Delta = &hearsayv1.MembershipDelta{From: rng.Uint64N(9), To: rng.Uint64N(99)}
		for range rng.IntN(8) {
			e.Delta.Records = append(e.Delta.Records, randomRecord(rng))
		}
	case 3:
		e.Accusations = append(e.Accusations, hearsayv1.Accusation{
			Subject: rng.Uint64(), Generation: rng.Uint64(), Incarnation: rng.Uint32N(9),
			Accuser: rng.Uint64(), Evidence: hearsayv1.EvidenceNack,
		})
	case 4:
		e.ProbeRequest = &hearsayv1.ProbeRequest{Target: rng.Uint64(), Sequence: rng.Uint32(), TimeoutMicros: rng.Uint32N(1e6)}
	case 5:
		e.ProbeReply = &hearsayv1.ProbeReply{Target: rng.Uint64(), Sequence: rng.Uint32(), Result: hearsayv1.ProbeResultAck}
	case 6:
		e.Sum = &hearsayv1.Sum{Salt: rng.Uint64() | 1, Buckets: randomTags(rng, 1<<rng.IntN(6))}
	case 7:
		e.Tags = &hearsayv1.Tags{Salt: rng.Uint64() | 1, Buckets: 8, Covered: randomBytes(rng, 1), Tags: randomTags(rng, rng.IntN(16))}
	case 8:
		e.Want = &hearsayv1.Want{Keys: []uint64{rng.Uint64(), rng.Uint64()}, Salt: rng.Uint64(), Tags: randomTags(rng, rng.IntN(8))}
	case 9:
		e.Join = &hearsayv1.Join{ID: randomName(rng), Nonce: rng.Uint32(), Padding: randomBytes(rng, rng.IntN(100))}
	case 10:
		e.Challenge, e.Token = randomBytes(rng, 8), randomBytes(rng, 8)
	case 11:
		e.State = append(e.State, hearsayv1.StateDelta{
			Owner: rng.Uint64(), Generation: rng.Uint64(), Type: rng.Uint32N(9), From: rng.Uint64N(9), To: rng.Uint64N(99),
		})
	case 12:
		e.App = append(e.App, hearsayv1.AppMessage{Channel: rng.Uint32N(9), Payload: randomBytes(rng, rng.IntN(200))})
	}
}

func randomRecord(rng *rand.Rand) hearsayv1.NodeRecord {
	return hearsayv1.NodeRecord{
		ID: randomName(rng), Generation: rng.Uint64(), Incarnation: rng.Uint32N(9),
		Verdict: hearsayv1.VerdictDead, Version: rng.Uint32N(99), Owner: randomBytes(rng, 20+rng.IntN(40)),
	}
}

func randomName(rng *rand.Rand) string { return fmt.Sprintf("node-%08x", rng.Uint32()) }

func randomBytes(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func randomTags(rng *rand.Rand, n int) []uint32 {
	tags := make([]uint32, n)
	for i := range tags {
		tags[i] = rng.Uint32()
	}
	return tags
}
