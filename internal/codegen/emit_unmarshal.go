package codegen

import (
	j "github.com/dave/jennifer/jen"
)

// emitUnmarshal writes the methods Unmarshal and UnmarshalLimits.
func emitUnmarshal(file *j.File, m *Message) {
	// func (m *NodeRecord) Unmarshal(b []byte) error {
	// 	return m.UnmarshalLimits(b, wire.Limits{})
	// }
	file.Comment("// Unmarshal decodes b into m, of which nothing is left but its memory, under the")
	file.Comment("// default limits. m holds no part of b afterwards. After an error m is empty.")
	method(file, m, "Unmarshal").Params(j.Id("b").Index().Byte()).Error().Block(
		j.Return(j.Id("m").Dot("UnmarshalLimits").Call(j.Id("b"), wireFunc("Limits").Values())),
	)
	file.Line()

	// func (m *NodeRecord) UnmarshalLimits(b []byte, limits wire.Limits) error {
	// 	budget := limits.Budget(len(b))
	// 	if budget.Exceeded() {
	// 		return wire.ErrLimit
	// 	}
	// 	err := m.UnmarshalWithin(b, &budget)
	// 	if err != nil {
	// 		m.Reset()
	// 	}
	// 	return err
	// }
	file.Comment("// UnmarshalLimits is Unmarshal under other limits than the default ones.")
	method(file, m, "UnmarshalLimits").Params(j.Id("b").Index().Byte(), j.Id("limits").Add(wireFunc("Limits"))).Error().Block(
		j.Id("budget").Op(":=").Id("limits").Dot("Budget").Call(j.Len(j.Id("b"))),
		j.Id("err").Op(":=").Add(wireFunc("ErrLimit")),
		j.If(j.Op("!").Id("budget").Dot("Exceeded").Call()).Block(
			j.Id("err").Op("=").Id("m").Dot("UnmarshalWithin").Call(j.Id("b"), j.Op("&").Id("budget")),
		),
		j.If(j.Id("err").Op("!=").Nil()).Block(j.Id("m").Dot("Reset").Call()),
		j.Return(j.Id("err")),
	)
	file.Line()
}

// emitUnmarshalWithin writes the method UnmarshalWithin, which decodes without a
// loop over tags: it expects the fields in the order in which AppendTo writes
// them. Whatever comes otherwise, from the first field that does, is left to
// MergeWithin.
func emitUnmarshalWithin(file *j.File, m *Message) {
	// func (m *NodeRecord) UnmarshalWithin(b []byte, budget *wire.Budget) error {
	// 	i := 0
	// 	…
	// 	m.unknown = m.unknown[:0]
	// 	if i < len(b) {
	// 		return m.MergeWithin(b[i:], budget)
	// 	}
	// 	return nil
	// }
	file.Comment("// UnmarshalWithin is Unmarshal as a part of decoding a larger message, whose limits")
	file.Comment("// are in budget. Generated code calls it. After an error m is undefined.")
	method(file, m, "UnmarshalWithin").Params(decoderParams()...).Error().BlockFunc(func(g *j.Group) {
		g.Id("i").Op(":=").Lit(0)
		for _, part := range m.Wire {
			if part.Field != nil {
				g.Commentf("// %s", part.Field.ProtoName)
				freshField(g, part.Field)
			} else {
				g.Commentf("// oneof %s", part.Oneof.FullName)
				freshOneof(g, part.Oneof)
			}
		}
		g.Id("m").Dot("unknown").Op("=").Add(sel("unknown")).Index(j.Empty(), j.Lit(0))
		g.If(j.Id("i").Op("<").Len(j.Id("b"))).Block(
			j.Return(j.Id("m").Dot("MergeWithin").Call(j.Id("b").Index(j.Id("i"), j.Empty()), j.Id("budget"))),
		)
		g.Return(j.Nil())
	})
	file.Line()
}

func decoderParams() []j.Code {
	return []j.Code{j.Id("b").Index().Byte(), j.Id("budget").Op("*").Add(wireFunc("Budget"))}
}

func freshField(g *j.Group, f *Field) {
	switch f.Shape {
	case Repeated:
		// m.Records = m.Records[:0]
		// for i+1 < len(b) && b[i] == 0x1a { … }
		tag := f.Tag
		if f.Packed {
			tag = f.PackedTag
		}
		g.Add(emptyField(f)[0])
		g.For(next(f.Type, tag, f.Packed)).BlockFunc(func(g *j.Group) {
			if !f.Packed {
				g.Id("start").Op(":=").Id("i")
			}
			switch {
			case f.Packed:
				freshLength(g, tag)
				packedElements(g, f)
			case f.Type.Kind.Wire() == WireBytes:
				freshLength(g, tag)
				element(g, f)
			default:
				freshNumber(g, f.Type, tag)
				element(g, f)
			}
		})
	case Map:
		// clear(m.Labels)
		// for i+1 < len(b) && b[i] == 0x0a { … }
		g.Add(emptyField(f)[0])
		g.For(next(f.Type, f.Tag, true)).BlockFunc(func(g *j.Group) {
			freshLength(g, f.Tag)
			mapEntry(g, f)
		})
	default:
		// if i+1 < len(b) && b[i] == 0x18 { … } else { … }
		g.If(next(f.Type, f.Tag, false)).BlockFunc(func(g *j.Group) {
			freshValue(g, f)
		}).Else().Block(emptyField(f)...)
	}
}

