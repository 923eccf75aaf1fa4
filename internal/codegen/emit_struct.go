package codegen

import (
	"fmt"

	j "github.com/dave/jennifer/jen"
)

// emitStruct writes the Go type of a message.
func emitStruct(file *j.File, m *Message) {
	// type NodeRecord struct {
	// 	// The node's name.
	// 	ID string
	// 	…
	// 	unknown []byte
	// }
	file.Add(doc(m.Name, m.Doc).Type().Id(m.Name).StructFunc(func(g *j.Group) {
		placed := map[*Oneof]bool{}
		for _, f := range m.Fields {
			if f.Oneof != nil && !placed[f.Oneof] {
				placed[f.Oneof] = true
				structOneof(g, f.Oneof)
			}
			structField(g, f)
		}
		g.Line()
		for _, f := range m.Fields {
			if f.Spare != "" {
				g.Id(f.Spare).Add(fieldType(f))
			}
		}
		g.Id("unknown").Index().Byte()
	}))
	file.Line()
}

func structField(g *j.Group, f *Field) {
	lines := f.Doc
	if f.Oneof != nil {
		lines = append(lines[:len(lines):len(lines)], fmt.Sprintf("Set if %s is %s.", f.Oneof.Name, f.Const))
	}
	g.Add(doc("", lines).Id(f.Name).Add(fieldType(f)))
	if f.Shape == Optional {
		// HasX bool
		g.Comment(fmt.Sprintf("// %s says whether %s is present.", f.Has, f.Name))
		g.Id(f.Has).Bool()
	}
}

func structOneof(g *j.Group, o *Oneof) {
	// ContentKind ChangeContentKind
	g.Comment(fmt.Sprintf("// %s says which of the fields of the oneof is set.", o.Name))
	g.Id(o.Name).Id(o.Type)
}

// fieldType is the Go type of a field of the struct.
func fieldType(f *Field) *j.Statement {
	switch {
	case f.Shape == Map:
		return j.Map(valueType(f.Key.Type)).Add(pointerType(f.Element.Type))
	case f.Shape == Repeated:
		return j.Index().Add(valueType(f.Type))
	default:
		return pointerType(f.Type)
	}
}

// valueType is the Go type of a value.
func valueType(t Type) *j.Statement {
	switch t.Kind {
	case KindMessage:
		return j.Qual(t.Message.Package.Path, t.Message.Name)
	case KindEnum:
		return j.Qual(t.Enum.Package.Path, t.Enum.Name)
	case KindBytes:
		return j.Index().Byte()
	default:
		return j.Id(t.Kind.GoName())
	}
}

// pointerType is valueType, but messages stand behind a pointer.
func pointerType(t Type) *j.Statement {
	if t.Kind == KindMessage {
		return j.Op("*").Add(valueType(t))
	}
	return valueType(t)
}
