package wiretest

import (
	"math"
	"math/rand/v2"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// fill sets random fields of m to random values, down to the given depth.
func fill(rng *rand.Rand, m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		if rng.IntN(10) < 6 {
			fillField(rng, m, fields.Get(i), depth)
		}
	}
	if rng.IntN(8) == 0 {
		m.SetUnknown(unknownField(rng, m.Descriptor()))
	}
}

func fillField(rng *rand.Rand, m protoreflect.Message, field protoreflect.FieldDescriptor, depth int) {
	nested := field.Message() != nil && !field.IsMap()
	switch {
	case nested && depth == 0:
	case field.IsList():
		list := m.Mutable(field).List()
		for range items(rng, field) {
			if nested {
				fill(rng, list.AppendMutable().Message(), depth-1)
			} else {
				list.Append(scalar(rng, field))
			}
		}
	case field.IsMap():
		fillMap(rng, m.Mutable(field).Map(), field, depth)
	case nested:
		fill(rng, m.Mutable(field).Message(), depth-1)
	default:
		m.Set(field, scalar(rng, field))
	}
}

func fillMap(rng *rand.Rand, m protoreflect.Map, field protoreflect.FieldDescriptor, depth int) {
	if field.MapValue().Message() != nil && depth == 0 {
		return
	}
	for range items(rng, field) {
		key := scalar(rng, field.MapKey()).MapKey()
		if field.MapValue().Message() != nil {
			fill(rng, m.Mutable(key).Message(), depth-1)
		} else {
			m.Set(key, scalar(rng, field.MapValue()))
		}
	}
}

// items returns a number of elements, mostly few, never more than the schema
// allows.
func items(rng *rand.Rand, field protoreflect.FieldDescriptor) int {
	n := rng.IntN(4)
	if field.Message() == nil && rng.IntN(10) == 0 {
		n = rng.IntN(100)
	}
	if bound := maxItems(field); bound > 0 {
		n = min(n, bound)
	}
	return n
}

// numbers are where varints change their length and signs change.
var numbers = []uint64{
	0, 1, 2, 0x7f, 0x80, 0x3fff, 0x4000, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint32,
	math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64,
}

func number(rng *rand.Rand) uint64 {
	if rng.IntN(2) == 0 {
		return numbers[rng.IntN(len(numbers))]
	}
	return rng.Uint64() >> rng.IntN(64)
}

var floats = []float64{0, math.Copysign(0, -1), 1, -1.5, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64}

// texts have characters of 1 to 4 bytes.
var texts = []string{"", "a", "node-7", "ü", "✓✓", "𝔊", "\x00", "10.0.0.1:7946"}

func text(rng *rand.Rand) string {
	s := texts[rng.IntN(len(texts))]
	if rng.IntN(20) == 0 {
		return strings.Repeat(s, rng.IntN(200))
	}
	return s
}

func scalar(rng *rand.Rand, field protoreflect.FieldDescriptor) protoreflect.Value {
	v := number(rng)
	switch field.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(v&1 == 1)
	case protoreflect.EnumKind:
		values := field.Enum().Values()
		if rng.IntN(5) > 0 {
			return protoreflect.ValueOfEnum(values.Get(rng.IntN(values.Len())).Number())
		}
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(v))
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(v))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(int64(v))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(v))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(v)
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(floats[rng.IntN(len(floats))]))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(floats[rng.IntN(len(floats))])
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text(rng))
	default:
		return protoreflect.ValueOfBytes([]byte(text(rng)))
	}
}

// unknownField encodes a field that the message does not have.
func unknownField(rng *rand.Rand, d protoreflect.MessageDescriptor) []byte {
	number := protowire.Number(1 + rng.IntN(3000))
	for d.Fields().ByNumber(number) != nil {
		number++
	}
	return appendField(rng, nil, number)
}

// clearUnknown removes all unknown fields of m and of the messages in it.
func clearUnknown(m protoreflect.Message) {
	m.SetUnknown(nil)
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.IsMap() && field.MapValue().Message() != nil:
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				clearUnknown(v.Message())
				return true
			})
		case field.IsList() && field.Message() != nil:
			for i := range v.List().Len() {
				clearUnknown(v.List().Get(i).Message())
			}
		case field.Message() != nil && !field.IsMap():
			clearUnknown(v.Message())
		}
		return true
	})
}

// appendField appends a field of a random wire type.
func appendField(rng *rand.Rand, b []byte, n protowire.Number) []byte {
	switch rng.IntN(5) {
	case 0:
		return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), number(rng))
	case 1:
		return protowire.AppendFixed32(protowire.AppendTag(b, n, protowire.Fixed32Type), rng.Uint32())
	case 2:
		return protowire.AppendFixed64(protowire.AppendTag(b, n, protowire.Fixed64Type), rng.Uint64())
	case 3:
		b = protowire.AppendTag(b, n, protowire.StartGroupType)
		b = protowire.AppendVarint(protowire.AppendTag(b, 1, protowire.VarintType), number(rng))
		return protowire.AppendTag(b, n, protowire.EndGroupType)
	default:
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), text(rng))
	}
}
