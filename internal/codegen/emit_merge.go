package codegen

import (
	j "github.com/dave/jennifer/jen"
)

// emitMergeWithin writes the method MergeWithin: the general decoder, a loop
// over tags.
func emitMergeWithin(file *j.File, m *Message) {
	// func (m *NodeRecord) MergeWithin(b []byte, budget *wire.Budget) error {
	// 	for i := 0; i < len(b); {
	// 		start := i
	// 		var tag uint64
	// 		if tag, i = wire.Tag(b, i); i < 0 {
	// 			return wire.Err(i)
	// 		}
	// 		switch tag {
	// 		…
	// 		default:
	// 			if i = wire.Skip(b, i, tag, budget); i < 0 {
	// 				return wire.Err(i)
	// 			}
	// 			m.unknown = append(m.unknown, b[start:i]...)
	// 		}
	// 	}
	// 	return nil
	// }
	file.Comment("// MergeWithin decodes b into m beside what m holds, as protobuf merges: singular")
	file.Comment("// fields are replaced, repeated ones get longer, messages are merged in turn.")
	file.Comment("// budget is charged. Generated code calls it. After an error m is undefined.")
	method(file, m, "MergeWithin").Params(decoderParams()...).Error().Block(
		tagLoop(func(g *j.Group) {
			for _, f := range m.Fields {
				mergeField(g, f)
			}
			g.Default().Block(
				skipUnknown(),
				sel("unknown").Op("=").Append(sel("unknown"), j.Id("b").Index(j.Id("start"), j.Id("i")).Op("...")),
			)
		}, true),
		j.Return(j.Nil()),
	)
	file.Line()
}

// tagLoop is the loop over the tags of b with a switch on each.
func tagLoop(cases func(g *j.Group), start bool) *j.Statement {
	return j.For(j.Id("i").Op(":=").Lit(0), j.Id("i").Op("<").Len(j.Id("b")), j.Empty()).BlockFunc(func(g *j.Group) {
		if start {
			g.Id("start").Op(":=").Id("i")
		}
		g.Var().Id("tag").Uint64()
		g.Add(readAt("tag", "Tag", j.Id("i")))
		g.Switch(j.Id("tag")).BlockFunc(cases)
	})
}

func skipUnknown() *j.Statement {
	return j.If(
		j.Id("i").Op("=").Add(wireFunc("Skip")).Call(j.Id("b"), j.Id("i"), j.Id("tag"), j.Id("budget")),
		j.Id("i").Op("<").Lit(0),
	).Block(j.Return(wireFunc("Err").Call(j.Id("i"))))
}

// mergeField writes the case of a field, or both cases of one that can be
// packed.
func mergeField(g *j.Group, f *Field) {
	g.Case(tagValue(f.Tag)).BlockFunc(func(g *j.Group) {
		g.Commentf("// %s", f.ProtoName)
		if f.Shape == Map {
			readBytes(g)
			mapEntry(g, f)
			return
		}
		readValue(g, f.Type)
		mergeValue(g, f)
	})
	if f.PackedTag.Value != 0 {
		g.Case(tagValue(f.PackedTag)).BlockFunc(func(g *j.Group) {
			g.Commentf("// %s, packed", f.ProtoName)
			readBytes(g)
			packedElements(g, f)
		})
	}
}

// readValue reads the value at i into v or s.
func readValue(g *j.Group, t Type) {
	switch t.Kind.Wire() {
	case WireBytes:
		readBytes(g)
	case WireFixed32:
		// var v uint32
		// if v, i = wire.Fixed32(b, i); i < 0 {
		// 	return wire.Err(i)
		// }
		g.Var().Id("v").Uint32()
		g.Add(readAt("v", "Fixed32", j.Id("i")))
	case WireFixed64:
		g.Var().Id("v").Uint64()
		g.Add(readAt("v", "Fixed64", j.Id("i")))
	default:
		g.Var().Id("v").Uint64()
		g.Add(readAt("v", "Varint", j.Id("i")))
	}
}

func readBytes(g *j.Group) {
	// var s []byte
	// if s, i = wire.Bytes(b, i); i < 0 {
	// 	return wire.Err(i)
	// }
	g.Var().Id("s").Index().Byte()
	g.Add(readAt("s", "Bytes", j.Id("i")))
}

