package conformance

import (
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"
)

// message draws messages of a type, so that rapid can make smaller what fails.
func message(d protoreflect.MessageDescriptor) *rapid.Generator[*dynamicpb.Message] {
	return rapid.Custom(func(t *rapid.T) *dynamicpb.Message {
		m := dynamicpb.NewMessage(d)
		drawInto(t, m, 3)
		return m
	})
}

// drawInto sets a few fields of m.
func drawInto(t *rapid.T, m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for range rapid.IntRange(0, min(fields.Len(), 6)).Draw(t, "fields") {
		field := fields.Get(rapid.IntRange(0, fields.Len()-1).Draw(t, "field"))
		switch {
		case field.IsMap():
			drawMap(t, m.Mutable(field).Map(), field, depth)
		case field.IsList():
			list := m.Mutable(field).List()
			for range rapid.IntRange(1, 4).Draw(t, "elements") {
				if field.Message() == nil {
					list.Append(drawScalar(t, field))
				} else if depth > 0 {
					drawInto(t, list.AppendMutable().Message(), depth-1)
				}
			}
		case field.Message() == nil:
			m.Set(field, drawScalar(t, field))
		case depth > 0:
			drawInto(t, m.Mutable(field).Message(), depth-1)
		}
	}
}

func drawMap(t *rapid.T, m protoreflect.Map, field protoreflect.FieldDescriptor, depth int) {
	for range rapid.IntRange(1, 3).Draw(t, "entries") {
		key := drawScalar(t, field.MapKey()).MapKey()
		if field.MapValue().Message() == nil {
			m.Set(key, drawScalar(t, field.MapValue()))
		} else if depth > 0 {
			drawInto(t, m.Mutable(key).Message(), depth-1)
		}
	}
}

func drawScalar(t *rapid.T, field protoreflect.FieldDescriptor) protoreflect.Value {
	const label = "value"
	switch field.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(rapid.Bool().Draw(t, label))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(rapid.OneOf(rapid.Int32Range(-1, 3), rapid.Int32()).Draw(t, label)))
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(rapid.Int32().Draw(t, label))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(rapid.Int64().Draw(t, label))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(rapid.Uint32().Draw(t, label))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(rapid.Uint64().Draw(t, label))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(rapid.Float32().Draw(t, label))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(rapid.Float64().Draw(t, label))
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(rapid.String().Draw(t, label))
	default:
		return protoreflect.ValueOfBytes(rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, label))
	}
}
