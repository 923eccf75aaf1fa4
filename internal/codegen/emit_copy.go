package codegen

import (
	j "github.com/dave/jennifer/jen"
)

// emitCopy writes the methods Clone and CopyFrom.
func emitCopy(file *j.File, m *Message) {
	// func (m *NodeRecord) Clone() *NodeRecord {
	// 	if m == nil {
	// 		return nil
	// 	}
	// 	c := new(NodeRecord)
	// 	c.CopyFrom(m)
	// 	return c
	// }
	file.Comment("// Clone returns a deep copy of m.")
	method(file, m, "Clone").Params().Op("*").Id(m.Name).Block(
		failed(j.Id("m").Op("==").Nil(), j.Nil()),
		j.Id("c").Op(":=").New(j.Id(m.Name)),
		j.Id("c").Dot("CopyFrom").Call(j.Id("m")),
		j.Return(j.Id("c")),
	)
	file.Line()

	// func (m *NodeRecord) CopyFrom(o *NodeRecord) {
	// 	if m == o {
	// 		return
	// 	}
	// 	if o == nil {
	// 		m.Reset()
	// 		return
	// 	}
	// 	m.ID = o.ID
	// 	…
	// 	m.unknown = append(m.unknown[:0], o.unknown...)
	// }
	file.Comment("// CopyFrom makes m a deep copy of o, in the memory that m has where that is enough.")
	file.Comment("// No memory but that of strings is shared afterwards.")
	method(file, m, "CopyFrom").Params(j.Id("o").Op("*").Id(m.Name)).BlockFunc(func(g *j.Group) {
		g.If(j.Id("m").Op("==").Id("o")).Block(j.Return())
		g.If(j.Id("o").Op("==").Nil()).Block(j.Id("m").Dot("Reset").Call(), j.Return())
		placed := map[*Oneof]bool{}
		for _, f := range m.Fields {
			if f.Oneof != nil && !placed[f.Oneof] {
				placed[f.Oneof] = true
				g.Add(sel(f.Oneof.Name)).Op("=").Add(other(f.Oneof.Name))
			}
			copyField(g, f)
		}
		g.Add(copyBytes(sel("unknown"), other("unknown")))
	})
	file.Line()
}

// copyBytes is: x = append(x[:0], y...).
func copyBytes(x, y *j.Statement) *j.Statement {
	return x.Clone().Op("=").Append(x.Clone().Index(j.Empty(), j.Lit(0)), y.Op("..."))
}

func copyField(g *j.Group, f *Field) {
	switch {
	case f.Shape == Map:
		copyMap(g, f)
	case f.Shape == Repeated:
		copyRepeated(g, f)
	case f.Type.Kind == KindMessage:
		// if o.Delta == nil {
		// 	m.Delta = nil
		// } else {
		// 	…
		// 	m.Delta.CopyFrom(o.Delta)
		// }
		g.If(other(f.Name).Op("==").Nil()).Block(
			sel(f.Name).Op("=").Nil(),
		).Else().BlockFunc(func(g *j.Group) {
			newMessage(g, f)
			g.Add(sel(f.Name)).Dot("CopyFrom").Call(other(f.Name))
		})
	case f.Type.Kind == KindBytes:
		g.Add(copyBytes(sel(f.Name), other(f.Name)))
	default:
		g.Add(sel(f.Name)).Op("=").Add(other(f.Name))
	}
	if f.Shape == Optional {
		g.Add(sel(f.Has)).Op("=").Add(other(f.Has))
	}
}

func copyRepeated(g *j.Group, f *Field) {
	switch f.Type.Kind {
	case KindBytes, KindMessage:
		// m.Records = wire.Resize(m.Records, len(o.Records))
		// for i := range o.Records {
		// 	m.Records[i].CopyFrom(&o.Records[i])
		// }
		mine, theirs := sel(f.Name).Index(j.Id("i")), other(f.Name).Index(j.Id("i"))
		g.Add(sel(f.Name)).Op("=").Add(wireFunc("Resize")).Call(sel(f.Name), j.Len(other(f.Name)))
		g.For(j.Id("i").Op(":=").Range().Add(other(f.Name))).BlockFunc(func(g *j.Group) {
			if f.Type.Kind == KindBytes {
				g.Add(copyBytes(mine, theirs))
				return
			}
			g.Add(mine).Dot("CopyFrom").Call(j.Op("&").Add(theirs))
		})
	default:
		// m.Tags = append(m.Tags[:0], o.Tags...)
		g.Add(copyBytes(sel(f.Name), other(f.Name)))
	}
}

func copyMap(g *j.Group, f *Field) {
	// clear(m.Labels)
	// if len(o.Labels) > 0 && m.Labels == nil {
	// 	m.Labels = make(map[string]string, len(o.Labels))
	// }
	// for key, value := range o.Labels {
	// 	m.Labels[key] = value
	// }
	value := j.Id("value")
	switch f.Element.Type.Kind {
	case KindMessage:
		value = value.Dot("Clone").Call()
	case KindBytes:
		value = j.Qual("bytes", "Clone").Call(value)
	}
	g.Add(emptyField(f)[0])
	g.If(j.Len(other(f.Name)).Op(">").Lit(0).Op("&&").Add(sel(f.Name)).Op("==").Nil()).Block(
		sel(f.Name).Op("=").Make(fieldType(f), j.Len(other(f.Name))),
	)
	g.For(j.List(j.Id("key"), j.Id("value")).Op(":=").Range().Add(other(f.Name))).Block(
		sel(f.Name).Index(j.Id("key")).Op("=").Add(value),
	)
}