// mergeValue stores what was read, v or s, into a field that may hold something
// already.
func mergeValue(g *j.Group, f *Field) {
	switch f.Shape {
	case Repeated:
		element(g, f)
		return
	case Case:
		// if m.ContentKind != ChangeContentValue {
		// 	m.clearContent()
		// 	m.ContentKind = ChangeContentValue
		// }
		g.If(sel(f.Oneof.Name).Op("!=").Id(f.Const)).Block(
			j.Id("m").Dot(f.Oneof.Clear).Call(),
			sel(f.Oneof.Name).Op("=").Id(f.Const),
		)
	case Optional:
		g.Add(sel(f.Has)).Op("=").True()
	}
	if f.Type.Kind == KindMessage {
		mergeMessage(g, f)
		return
	}
	storeScalar(g, f.Type, sel(f.Name))
}

func mergeMessage(g *j.Group, f *Field) {
	// if m.Delta != nil {
	// 	if !budget.Enter(0) {
	// 		return wire.ErrLimit
	// 	}
	// 	if err := m.Delta.MergeWithin(s, budget); err != nil {
	// 		return err
	// 	}
	// 	budget.Leave()
	// } else {
	// 	…
	// }
	g.If(sel(f.Name).Op("!=").Nil()).Block(
		overLimit(j.Id("budget").Dot("Enter").Call(j.Lit(0))),
		decodeInto(sel(f.Name), "MergeWithin"),
		j.Id("budget").Dot("Leave").Call(),
	).Else().BlockFunc(func(g *j.Group) { storeFresh(g, f) })
}

// emitMapEntries writes, for each map, the method that decodes an entry.
func emitMapEntries(file *j.File, m *Message) {
	for _, f := range m.Fields {
		if f.Shape == Map {
			emitMapEntry(file, m, f)
		}
	}
}

func emitMapEntry(file *j.File, m *Message, f *Field) {
	// func (m *Service) mergeLabels(b []byte, budget *wire.Budget) error {
	// 	var key string
	// 	var value string
	// 	for i := 0; i < len(b); {
	// 		…
	// 	}
	// 	if m.Labels == nil {
	// 		m.Labels = map[string]string{}
	// 	}
	// 	m.Labels[key] = value
	// 	return nil
	// }
	file.Commentf("// %s decodes an entry of %s. What it does not know of one is dropped.", f.Merge, f.Name)
	method(file, m, f.Merge).Params(decoderParams()...).Error().BlockFunc(func(g *j.Group) {
		g.Var().Id("key").Add(valueType(f.Key.Type))
		if f.Element.Type.Kind == KindMessage {
			g.Id("value").Op(":=").New(valueType(f.Element.Type))
		} else {
			g.Var().Id("value").Add(valueType(f.Element.Type))
		}
		g.Add(tagLoop(func(g *j.Group) {
			entryPart(g, f.Key)
			entryPart(g, f.Element)
			g.Default().Block(skipUnknown())
		}, false))
		if f.MaxItems > 0 {
			// if _, has := m.Labels[key]; !has && len(m.Labels) >= 8 { return wire.ErrLimit }
			g.If(
				j.List(j.Id("_"), j.Id("has")).Op(":=").Add(sel(f.Name)).Index(j.Id("key")),
				j.Op("!").Id("has").Op("&&").Len(sel(f.Name)).Op(">=").Lit(f.MaxItems),
			).Block(j.Return(wireFunc("ErrLimit")))
		}
		g.If(sel(f.Name).Op("==").Nil()).Block(
			sel(f.Name).Op("=").Make(fieldType(f)),
		)
		g.Add(sel(f.Name)).Index(j.Id("key")).Op("=").Id("value")
		g.Return(j.Nil())
	})
	file.Line()
}

// entryPart writes the case of a map's key or value.
func entryPart(g *j.Group, f *Field) {
	g.Case(tagValue(f.Tag)).BlockFunc(func(g *j.Group) {
		readValue(g, f.Type)
		if f.Type.Kind != KindMessage {
			storeScalar(g, f.Type, j.Id(f.Name))
			return
		}
		g.Add(overLimit(j.Id("budget").Dot("Enter").Call(j.Lit(0))))
		g.Add(decodeInto(j.Id(f.Name), "MergeWithin"))
		g.Id("budget").Dot("Leave").Call()
	})
}
