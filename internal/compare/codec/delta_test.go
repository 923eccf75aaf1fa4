package codec

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/hashicorp/go-msgpack/v2/codec"
	"google.golang.org/protobuf/proto"

	googledelta "github.com/hearsay-gossip/hearsay/internal/compare/codec/google"
	hearsaydelta "github.com/hearsay-gossip/hearsay/internal/compare/codec/hearsay"
)

// delta is a delta of ten records of usual size; first numbers the first node.
func delta(first int) *hearsaydelta.Delta {
	d := &hearsaydelta.Delta{From: 4711, To: 4721}
	for i := range 10 {
		n := first + i
		d.Records = append(d.Records, hearsaydelta.Record{
			ID:          fmt.Sprintf("node-%05d.dc1.local", n),
			Authority:   fmt.Sprintf("10.0.%3d.%3d:17946", n>>8, n&255),
			Status:      hearsaydelta.StatusAlive,
			Generation:  uint64(0xdecade00 + n),
			Incarnation: 3,
			Version:     uint64(7 + i),
			Meta:        fmt.Appendf(nil, "role=web,zone=eu-1,n=%03d", n),
		})
	}
	return d
}

// google is the same delta as protobuf-go has it.
func google(t testing.TB, d *hearsaydelta.Delta) *googledelta.Delta {
	t.Helper()
	m := new(googledelta.Delta)
	if err := proto.Unmarshal(d.AppendTo(nil), m); err != nil {
		t.Fatal(err)
	}
	return m
}

// msgDelta and msgRecord are the same as memberlist would declare them.
type msgDelta struct {
	From, To uint64
	Records  []msgRecord
}

type msgRecord struct {
	ID          string
	Authority   string
	Status      uint8
	Generation  uint64
	Incarnation uint64
	Version     uint64
	Meta        []byte
}

func msg(d *hearsaydelta.Delta) *msgDelta {
	m := &msgDelta{From: d.From, To: d.To}
	for _, r := range d.Records {
		m.Records = append(m.Records, msgRecord{
			ID: r.ID, Authority: r.Authority, Status: uint8(r.Status), Generation: r.Generation,
			Incarnation: r.Incarnation, Version: r.Version, Meta: r.Meta,
		})
	}
	return m
}

// encodeMsg is memberlist's encode, v0.7.
func encodeMsg(in any) (*bytes.Buffer, error) {
	buffer := bytes.NewBuffer(nil)
	buffer.WriteByte(1)
	handle := codec.MsgpackHandle{}
	handle.TimeNotBuiltin = true
	err := codec.NewEncoder(buffer, &handle).Encode(in)
	return buffer, err
}

// decodeMsg is memberlist's decode, v0.7.
func decodeMsg(b []byte, out any) error {
	handle := codec.MsgpackHandle{}
	return codec.NewDecoder(bytes.NewReader(b), &handle).Decode(out)
}

// TestAllCodecsCarryTheSame keeps the comparison fair: each codec brings every
// field back.
func TestAllCodecsCarryTheSame(t *testing.T) {
	d := delta(1)
	want := d.AppendTo(nil)
	if len(want) != 826 {
		t.Errorf("the delta has %d bytes, not 826", len(want))
	}
	fast, err := google(t, d).MarshalVT()
	if err != nil || !bytes.Equal(fast, want) {
		t.Errorf("vtprotobuf: %v: %x", err, fast)
	}
	slow, err := proto.MarshalOptions{Deterministic: true}.Marshal(google(t, d))
	if err != nil || !bytes.Equal(slow, want) {
		t.Errorf("protobuf-go: %v: %x", err, slow)
	}
	pooled := googledelta.DeltaFromVTPool()
	defer pooled.ReturnToVTPool()
	if err := pooled.UnmarshalVTUnsafe(want); err != nil || !proto.Equal(pooled, google(t, d)) {
		t.Errorf("vtprotobuf with a pool: %v: %v", err, pooled)
	}
	packed, err := encodeMsg(msg(d))
	if err != nil {
		t.Fatal(err)
	}
	var back msgDelta
	if err := decodeMsg(packed.Bytes()[1:], &back); err != nil || fmt.Sprint(back) != fmt.Sprint(*msg(d)) {
		t.Errorf("msgpack: %v: %v", err, back)
	}
}
