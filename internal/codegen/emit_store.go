package codegen

import (
	j "github.com/dave/jennifer/jen"
)

// storeFresh stores what was read, v or s, into a field that nothing was stored
// into yet.
func storeFresh(g *j.Group, f *Field) {
	if f.Type.Kind == KindMessage {
		// if !budget.Enter(48) {
		// 	return wire.ErrLimit
		// }
		// …
		// budget.Leave()
		g.Add(overLimit(j.Id("budget").Dot("Enter").Call(j.Lit(f.Memory))))
		newMessage(g, f)
		g.Add(decodeInto(sel(f.Name), "UnmarshalWithin"))
		g.Id("budget").Dot("Leave").Call()
		return
	}
	storeScalar(g, f.Type, sel(f.Name))
}

// newMessage makes the field point to a message: the one of the last time, if
// there is one.
func newMessage(g *j.Group, f *Field) {
	// if m.spareDelta == nil {
	// 	m.spareDelta = new(MembershipDelta)
	// }
	// m.Delta = m.spareDelta
	g.If(sel(f.Spare).Op("==").Nil()).Block(
		sel(f.Spare).Op("=").New(valueType(f.Type)),
	)
	g.Add(sel(f.Name)).Op("=").Add(sel(f.Spare))
}

// decodeInto is: if err := x.name(s, budget); err != nil { return err }.
func decodeInto(x *j.Statement, name string) *j.Statement {
	return j.If(
		j.Id("err").Op(":=").Add(x).Dot(name).Call(j.Id("s"), j.Id("budget")),
		j.Id("err").Op("!=").Nil(),
	).Block(j.Return(j.Id("err")))
}

// storeScalar stores v or s into x, which is not a message.
func storeScalar(g *j.Group, t Type, x *j.Statement) {
	switch t.Kind {
	case KindString:
		// A string that stays the same is neither checked nor allocated again.
		//
		// if x != string(s) {
		// 	var ok bool
		// 	if x, ok = budget.String(s); !ok {
		// 		return wire.ErrUTF8
		// 	}
		// }
		g.If(x.Clone().Op("!=").String().Call(j.Id("s"))).Block(
			j.Var().Id("ok").Bool(),
			j.If(
				j.List(x.Clone(), j.Id("ok")).Op("=").Id("budget").Dot("String").Call(j.Id("s")),
				j.Op("!").Id("ok"),
			).Block(j.Return(wireFunc("ErrUTF8"))),
		)
	case KindBytes:
		// x = append(x[:0], s...)
		g.Add(x.Clone()).Op("=").Append(x.Clone().Index(j.Empty(), j.Lit(0)), j.Id("s").Op("..."))
	default:
		// x = uint32(v)
		g.Add(x.Clone()).Op("=").Add(cooked(t, j.Id("v")))
	}
}

// element appends what was read, v or s, to a repeated field.
func element(g *j.Group, f *Field) {
	if f.MaxItems > 0 {
		// if len(m.Endpoints) >= 8 {
		// 	return wire.ErrLimit
		// }
		g.Add(failed(j.Len(sel(f.Name)).Op(">=").Lit(f.MaxItems), wireFunc("ErrLimit")))
	}
	switch f.Type.Kind {
	case KindMessage:
		g.Add(overLimit(j.Id("budget").Dot("EnterItem").Call(j.Lit(f.Memory))))
		slot(g, f)
		g.Add(decodeInto(sel(f.Name).Index(j.Id("k")), "UnmarshalWithin"))
		g.Id("budget").Dot("Leave").Call()
	case KindString, KindBytes:
		g.Add(overLimit(j.Id("budget").Dot("Charge").Call(j.Lit(1), j.Lit(f.Memory))))
		slot(g, f)
		storeScalar(g, f.Type, sel(f.Name).Index(j.Id("k")))
	default:
		// if len(m.Tags) == cap(m.Tags) { … }
		// m.Tags = append(m.Tags, v)
		g.Add(overLimit(j.Id("budget").Dot("Charge").Call(j.Lit(1), j.Lit(f.Memory))))
		g.Add(growIf(f, j.Len(sel(f.Name))))
		g.Add(sel(f.Name)).Op("=").Append(sel(f.Name), cooked(f.Type, j.Id("v")))
	}
}

