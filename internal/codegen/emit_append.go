package codegen

import (
	j "github.com/dave/jennifer/jen"
)

// emitAppend writes the method AppendTo.
func emitAppend(file *j.File, m *Message) {
	// func (m *NodeRecord) AppendTo(b []byte) []byte {
	// 	if m == nil {
	// 		return b
	// 	}
	// 	…
	// 	if len(m.unknown) > 0 {
	// 		b = append(b, m.unknown...)
	// 	}
	// 	return b
	// }
	file.Comment("// AppendTo appends the encoded message to b. Equal messages have equal bytes.")
	file.Comment("// Without room in b it allocates; Size says how much it needs.")
	method(file, m, "AppendTo").Params(j.Id("b").Index().Byte()).Index().Byte().BlockFunc(func(g *j.Group) {
		g.Add(failed(j.Id("m").Op("==").Nil(), j.Id("b")))
		for _, part := range m.Wire {
			if part.Field != nil {
				appendField(g, part.Field)
			} else {
				appendOneof(g, part.Oneof)
			}
		}
		g.If(j.Len(sel("unknown")).Op(">").Lit(0)).Block(
			j.Id("b").Op("=").Append(j.Id("b"), sel("unknown").Op("...")),
		)
		g.Return(j.Id("b"))
	})
	file.Line()
}

func appendOneof(g *j.Group, o *Oneof) {
	// switch m.ContentKind {
	// case ChangeContentValue:
	// 	…
	// }
	g.Switch(sel(o.Name)).BlockFunc(func(g *j.Group) {
		for _, f := range o.Cases {
			g.Case(j.Id(f.Const)).BlockFunc(func(g *j.Group) { appendValue(g, f.Type, f.Tag, sel(f.Name)) })
		}
	})
}

func appendField(g *j.Group, f *Field) {
	switch f.Shape {
	case Optional:
		// if m.HasZone { … }
		g.If(sel(f.Has)).BlockFunc(func(g *j.Group) { appendValue(g, f.Type, f.Tag, sel(f.Name)) })
	case Repeated:
		appendRepeated(g, f)
	case Map:
		appendMap(g, f)
	default:
		appendSingular(g, f)
	}
}

func appendSingular(g *j.Group, f *Field) {
	switch f.Type.Kind {
	case KindString, KindBytes:
		// if n := len(m.ID); n > 0 { … }
		g.If(j.Id("n").Op(":=").Len(sel(f.Name)), j.Id("n").Op(">").Lit(0)).BlockFunc(func(g *j.Group) {
			appendBytes(g, f.Tag, sel(f.Name))
		})
	case KindBool, KindMessage:
		// if m.Deleted { b = append(b, 0x28, 1) }
		g.If(present(f.Type, sel(f.Name))).BlockFunc(func(g *j.Group) {
			if f.Type.Kind == KindBool {
				g.Id("b").Op("=").Append(j.Id("b"), j.List(tagBytes(f.Tag)...), j.Lit(1))
				return
			}
			appendValue(g, f.Type, f.Tag, sel(f.Name))
		})
	default:
		// if v := uint64(m.Version); v != 0 { … }
		g.If(j.Id("v").Op(":=").Add(raw(f.Type, sel(f.Name))), j.Id("v").Op("!=").Lit(0)).BlockFunc(func(g *j.Group) {
			appendRaw(g, f.Type, f.Tag)
		})
	}
}

func appendRepeated(g *j.Group, f *Field) {
	switch {
	case f.Packed:
		appendPacked(g, f)
	case f.Type.Kind == KindMessage:
		// for i := range m.Records { … }
		g.For(j.Id("i").Op(":=").Range().Add(sel(f.Name))).BlockFunc(func(g *j.Group) {
			appendValue(g, f.Type, f.Tag, sel(f.Name).Index(j.Id("i")))
		})
	default:
		// for _, x := range m.Names { … }
		g.For(j.List(j.Id("_"), j.Id("x")).Op(":=").Range().Add(sel(f.Name))).BlockFunc(func(g *j.Group) {
			appendValue(g, f.Type, f.Tag, j.Id("x"))
		})
	}
}

