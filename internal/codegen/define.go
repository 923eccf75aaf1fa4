package codegen

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// define builds the fields of all messages.
func (b *builder) define() {
	for _, d := range b.pending {
		b.fields(d.message, d.descriptor)
	}
}

func (b *builder) fields(m *Message, d protoreflect.MessageDescriptor) {
	names := newScope(methodNames...)
	byName := map[protoreflect.Name]*Field{}
	fields := d.Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		f := b.field(fd, names.take(goName(string(fd.Name()))))
		byName[fd.Name()] = f
		m.Fields = append(m.Fields, f)
	}
	for _, f := range m.Fields {
		if f.Shape == Optional {
			f.Has = names.take("Has" + f.Name)
		}
	}
	oneofs := d.Oneofs()
	for i := range oneofs.Len() {
		if od := oneofs.Get(i); !od.IsSynthetic() {
			m.Oneofs = append(m.Oneofs, b.oneof(m, od, byName, names))
		}
	}
	m.Wire = wireOrder(m)
	b.replica(m, d)
}

// wireOrder is the order in which protobuf-go encodes deterministically.
func wireOrder(m *Message) []Part {
	var parts []Part
	byNumber := slices.Clone(m.Fields)
	slices.SortFunc(byNumber, func(a, b *Field) int { return cmp.Compare(a.Number, b.Number) })
	for _, f := range byNumber {
		if f.Shape != Case {
			parts = append(parts, Part{Field: f})
		}
	}
	for _, o := range m.Oneofs {
		parts = append(parts, Part{Oneof: o})
	}
	return parts
}

func (b *builder) oneof(m *Message, d protoreflect.OneofDescriptor, byName map[protoreflect.Name]*Field, fieldNames scope) *Oneof {
	pkg := b.names[m.Package]
	name := goName(string(d.Name()))
	kind := strings.TrimSuffix(name, "Kind") + "Kind"
	o := &Oneof{
		Name: fieldNames.take(kind), Base: "uint8", Clear: fieldNames.take("clear" + name), FullName: string(d.FullName()), Doc: docOf(d),
	}
	o.Type = pkg.take(m.Name + kind)
	o.None = pkg.take(m.Name + name + "None")
	fields := d.Fields()
	if fields.Len() > math.MaxUint8 {
		o.Base = "uint16"
	}
	for i := range fields.Len() {
		f := byName[fields.Get(i).Name()]
		f.Oneof, f.Text = o, goName(string(fields.Get(i).Name()))
		f.Const = pkg.take(m.Name + name + f.Text)
		o.Cases = append(o.Cases, f)
	}
	slices.SortFunc(o.Cases, func(a, b *Field) int { return cmp.Compare(a.Number, b.Number) })
	return o
}

func (b *builder) field(d protoreflect.FieldDescriptor, name string) *Field {
	f := &Field{Name: name, ProtoName: string(d.Name()), Doc: docOf(d), Number: int(d.Number())}
	switch {
	case d.IsMap():
		f.Shape = Map
		f.Merge = "merge" + name
		f.Key = b.entry(d.MapKey(), "key")
		f.Element = b.entry(d.MapValue(), "value")
		f.Tag = makeTag(f.Number, WireBytes)
	case d.IsList():
		f.Shape = Repeated
	case d.ContainingOneof() != nil && !d.ContainingOneof().IsSynthetic():
		f.Shape = Case
	case d.HasOptionalKeyword() && d.Message() == nil:
		f.Shape = Optional
	}
	if f.Shape != Map {
		f.Type = b.typeOf(d)
		f.Tag = makeTag(f.Number, f.Type.Kind.Wire())
	}
	if f.Type.Kind == KindMessage && f.Shape != Repeated {
		f.Spare = "spare" + name
	}
	if f.Shape == Repeated && f.Type.Kind.Wire() != WireBytes {
		f.Packed = d.IsPacked()
		f.PackedTag = makeTag(f.Number, WireBytes)
	}
	b.maxItems(f, d)
	return f
}

// entry builds the key or the value of a map's entries.
func (b *builder) entry(d protoreflect.FieldDescriptor, name string) *Field {
	f := &Field{Name: name, ProtoName: string(d.Name()), Number: int(d.Number()), Type: b.typeOf(d)}
	f.Tag = makeTag(f.Number, f.Type.Kind.Wire())
	return f
}

func (b *builder) maxItems(f *Field, d protoreflect.FieldDescriptor) {
	value, ok := b.options.read(d, optionMaxItems)
	if !ok || value.Uint() == 0 {
		return
	}
	if f.Shape != Repeated && f.Shape != Map {
		b.problems.at(d, "field %s: (%s) is for repeated fields and maps", d.FullName(), optionMaxItems)
		return
	}
	if value.Uint() > math.MaxInt32 {
		b.problems.at(d, "field %s: (%s) = %d: the largest bound is %d", d.FullName(), optionMaxItems, value.Uint(), math.MaxInt32)
		return
	}
	f.MaxItems = int(value.Uint())
}

var kinds = map[protoreflect.Kind]Kind{
	protoreflect.BoolKind:     KindBool,
	protoreflect.Int32Kind:    KindInt32,
	protoreflect.Int64Kind:    KindInt64,
	protoreflect.Uint32Kind:   KindUint32,
	protoreflect.Uint64Kind:   KindUint64,
	protoreflect.Sint32Kind:   KindSint32,
	protoreflect.Sint64Kind:   KindSint64,
	protoreflect.EnumKind:     KindEnum,
	protoreflect.Fixed32Kind:  KindFixed32,
	protoreflect.Sfixed32Kind: KindSfixed32,
	protoreflect.FloatKind:    KindFloat,
	protoreflect.Fixed64Kind:  KindFixed64,
	protoreflect.Sfixed64Kind: KindSfixed64,
	protoreflect.DoubleKind:   KindDouble,
	protoreflect.StringKind:   KindString,
	protoreflect.BytesKind:    KindBytes,
	protoreflect.MessageKind:  KindMessage,
}

func (b *builder) typeOf(d protoreflect.FieldDescriptor) Type {
	kind, ok := kinds[d.Kind()]
	if !ok {
		b.problems.at(d, "field %s: type %s is not supported", d.FullName(), d.Kind())
		return Type{}
	}
	t := Type{Kind: kind}
	switch kind {
	case KindEnum:
		t.Enum = b.enums[d.Enum().FullName()]
		if t.Enum == nil {
			b.foreign(d, d.Enum())
		}
	case KindMessage:
		t.Message = b.messages[d.Message().FullName()]
		if t.Message == nil {
			b.foreign(d, d.Message())
		}
	}
	return t
}

// foreign refuses a type for which no code is made.
func (b *builder) foreign(d protoreflect.FieldDescriptor, t protoreflect.Descriptor) {
	place := d
	if parent, ok := d.Parent().(protoreflect.MessageDescriptor); ok && parent.IsMapEntry() {
		// The entry of a map has no place of its own.
		fields := parent.Parent().(protoreflect.MessageDescriptor).Fields()
		for i := range fields.Len() {
			if fields.Get(i).IsMap() && fields.Get(i).Message() == parent {
				place = fields.Get(i)
			}
		}
	}
	if isProtobufs(t.ParentFile().Path()) {
		b.problems.at(place, "field %s: %s is not supported: declare a message of your own", place.FullName(), t.FullName())
		return
	}
	b.problems.at(place, "field %s: %s is an option's type, for which there is no Go code", place.FullName(), t.FullName())
}
