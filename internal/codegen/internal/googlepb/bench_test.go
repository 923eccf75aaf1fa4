package googlepb_test

import (
	"bytes"
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/codegen/internal/googlepb"
	"github.com/hearsay-gossip/hearsay/wire"
)

// delta is a delta of ten records of usual size: ids of 20 bytes, owner parts of
// one endpoint. first numbers the first node.
func delta(first int) *hearsayv1.MembershipDelta {
	d := &hearsayv1.MembershipDelta{From: 4711, To: 4721}
	for i := range 10 {
		n := first + i
		owner := hearsayv1.OwnerPart{
			Endpoints: []hearsayv1.Endpoint{{Transport: "udp", IP: []byte{10, 0, byte(n >> 8), byte(n)}, Port: 7946}},
			Status:    hearsayv1.NodeStatusUp,
			WireMin:   1,
			WireMax:   1,
			Zone:      "eu-central-1a",
		}
		d.Records = append(d.Records, hearsayv1.NodeRecord{
			ID:          fmt.Sprintf("node-%05d.dc1.local", n),
			Generation:  uint64(n)<<32 | 0xdecade,
			Incarnation: 3,
			Version:     uint32(7 + i),
			Owner:       owner.AppendTo(nil),
		})
	}
	return d
}

// TestYardstickAgrees checks that both sides of the benchmarks do the same work.
func TestYardstickAgrees(t *testing.T) {
	ours := delta(1).AppendTo(nil)
	var theirs googlepb.MembershipDelta
	if err := proto.Unmarshal(ours, &theirs); err != nil {
		t.Fatal(err)
	}
	again, err := proto.MarshalOptions{Deterministic: true}.Marshal(&theirs)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ours, again) {
		t.Errorf("\n  ours: %x\ntheirs: %x", ours, again)
	}
	if len(theirs.GetRecords()) != 10 || len(theirs.ProtoReflect().GetUnknown()) > 0 {
		t.Errorf("read as %v", &theirs)
	}
}

func BenchmarkDeltaEncode(b *testing.B) {
	d := delta(1)
	size := d.Size()
	var google googlepb.MembershipDelta
	if err := proto.Unmarshal(d.AppendTo(nil), &google); err != nil {
		b.Fatal(err)
	}
	b.Run("hearsay", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(size))
		buffer := make([]byte, 0, 2*size)
		for b.Loop() {
			buffer = d.AppendTo(buffer[:0])
		}
	})
	b.Run("google", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(size))
		for b.Loop() {
			if _, err := proto.Marshal(&google); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("google-reused-buffer", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(size))
		buffer := make([]byte, 0, 2*size)
		for b.Loop() {
			var err error
			if buffer, err = (proto.MarshalOptions{}).MarshalAppend(buffer[:0], &google); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDeltaSize(b *testing.B) {
	d := delta(1)
	for b.Loop() {
		d.Size()
	}
}

func BenchmarkDeltaDecode(b *testing.B) {
	same, other := delta(1).AppendTo(nil), delta(11).AppendTo(nil)
	b.Run("hearsay-same-nodes", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(same)))
		var d hearsayv1.MembershipDelta
		for b.Loop() {
			if err := d.Unmarshal(same); err != nil {
				b.Fatal(err)
			}
		}
	})
	otherNodes := func(limits wire.Limits) func(b *testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(same)))
			var d hearsayv1.MembershipDelta
			next, last := same, other
			for b.Loop() {
				if err := d.UnmarshalLimits(next, limits); err != nil {
					b.Fatal(err)
				}
				next, last = last, next
			}
		}
	}
	b.Run("hearsay-other-nodes", otherNodes(wire.Limits{}))
	b.Run("hearsay-other-nodes-cached", otherNodes(wire.Limits{Strings: wire.NewStringCache()}))
	b.Run("hearsay-new-message", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(same)))
		for b.Loop() {
			var d hearsayv1.MembershipDelta
			if err := d.Unmarshal(same); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("google", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(same)))
		for b.Loop() {
			var d googlepb.MembershipDelta
			if err := proto.Unmarshal(same, &d); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// probe is the envelope of a probe in a quiet cluster.
func probe() *hearsayv1.Envelope {
	return &hearsayv1.Envelope{
		Sender:      0x1122334455667788,
		Generation:  0xdeadbeef,
		Incarnation: 2,
		Sequence:    0xcafe1234,
		Root:        0x99aabbccddeeff00,
		Probe:       0x8877665544332211,
	}
}

func BenchmarkProbeEncode(b *testing.B) {
	b.ReportAllocs()
	e := probe()
	buffer := make([]byte, 0, 2*e.Size())
	for b.Loop() {
		buffer = e.AppendTo(buffer[:0])
	}
}

func BenchmarkProbeDecode(b *testing.B) {
	b.ReportAllocs()
	encoded := probe().AppendTo(nil)
	var e hearsayv1.Envelope
	for b.Loop() {
		if err := e.Unmarshal(encoded); err != nil {
			b.Fatal(err)
		}
	}
}
