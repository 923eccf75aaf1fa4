package codegen

import (
	j "github.com/dave/jennifer/jen"
)

// emitEnum writes an enum: its type, its constants and String.
func emitEnum(file *j.File, e *Enum) {
	// type NodeStatus int32
	file.Add(doc(e.Name, e.Doc).Type().Id(e.Name).Int32())
	file.Line()

	// const (
	// 	NodeStatusUp NodeStatus = 2
	// )
	file.Commentf("// Values of %s.", e.Name)
	file.Const().DefsFunc(func(g *j.Group) {
		for _, v := range e.Values {
			g.Add(doc("", v.Doc).Id(v.Name).Id(e.Name).Op("=").Lit(int(v.Number)))
		}
	})
	file.Line()

	var cases []j.Code
	for _, v := range e.Values {
		if !v.Alias {
			cases = append(cases, j.Case(j.Id(v.Name)).Block(j.Return(j.Lit(v.Text))))
		}
	}
	emitString(file, e.Name, cases)
}

// emitOneof writes the type that says which case of a oneof is set.
func emitOneof(file *j.File, o *Oneof) {
	// type ChangeContentKind uint8
	file.Commentf("// %s says which field of the oneof %s is set.", o.Type, o.FullName)
	if len(o.Doc) > 0 {
		file.Comment("//")
		file.Add(doc("", o.Doc).Type().Id(o.Type).Id(o.Base))
	} else {
		file.Type().Id(o.Type).Id(o.Base)
	}
	file.Line()

	// const (
	// 	ChangeContentNone ChangeContentKind = iota
	// 	ChangeContentValue
	// )
	file.Commentf("// Values of %s.", o.Type)
	file.Const().DefsFunc(func(g *j.Group) {
		g.Comment("// No field of the oneof is set.")
		g.Id(o.None).Id(o.Type).Op("=").Iota()
		for _, f := range o.Cases {
			g.Add(doc("", f.Doc).Id(f.Const))
		}
	})
	file.Line()

	cases := []j.Code{j.Case(j.Id(o.None)).Block(j.Return(j.Lit("None")))}
	for _, f := range o.Cases {
		cases = append(cases, j.Case(j.Id(f.Const)).Block(j.Return(j.Lit(f.Text))))
	}
	emitString(file, o.Type, cases)
}

// emitString writes the method String of an integer type.
func emitString(file *j.File, name string, cases []j.Code) {
	// func (v NodeStatus) String() string {
	// 	switch v {
	// 	case NodeStatusUp:
	// 		return "Up"
	// 	default:
	// 		return "NodeStatus(" + strconv.Itoa(int(v)) + ")"
	// 	}
	// }
	file.Comment("// String returns the short name of the value, or its number if it has no name.")
	number := j.Qual("strconv", "Itoa").Call(j.Int().Call(j.Id("v")))
	cases = append(cases, j.Default().Block(j.Return(j.Lit(name+"(").Op("+").Add(number).Op("+").Lit(")"))))
	file.Func().Params(j.Id("v").Id(name)).Id("String").Params().String().Block(
		j.Switch(j.Id("v")).Block(cases...),
	)
	file.Line()
}
