package codegen

import (
	j "github.com/dave/jennifer/jen"
)

// emitEqual writes the method Equal.
func emitEqual(file *j.File, m *Message) {
	// func (m *NodeRecord) Equal(o *NodeRecord) bool {
	// 	if m == nil || o == nil {
	// 		return m.Size() == 0 && o.Size() == 0
	// 	}
	// 	if m.ID != o.ID {
	// 		return false
	// 	}
	// 	…
	// 	return bytes.Equal(m.unknown, o.unknown)
	// }
	file.Comment("// Equal reports whether both messages are encoded as the same bytes. nil is as good")
	file.Comment("// as an empty message.")
	method(file, m, "Equal").Params(j.Id("o").Op("*").Id(m.Name)).Bool().BlockFunc(func(g *j.Group) {
		g.If(j.Id("m").Op("==").Nil().Op("||").Id("o").Op("==").Nil()).Block(
			j.Return(j.Id("m").Dot("Size").Call().Op("==").Lit(0).Op("&&").Id("o").Dot("Size").Call().Op("==").Lit(0)),
		)
		for _, part := range m.Wire {
			if part.Field != nil {
				equalField(g, part.Field)
			} else {
				equalOneof(g, part.Oneof)
			}
		}
		g.Return(j.Qual("bytes", "Equal").Call(sel("unknown"), other("unknown")))
	})
	file.Line()
}

// other is o.name.
func other(name string) *j.Statement { return j.Id("o").Dot(name) }

func equalOneof(g *j.Group, o *Oneof) {
	// if m.ContentKind != o.ContentKind {
	// 	return false
	// }
	// switch m.ContentKind {
	// case ChangeContentValue:
	// 	…
	// }
	g.Add(failed(sel(o.Name).Op("!=").Add(other(o.Name)), j.False()))
	g.Switch(sel(o.Name)).BlockFunc(func(g *j.Group) {
		for _, f := range o.Cases {
			g.Case(j.Id(f.Const)).Block(failed(different(f.Type, sel(f.Name), other(f.Name)), j.False()))
		}
	})
}

func equalField(g *j.Group, f *Field) {
	mine, theirs := sel(f.Name), other(f.Name)
	switch {
	case f.Shape == Optional:
		// if m.HasZone != o.HasZone || m.HasZone && m.Zone != o.Zone {
		// 	return false
		// }
		g.Add(failed(sel(f.Has).Op("!=").Add(other(f.Has)).Op("||").Add(sel(f.Has)).Op("&&").
			Add(different(f.Type, mine, theirs)), j.False()))
	case f.Shape == Map:
		equalMap(g, f)
	case f.Shape == Repeated:
		equalRepeated(g, f)
	case f.Type.Kind == KindMessage:
		// if (m.Delta == nil) != (o.Delta == nil) || !m.Delta.Equal(o.Delta) {
		// 	return false
		// }
		absent := func(x *j.Statement) *j.Statement { return j.Parens(x.Op("==").Nil()) }
		g.Add(failed(absent(sel(f.Name)).Op("!=").Add(absent(other(f.Name))).Op("||").
			Add(different(f.Type, mine, theirs)), j.False()))
	default:
		g.Add(failed(different(f.Type, mine, theirs), j.False()))
	}
}

// different is the condition that two values of the type are not encoded as the
// same bytes.
func different(t Type, x, y *j.Statement) *j.Statement {
	switch t.Kind {
	case KindBytes:
		return j.Op("!").Qual("bytes", "Equal").Call(x, y)
	case KindMessage:
		return j.Op("!").Add(x).Dot("Equal").Call(y)
	case KindFloat, KindDouble:
		return raw(t, x).Op("!=").Add(raw(t, y))
	default:
		return x.Op("!=").Add(y)
	}
}

func equalRepeated(g *j.Group, f *Field) {
	switch f.Type.Kind {
	case KindBytes, KindMessage, KindFloat, KindDouble:
		// if len(m.Records) != len(o.Records) {
		// 	return false
		// }
		// for i := range m.Records {
		// 	if !m.Records[i].Equal(&o.Records[i]) {
		// 		return false
		// 	}
		// }
		theirs := other(f.Name).Index(j.Id("i"))
		if f.Type.Kind == KindMessage {
			theirs = j.Op("&").Add(theirs)
		}
		g.Add(failed(j.Len(sel(f.Name)).Op("!=").Len(other(f.Name)), j.False()))
		g.For(j.Id("i").Op(":=").Range().Add(sel(f.Name))).Block(
			failed(different(f.Type, sel(f.Name).Index(j.Id("i")), theirs), j.False()),
		)
	default:
		// if !slices.Equal(m.Tags, o.Tags) {
		// 	return false
		// }
		g.Add(failed(j.Op("!").Qual("slices", "Equal").Call(sel(f.Name), other(f.Name)), j.False()))
	}
}

func equalMap(g *j.Group, f *Field) {
	// if len(m.Labels) != len(o.Labels) {
	// 	return false
	// }
	// for key, mine := range m.Labels {
	// 	if theirs, has := o.Labels[key]; !has || mine != theirs {
	// 		return false
	// 	}
	// }
	g.Add(failed(j.Len(sel(f.Name)).Op("!=").Len(other(f.Name)), j.False()))
	g.For(j.List(j.Id("key"), j.Id("mine")).Op(":=").Range().Add(sel(f.Name))).Block(
		j.If(
			j.List(j.Id("theirs"), j.Id("has")).Op(":=").Add(other(f.Name)).Index(j.Id("key")),
			j.Op("!").Id("has").Op("||").Add(different(f.Element.Type, j.Id("mine"), j.Id("theirs"))),
		).Block(j.Return(j.False())),
	)
}
