package conformance

import (
	"bytes"
	"errors"
	"flag"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	conformancev1 "github.com/hearsay-gossip/hearsay/internal/codegen/internal/conformance/v1"
	"github.com/hearsay-gossip/hearsay/internal/codegen/internal/googlepb/conformancepb"
	"github.com/hearsay-gossip/hearsay/wire"
	"github.com/hearsay-gossip/hearsay/wire/wiretest"
)

var (
	inputs = flag.Int("inputs", 10_000, "how many hostile inputs to try")
	seed   = flag.Uint64("seed", rand.Uint64(), "repeats a run over hostile inputs")
)

// TestHostileInputs decodes what is nearly a message with our decoder and with
// protobuf-go's, and every eighth with dynamicpb too, while it measures what ours
// allocates. make fuzz-long runs it for ten million inputs.
func TestHostileInputs(t *testing.T) {
	t.Logf("repeat with -seed=%d", *seed)
	corpus := newCorpus(t, *seed, 2048)
	var accepted, limited, refused int
	fresh, reused := new(conformancev1.AllTypes), new(conformancev1.AllTypes)
	for i := range *inputs {
		b := corpus.next()
		// Measuring stops the world, and dynamicpb is slow: both take as long as
		// all else.
		if i%8 == 0 {
			withinLimits(t, fresh, b)
			wiretest.Judge(t, reused, b)
		}
		err := compare[conformancev1.AllTypes, *conformancev1.AllTypes, conformancepb.AllTypes](t.Fatalf, reused, b)
		switch {
		case err == nil:
			accepted++
		case errors.Is(err, wire.ErrLimit):
			limited++
		default:
			refused++
		}
	}
	t.Logf("%d inputs: %d accepted, %d beyond limits, %d refused", *inputs, accepted, limited, refused)
	// Otherwise the inputs are too good or too bad to test anything. One of 500 is
	// beyond the limits: of few inputs it may be none.
	if share := *inputs / 50; accepted < share || refused < share || limited == 0 && *inputs >= 5_000 {
		t.Errorf("%d accepted, %d beyond limits, %d refused", accepted, limited, refused)
	}
}

// withinLimits decodes b and checks that no more was allocated than the limits
// of the decoder promise.
func withinLimits(t *testing.T, m *conformancev1.AllTypes, b []byte) {
	*m = conformancev1.AllTypes{}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := m.Unmarshal(b)
	runtime.ReadMemStats(&after)
	bound := uint64(3 * (wire.DefaultMemoryFactor*len(b) + wire.DefaultMemoryBase))
	if got := after.TotalAlloc - before.TotalAlloc; got > bound {
		t.Fatalf("%x: %d bytes made the decoder allocate %d, more than %d (%v)", b, len(b), got, bound, err)
	}
}

// corpus makes hostile inputs of encoded messages.
type corpus struct {
	rng    *rand.Rand
	inputs [][]byte
}

func newCorpus(tb testing.TB, seed uint64, size int) *corpus {
	c := &corpus{rng: rand.New(rand.NewPCG(seed, 0))}
	d := wiretest.Descriptor[conformancev1.AllTypes](tb)
	draw := message(d)
	for len(c.inputs) < size {
		var m *dynamicpb.Message = draw.Example(int(c.rng.Int32()))
		b, err := deterministic.Marshal(m)
		if err != nil {
			tb.Fatal(err)
		}
		c.inputs = append(c.inputs, b)
	}
	c.inputs = append(c.inputs, bombs(d)...)
	return c
}

// bombs are messages that take much more memory than bytes.
func bombs(d protoreflect.MessageDescriptor) [][]byte {
	var list [][]byte
	for i := range d.Fields().Len() {
		if field := d.Fields().Get(i); field.Message() != nil && field.Cardinality() == protoreflect.Repeated {
			empty := protowire.AppendBytes(protowire.AppendTag(nil, field.Number(), protowire.BytesType), nil)
			list = append(list, slices.Repeat(empty, 400))
		}
	}
	return list
}

// next returns a message, or two, with some faults.
func (c *corpus) next() []byte {
	b := bytes.Clone(c.any())
	if c.rng.IntN(4) == 0 {
		b = c.splice(b, c.any())
	}
	for range c.rng.IntN(4) {
		b = c.fault(b)
	}
	return b
}

func (c *corpus) any() []byte { return c.inputs[c.rng.IntN(len(c.inputs))] }

// splice puts a part of o into b.
func (c *corpus) splice(b, o []byte) []byte {
	if len(o) == 0 {
		return b
	}
	from := c.rng.IntN(len(o))
	to := from + c.rng.IntN(len(o)-from+1)
	return slices.Insert(b, c.rng.IntN(len(b)+1), o[from:to]...)
}

// edges are bytes that mean something to decoders.
var edges = []byte{0x00, 0x01, 0x07, 0x0a, 0x0b, 0x0c, 0x7f, 0x80, 0x81, 0xff}

// fault changes something somewhere.
func (c *corpus) fault(b []byte) []byte {
	if len(b) == 0 {
		return append(b, byte(c.rng.Uint32()))
	}
	at := c.rng.IntN(len(b))
	switch c.rng.IntN(7) {
	case 0:
		b[at] ^= 1 << c.rng.IntN(8)
	case 1:
		b[at] = edges[c.rng.IntN(len(edges))]
	case 2:
		return b[:at]
	case 3:
		return slices.Delete(b, at, at+1)
	case 4:
		return slices.Insert(b, at, byte(c.rng.Uint32()))
	case 5:
		// A length, a number or a tag becomes very large.
		return slices.Insert(b, at, protowire.AppendVarint(nil, c.rng.Uint64()>>c.rng.IntN(64))...)
	default:
		// A message around all of it, or a group.
		number := protowire.Number(1 + c.rng.IntN(330))
		if c.rng.IntN(4) == 0 {
			b = append(protowire.AppendTag(nil, number, protowire.StartGroupType), b...)
			return protowire.AppendTag(b, number, protowire.EndGroupType)
		}
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), b)
	}
	return b
}