func appendPacked(g *j.Group, f *Field) {
	if width := fixedWidth(f.Type); width > 0 {
		// if n := len(m.Tags); n > 0 {
		// 	b = wire.AppendVarint(append(b, 0x1a), uint64(n*4))
		// 	for _, x := range m.Tags {
		// 		b = binary.LittleEndian.AppendUint32(b, x)
		// 	}
		// }
		g.If(j.Id("n").Op(":=").Len(sel(f.Name)), j.Id("n").Op(">").Lit(0)).Block(
			j.Id("b").Op("=").Add(wireFunc("AppendVarint")).Call(
				j.Append(j.Id("b"), j.List(tagBytes(f.PackedTag)...)), j.Uint64().Call(timesWidth(j.Id("n"), width))),
			j.For(j.List(j.Id("_"), j.Id("x")).Op(":=").Range().Add(sel(f.Name))).Block(
				j.Id("b").Op("=").Add(packedElement(f.Type)),
			),
		)
		return
	}
	// if len(m.Ports) > 0 {
	// 	b = append(b, 0x1a, 0)
	// 	start := len(b)
	// 	for _, x := range m.Ports {
	// 		b = wire.AppendVarint(b, uint64(x))
	// 	}
	// 	b = wire.EndLength(b, start)
	// }
	g.If(j.Len(sel(f.Name)).Op(">").Lit(0)).BlockFunc(func(g *j.Group) {
		delimited(g, f.PackedTag, j.For(j.List(j.Id("_"), j.Id("x")).Op(":=").Range().Add(sel(f.Name))).Block(
			j.Id("b").Op("=").Add(packedElement(f.Type)),
		))
	})
}

// packedElement appends x to b without a tag.
func packedElement(t Type) *j.Statement {
	switch {
	case t.Kind == KindBool:
		return wireFunc("AppendBool").Call(j.Id("b"), j.Id("x"))
	case t.Kind.Wire() == WireFixed32:
		return littleEndian("AppendUint32").Call(j.Id("b"), raw(t, j.Id("x")))
	case t.Kind.Wire() == WireFixed64:
		return littleEndian("AppendUint64").Call(j.Id("b"), raw(t, j.Id("x")))
	default:
		return wireFunc("AppendVarint").Call(j.Id("b"), raw(t, j.Id("x")))
	}
}

// littleEndian is binary.LittleEndian.name.
func littleEndian(name string) *j.Statement {
	return j.Qual("encoding/binary", "LittleEndian").Dot(name)
}

// delimited appends a tag, the length of what body appends, and that. The
// length is written last, into a byte that was kept for it.
func delimited(g *j.Group, tag Tag, body ...j.Code) {
	g.Id("b").Op("=").Append(j.Id("b"), j.List(tagBytes(tag)...), j.Lit(0))
	g.Id("start").Op(":=").Len(j.Id("b"))
	for _, code := range body {
		g.Add(code)
	}
	g.Id("b").Op("=").Add(wireFunc("EndLength")).Call(j.Id("b"), j.Id("start"))
}

func appendMap(g *j.Group, f *Field) {
	// if len(m.Labels) > 0 {
	// 	var keys [16]string
	// 	for _, key := range wire.SortedKeys(keys[:0], m.Labels) {
	// 		b = append(b, 0x0a, 0)
	// 		start := len(b)
	// 		…
	// 		b = wire.EndLength(b, start)
	// 	}
	// }
	g.If(j.Len(sel(f.Name)).Op(">").Lit(0)).BlockFunc(func(g *j.Group) {
		forEntries(g, f, func(g *j.Group) { appendEntry(g, f) })
	})
}