func freshOneof(g *j.Group, o *Oneof) {
	// m.ContentKind = ChangeContentNone
	// switch {
	// case i+1 < len(b) && b[i] == 0x22:
	// 	…
	// 	m.ContentKind = ChangeContentValue
	// }
	// if m.ContentKind != ChangeContentValue {
	// 	m.Value = m.Value[:0]
	// }
	g.Add(sel(o.Name)).Op("=").Id(o.None)
	g.Switch().BlockFunc(func(g *j.Group) {
		for _, f := range o.Cases {
			g.Case(next(f.Type, f.Tag, false)).BlockFunc(func(g *j.Group) {
				freshValue(g, f)
				g.Add(sel(o.Name)).Op("=").Id(f.Const)
			})
		}
	})
	for _, f := range o.Cases {
		g.If(sel(o.Name).Op("!=").Id(f.Const)).Block(emptyField(f)...)
	}
}

// freshValue reads the field that stands at i into an empty field.
func freshValue(g *j.Group, f *Field) {
	if f.Type.Kind.Wire() == WireBytes {
		freshLength(g, f.Tag)
	} else {
		freshNumber(g, f.Type, f.Tag)
	}
	storeFresh(g, f)
	if f.Shape == Optional {
		g.Add(sel(f.Has)).Op("=").True()
	}
}

// next is the condition that the field with that tag is at i, with as many
// bytes behind the tag as are there in any case. What fails it is not lost:
// MergeWithin reads it again.
func next(t Type, tag Tag, delimited bool) *j.Statement {
	behind := 1
	if width := fixedWidth(t); !delimited && width > 0 {
		behind = width
	}
	// i+8 < len(b) && b[i] == 0x11
	cond := j.Id("i").Op("+").Lit(len(tag.Bytes) + behind - 1).Op("<").Len(j.Id("b"))
	for k, c := range tag.Bytes {
		cond.Op("&&").Id("b").Index(offset(k)).Op("==").Add(hex(c))
	}
	return cond
}

// offset is i+k.
func offset(k int) *j.Statement {
	if k == 0 {
		return j.Id("i")
	}
	return j.Id("i").Op("+").Lit(k)
}

// freshLength reads tag and length at i, and makes s of what follows.
func freshLength(g *j.Group, tag Tag) {
	// n := int(b[i+1])
	// i += 2
	// if n >= 0x80 {
	// 	if n, i = wire.Length(b, i-1); i < 0 {
	// 		return wire.Err(i)
	// 	}
	// } else if n > len(b)-i {
	// 	return wire.ErrTruncated
	// }
	// s := b[i : i+n]
	// i += n
	g.Id("n").Op(":=").Int().Call(j.Id("b").Index(offset(len(tag.Bytes))))
	g.Id("i").Op("+=").Lit(len(tag.Bytes) + 1)
	g.If(j.Id("n").Op(">=").Add(hex(0x80))).Block(
		readAt("n", "Length", j.Id("i").Op("-").Lit(1)),
	).Else().If(j.Id("n").Op(">").Len(j.Id("b")).Op("-").Id("i")).Block(
		j.Return(wireFunc("ErrTruncated")),
	)
	g.Id("s").Op(":=").Id("b").Index(j.Id("i"), j.Id("i").Op("+").Id("n"))
	g.Id("i").Op("+=").Id("n")
}

// readAt is: if target, i = wire.name(b, at); i < 0 { return wire.Err(i) }.
func readAt(target, name string, at j.Code) *j.Statement {
	return j.If(
		j.List(j.Id(target), j.Id("i")).Op("=").Add(wireFunc(name)).Call(j.Id("b"), at),
		j.Id("i").Op("<").Lit(0),
	).Block(j.Return(wireFunc("Err").Call(j.Id("i"))))
}

// freshNumber reads tag and number at i into v.
func freshNumber(g *j.Group, t Type, tag Tag) {
	size := len(tag.Bytes)
	switch t.Kind.Wire() {
	case WireFixed32, WireFixed64:
		// v := binary.LittleEndian.Uint64(b[i+1:])
		// i += 9
		name := "Uint32"
		if fixedWidth(t) == 8 {
			name = "Uint64"
		}
		g.Id("v").Op(":=").Add(littleEndian(name)).Call(j.Id("b").Index(offset(size), j.Empty()))
		g.Id("i").Op("+=").Lit(size + fixedWidth(t))
	default:
		// v := uint64(b[i+1])
		// i += 2
		// if v >= 0x80 {
		// 	if v, i = wire.Varint(b, i-1); i < 0 {
		// 		return wire.Err(i)
		// 	}
		// }
		g.Id("v").Op(":=").Uint64().Call(j.Id("b").Index(offset(size)))
		g.Id("i").Op("+=").Lit(size + 1)
		g.If(j.Id("v").Op(">=").Add(hex(0x80))).Block(
			readAt("v", "Varint", j.Id("i").Op("-").Lit(1)),
		)
	}
}