// slot makes the field longer by one. The new element, at k, keeps what memory
// it had when the field was this long before.
func slot(g *j.Group, f *Field) {
	// k := len(m.Records)
	// if k == cap(m.Records) {
	// 	m.Records = wire.Grow(m.Records, b[start:], 0x1a, 96, budget)
	// }
	// m.Records = m.Records[:k+1]
	g.Id("k").Op(":=").Len(sel(f.Name))
	g.Add(growIf(f, j.Id("k")))
	g.Add(sel(f.Name)).Op("=").Add(sel(f.Name)).Index(j.Empty(), j.Id("k").Op("+").Lit(1))
}

// growIf makes room for an element in a field of the given length, if there is
// none.
func growIf(f *Field, length *j.Statement) *j.Statement {
	// if k == cap(m.Records) {
	// 	m.Records = wire.Grow(m.Records, b[start:], 0x1a, 96, budget)
	// }
	return j.If(length.Op("==").Cap(sel(f.Name))).Block(
		sel(f.Name).Op("=").Add(wireFunc("Grow")).Call(
			sel(f.Name), j.Id("b").Index(j.Id("start"), j.Empty()), tagValue(f.Tag), j.Lit(f.Memory), j.Id("budget")),
	)
}

// packedElements appends the elements in s to a repeated field.
func packedElements(g *j.Group, f *Field) {
	width := 0
	if wire := f.Type.Kind.Wire(); wire != WireVarint {
		width = fixedWidth(f.Type)
	}
	// k := len(s) / 4
	if width > 0 {
		g.Add(failed(j.Len(j.Id("s")).Op("%").Lit(width).Op("!=").Lit(0), wireFunc("ErrTruncated")))
		g.Id("k").Op(":=").Len(j.Id("s")).Op("/").Lit(width)
	} else {
		g.Id("k").Op(":=").Add(wireFunc("CountVarints")).Call(j.Id("s"))
	}
	if f.MaxItems > 0 {
		g.Add(failed(j.Id("k").Op(">").Lit(f.MaxItems).Op("-").Len(sel(f.Name)), wireFunc("ErrLimit")))
	}
	// if !budget.Charge(k, 4) {
	// 	return wire.ErrLimit
	// }
	// m.Tags = wire.GrowBy(m.Tags, k, k, 4, budget)
	g.Add(overLimit(j.Id("budget").Dot("Charge").Call(j.Id("k"), j.Lit(f.Memory))))
	g.Add(sel(f.Name)).Op("=").Add(wireFunc("GrowBy")).Call(sel(f.Name), j.Id("k"), j.Id("k"), j.Lit(f.Memory), j.Id("budget"))
	if width > 0 {
		// for ; len(s) > 0; s = s[4:] {
		// 	m.Tags = append(m.Tags, binary.LittleEndian.Uint32(s))
		// }
		name := map[int]string{4: "Uint32", 8: "Uint64"}[width]
		g.For(j.Empty(), j.Len(j.Id("s")).Op(">").Lit(0), j.Id("s").Op("=").Id("s").Index(j.Lit(width), j.Empty())).Block(
			sel(f.Name).Op("=").Append(sel(f.Name), cooked(f.Type, littleEndian(name).Call(j.Id("s")))),
		)
		return
	}
	// for at := 0; at < len(s); {
	// 	var v uint64
	// 	if v, at = wire.Varint(s, at); at < 0 {
	// 		return wire.Err(at)
	// 	}
	// 	m.Ports = append(m.Ports, uint32(v))
	// }
	g.For(j.Id("at").Op(":=").Lit(0), j.Id("at").Op("<").Len(j.Id("s")), j.Empty()).Block(
		j.Var().Id("v").Uint64(),
		j.If(
			j.List(j.Id("v"), j.Id("at")).Op("=").Add(wireFunc("Varint")).Call(j.Id("s"), j.Id("at")),
			j.Id("at").Op("<").Lit(0),
		).Block(j.Return(wireFunc("Err").Call(j.Id("at")))),
		sel(f.Name).Op("=").Append(sel(f.Name), cooked(f.Type, j.Id("v"))),
	)
}

// mapEntry decodes s as an entry of a map.
func mapEntry(g *j.Group, f *Field) {
	// if !budget.EnterItem(72) {
	// 	return wire.ErrLimit
	// }
	// if err := m.mergeLabels(s, budget); err != nil {
	// 	return err
	// }
	// budget.Leave()
	g.Add(overLimit(j.Id("budget").Dot("EnterItem").Call(j.Lit(f.Memory))))
	g.Add(decodeInto(j.Id("m"), f.Merge))
	g.Id("budget").Dot("Leave").Call()
}