// forEntries is a loop over a map, in the order of its keys.
func forEntries(g *j.Group, f *Field, body func(g *j.Group)) {
	sorted := "SortedKeys"
	if f.Key.Type.Kind == KindBool {
		sorted = "SortedBools"
	}
	g.Var().Id("keys").Index(j.Lit(16)).Add(valueType(f.Key.Type))
	g.For(j.List(j.Id("_"), j.Id("key")).Op(":=").Range().Add(
		wireFunc(sorted).Call(j.Id("keys").Index(j.Empty(), j.Lit(0)), sel(f.Name)),
	)).BlockFunc(func(g *j.Group) {
		g.Id("value").Op(":=").Add(sel(f.Name)).Index(j.Id("key"))
		body(g)
	})
}

// appendEntry appends an entry of a map: key and value.
func appendEntry(g *j.Group, f *Field) {
	delimited(g, f.Tag,
		j.BlockFunc(func(g *j.Group) { appendValue(g, f.Key.Type, f.Key.Tag, j.Id("key")) }),
		j.BlockFunc(func(g *j.Group) { appendValue(g, f.Element.Type, f.Element.Tag, j.Id("value")) }),
	)
}

// appendValue appends a tag and the value x, whatever it is.
func appendValue(g *j.Group, t Type, tag Tag, x *j.Statement) {
	switch t.Kind {
	case KindString, KindBytes:
		// n := len(x)
		g.Id("n").Op(":=").Len(x.Clone())
		appendBytes(g, tag, x)
	case KindMessage:
		// b = append(b, 0x1a, 0)
		// start := len(b)
		// b = x.AppendTo(b)
		// b = wire.EndLength(b, start)
		delimited(g, tag, j.Id("b").Op("=").Add(x).Dot("AppendTo").Call(j.Id("b")))
	case KindBool:
		// b = wire.AppendBool(append(b, 0x28), x)
		g.Id("b").Op("=").Add(wireFunc("AppendBool")).Call(j.Append(j.Id("b"), j.List(tagBytes(tag)...)), x)
	default:
		// v := uint64(x)
		g.Id("v").Op(":=").Add(raw(t, x))
		appendRaw(g, t, tag)
	}
}

// appendRaw appends a tag and v, a raw number.
func appendRaw(g *j.Group, t Type, tag Tag) {
	switch t.Kind.Wire() {
	case WireFixed32:
		// b = binary.LittleEndian.AppendUint32(append(b, 0x25), v)
		g.Id("b").Op("=").Add(littleEndian("AppendUint32")).Call(j.Append(j.Id("b"), j.List(tagBytes(tag)...)), j.Id("v"))
	case WireFixed64:
		g.Id("b").Op("=").Add(littleEndian("AppendUint64")).Call(j.Append(j.Id("b"), j.List(tagBytes(tag)...)), j.Id("v"))
	default:
		appendShort(g, tag, "v")
	}
}

// appendShort appends a tag and a varint, which is mostly of one byte: v, a
// uint64, or n, an int.
func appendShort(g *j.Group, tag Tag, name string) {
	// if v < 0x80 {
	// 	b = append(b, 0x18, byte(v))
	// } else {
	// 	b = wire.AppendVarint(append(b, 0x18), v)
	// }
	wide := j.Id(name)
	if name == "n" {
		wide = j.Uint64().Call(wide)
	}
	g.If(j.Id(name).Op("<").Add(hex(0x80))).Block(
		j.Id("b").Op("=").Append(j.Id("b"), j.List(tagBytes(tag)...), j.Byte().Call(j.Id(name))),
	).Else().Block(
		j.Id("b").Op("=").Add(wireFunc("AppendVarint")).Call(j.Append(j.Id("b"), j.List(tagBytes(tag)...)), wide),
	)
}

// appendBytes appends a tag, the length n and the string or bytes x.
func appendBytes(g *j.Group, tag Tag, x *j.Statement) {
	appendShort(g, tag, "n")
	g.Id("b").Op("=").Append(j.Id("b"), x.Clone().Op("..."))
}
