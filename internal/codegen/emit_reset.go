package codegen

import (
	j "github.com/dave/jennifer/jen"
)

// emitReset writes the method Reset, and for each oneof one that clears it.
func emitReset(file *j.File, m *Message) {
	// func (m *NodeRecord) Reset() {
	// 	m.ID = ""
	// 	…
	// 	m.unknown = m.unknown[:0]
	// }
	file.Comment("// Reset makes m empty and keeps the memory of its slices, and of the messages that")
	file.Comment("// were decoded into it, for the next time.")
	method(file, m, "Reset").Params().BlockFunc(func(g *j.Group) {
		for _, part := range m.Wire {
			if part.Oneof != nil {
				g.Id("m").Dot(part.Oneof.Clear).Call()
				continue
			}
			for _, code := range emptyField(part.Field) {
				g.Add(code)
			}
		}
		g.Add(sel("unknown")).Op("=").Add(sel("unknown")).Index(j.Empty(), j.Lit(0))
	})
	file.Line()
	for _, o := range m.Oneofs {
		// func (m *Change) clearContent() {
		// 	m.ContentKind = ChangeContentNone
		// 	…
		// }
		file.Commentf("// %s clears all fields of the oneof %s.", o.Clear, o.FullName)
		method(file, m, o.Clear).Params().BlockFunc(func(g *j.Group) {
			g.Add(sel(o.Name)).Op("=").Id(o.None)
			for _, f := range o.Cases {
				g.Add(emptyField(f)[0])
			}
		})
		file.Line()
	}
}
