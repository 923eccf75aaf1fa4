package codec

import (
	"testing"

	"google.golang.org/protobuf/proto"

	googledelta "github.com/hearsay-gossip/hearsay/internal/compare/codec/google"
	hearsaydelta "github.com/hearsay-gossip/hearsay/internal/compare/codec/hearsay"
	"github.com/hearsay-gossip/hearsay/wire"
)

// contender is one way to encode or to decode the delta.
type contender struct {
	name string
	run  func(b *testing.B)
}

// must fails a benchmark on what cannot happen.
func must(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

var encoders = []contender{
	{"hearsay", func(b *testing.B) {
		d := delta(1)
		buffer := make([]byte, 0, 2*d.Size())
		for b.Loop() {
			buffer = d.AppendTo(buffer[:0])
		}
	}},
	{"hearsay, new buffer of exact size", func(b *testing.B) {
		d := delta(1)
		for b.Loop() {
			_ = d.AppendTo(make([]byte, 0, d.Size()))
		}
	}},
	{"protobuf-go", func(b *testing.B) {
		d := google(b, delta(1))
		for b.Loop() {
			_, err := proto.Marshal(d)
			must(b, err)
		}
	}},
	{"protobuf-go, reused buffer", func(b *testing.B) {
		d := google(b, delta(1))
		buffer := make([]byte, 0, 4096)
		for b.Loop() {
			var err error
			buffer, err = proto.MarshalOptions{}.MarshalAppend(buffer[:0], d)
			must(b, err)
		}
	}},
	{"vtprotobuf", func(b *testing.B) {
		d := google(b, delta(1))
		for b.Loop() {
			_, err := d.MarshalVT()
			must(b, err)
		}
	}},
	{"vtprotobuf, reused buffer", func(b *testing.B) {
		d := google(b, delta(1))
		buffer := make([]byte, 4096)
		for b.Loop() {
			_, err := d.MarshalToSizedBufferVT(buffer)
			must(b, err)
		}
	}},
	{"msgpack as memberlist calls it", func(b *testing.B) {
		d := msg(delta(1))
		for b.Loop() {
			_, err := encodeMsg(d)
			must(b, err)
		}
	}},
}

// hearsayDecoder decodes several deltas in turn into one message.
func hearsayDecoder(limits wire.Limits, firsts ...int) func(b *testing.B) {
	return func(b *testing.B) {
		var encoded [][]byte
		for _, first := range firsts {
			encoded = append(encoded, delta(first).AppendTo(nil))
		}
		var d hearsaydelta.Delta
		for i := 0; b.Loop(); i++ {
			must(b, d.UnmarshalLimits(encoded[i%len(encoded)], limits))
		}
	}
}

var decoders = []contender{
	{"hearsay, same nodes", hearsayDecoder(wire.Limits{}, 1)},
	{"hearsay, other nodes each time", hearsayDecoder(wire.Limits{}, 1, 11)},
	{"hearsay, other nodes, cache of strings", hearsayDecoder(wire.Limits{Strings: wire.NewStringCache()}, 1, 11)},
	{"hearsay, new message", func(b *testing.B) {
		encoded := delta(1).AppendTo(nil)
		for b.Loop() {
			var d hearsaydelta.Delta
			must(b, d.Unmarshal(encoded))
		}
	}},
	{"protobuf-go", func(b *testing.B) {
		encoded := delta(1).AppendTo(nil)
		for b.Loop() {
			var d googledelta.Delta
			must(b, proto.Unmarshal(encoded, &d))
		}
	}},
	{"vtprotobuf", func(b *testing.B) {
		encoded := delta(1).AppendTo(nil)
		for b.Loop() {
			var d googledelta.Delta
			must(b, d.UnmarshalVT(encoded))
		}
	}},
	{"vtprotobuf, pool", func(b *testing.B) {
		encoded := delta(1).AppendTo(nil)
		for b.Loop() {
			d := googledelta.DeltaFromVTPool()
			must(b, d.UnmarshalVT(encoded))
			d.ReturnToVTPool()
		}
	}},
	{"vtprotobuf, unsafe and pool", func(b *testing.B) {
		encoded := delta(1).AppendTo(nil)
		for b.Loop() {
			d := googledelta.DeltaFromVTPool()
			must(b, d.UnmarshalVTUnsafe(encoded))
			d.ReturnToVTPool()
		}
	}},
	{"msgpack as memberlist calls it", func(b *testing.B) {
		packed, err := encodeMsg(msg(delta(1)))
		must(b, err)
		encoded := packed.Bytes()[1:]
		for b.Loop() {
			var d msgDelta
			must(b, decodeMsg(encoded, &d))
		}
	}},
}

func BenchmarkEncode(b *testing.B) { runAll(b, encoders) }
func BenchmarkDecode(b *testing.B) { runAll(b, decoders) }

func runAll(b *testing.B, contenders []contender) {
	for _, c := range contenders {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			c.run(b)
		})
	}
}
