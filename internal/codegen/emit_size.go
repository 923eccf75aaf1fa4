package codegen

import (
	j "github.com/dave/jennifer/jen"
)

// emitSize writes the method Size.
func emitSize(file *j.File, m *Message) {
	// func (m *NodeRecord) Size() int {
	// 	if m == nil {
	// 		return 0
	// 	}
	// 	n := len(m.unknown)
	// 	…
	// 	return n
	// }
	file.Comment("// Size returns the exact number of bytes that AppendTo appends.")
	method(file, m, "Size").Params().Int().BlockFunc(func(g *j.Group) {
		g.Add(failed(j.Id("m").Op("==").Nil(), j.Lit(0)))
		g.Id("n").Op(":=").Len(sel("unknown"))
		for _, part := range m.Wire {
			if part.Field != nil {
				sizeField(g, part.Field)
				continue
			}
			// switch m.ContentKind { case ChangeContentValue: … }
			g.Switch(sel(part.Oneof.Name)).BlockFunc(func(g *j.Group) {
				for _, f := range part.Oneof.Cases {
					g.Case(j.Id(f.Const)).Block(addSize(f.Type, f.Tag, sel(f.Name)))
				}
			})
		}
		g.Return(j.Id("n"))
	})
	file.Line()
}

func sizeField(g *j.Group, f *Field) {
	switch f.Shape {
	case Optional:
		// if m.HasZone { n += … }
		g.If(sel(f.Has)).Block(addSize(f.Type, f.Tag, sel(f.Name)))
	case Repeated:
		sizeRepeated(g, f)
	case Map:
		sizeMap(g, f)
	default:
		// if m.Version != 0 { n += … }
		g.If(present(f.Type, sel(f.Name))).Block(addSize(f.Type, f.Tag, sel(f.Name)))
	}
}

func sizeRepeated(g *j.Group, f *Field) {
	length := j.Len(sel(f.Name))
	switch width := fixedWidth(f.Type); {
	case f.Packed && width > 0:
		// if len(m.Tags) > 0 { n += 1 + wire.SizeBytes(len(m.Tags)*4) }
		g.If(j.Len(sel(f.Name)).Op(">").Lit(0)).Block(
			j.Id("n").Op("+=").Lit(len(f.PackedTag.Bytes)).Op("+").Add(wireFunc("SizeBytes").Call(timesWidth(length, width))),
		)
	case f.Packed:
		// if len(m.Ports) > 0 {
		// 	size := 0
		// 	for _, v := range m.Ports {
		// 		size += wire.SizeVarint(uint64(v))
		// 	}
		// 	n += 1 + wire.SizeBytes(size)
		// }
		g.If(j.Len(sel(f.Name)).Op(">").Lit(0)).Block(
			j.Id("size").Op(":=").Lit(0),
			j.For(j.List(j.Id("_"), j.Id("v")).Op(":=").Range().Add(sel(f.Name))).Block(
				j.Id("size").Op("+=").Add(varintSize(f.Type, j.Id("v"))),
			),
			j.Id("n").Op("+=").Lit(len(f.PackedTag.Bytes)).Op("+").Add(wireFunc("SizeBytes").Call(j.Id("size"))),
		)
	case width > 0:
		// n += len(m.Tags) * 5
		g.Id("n").Op("+=").Add(length).Op("*").Lit(len(f.Tag.Bytes) + width)
	case f.Type.Kind == KindMessage:
		// for i := range m.Records { n += 1 + wire.SizeBytes(m.Records[i].Size()) }
		g.For(j.Id("i").Op(":=").Range().Add(sel(f.Name))).Block(
			addSize(f.Type, f.Tag, sel(f.Name).Index(j.Id("i"))),
		)
	default:
		// for _, v := range m.Names { n += 1 + wire.SizeBytes(len(v)) }
		g.For(j.List(j.Id("_"), j.Id("v")).Op(":=").Range().Add(sel(f.Name))).Block(
			addSize(f.Type, f.Tag, j.Id("v")),
		)
	}
}

func sizeMap(g *j.Group, f *Field) {
	if key, element := fixedWidth(f.Key.Type), fixedWidth(f.Element.Type); key > 0 && element > 0 {
		// n += len(m.Flags) * 7
		g.Id("n").Op("+=").Len(sel(f.Name)).Op("*").Lit(len(f.Tag.Bytes) + 1 + 1 + key + 1 + element)
		return
	}
	// for key, value := range m.Labels {
	// 	size := 1 + wire.SizeBytes(len(key)) + 1 + wire.SizeBytes(len(value))
	// 	n += 1 + wire.SizeBytes(size)
	// }
	g.For(j.List(entryVars(f)...).Op(":=").Range().Add(sel(f.Name))).Block(
		entrySize(f),
		j.Id("n").Op("+=").Lit(len(f.Tag.Bytes)).Op("+").Add(wireFunc("SizeBytes").Call(j.Id("size"))),
	)
}

// entryVars are the variables of a loop over a map. A value whose size does not
// depend on it is left out.
func entryVars(f *Field) []j.Code {
	switch {
	case fixedWidth(f.Key.Type) > 0:
		return []j.Code{j.Id("_"), j.Id("value")}
	case fixedWidth(f.Element.Type) > 0:
		return []j.Code{j.Id("key")}
	default:
		return []j.Code{j.Id("key"), j.Id("value")}
	}
}

// entrySize is: size := …, the size of a map's entry without tag and length.
func entrySize(f *Field) *j.Statement {
	size := func(f *Field) *j.Statement { return valueSize(f.Type, f.Tag, j.Id(f.Name)) }
	return j.Id("size").Op(":=").Add(size(f.Key)).Op("+").Add(size(f.Element))
}

// addSize is: n += the size of a value with its tag.
func addSize(t Type, tag Tag, x *j.Statement) *j.Statement {
	return j.Id("n").Op("+=").Add(valueSize(t, tag, x))
}

func valueSize(t Type, tag Tag, x *j.Statement) *j.Statement {
	if width := fixedWidth(t); width > 0 {
		return j.Lit(len(tag.Bytes) + width)
	}
	size := j.Lit(len(tag.Bytes)).Op("+")
	switch t.Kind {
	case KindString, KindBytes:
		return size.Add(wireFunc("SizeBytes").Call(j.Len(x)))
	case KindMessage:
		return size.Add(wireFunc("SizeBytes").Call(x.Dot("Size").Call()))
	default:
		return size.Add(varintSize(t, x))
	}
}

func varintSize(t Type, x *j.Statement) *j.Statement {
	return wireFunc("SizeVarint").Call(raw(t, x))
}

// fixedWidth returns the width of values that all have the same, else 0.
func fixedWidth(t Type) int {
	switch {
	case t.Kind == KindBool:
		return 1
	case t.Kind.Wire() == WireFixed32:
		return 4
	case t.Kind.Wire() == WireFixed64:
		return 8
	default:
		return 0
	}
}

// timesWidth is n*width.
func timesWidth(n *j.Statement, width int) *j.Statement {
	if width == 1 {
		return n
	}
	return n.Op("*").Lit(width)
}
