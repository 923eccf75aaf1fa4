package codegen

import (
	"fmt"
	"strconv"
	"strings"

	j "github.com/dave/jennifer/jen"
)

// descriptorConst is the constant that holds a package's descriptor.
const descriptorConst = "fileDescriptorSet"

// runtimeVersion is the constant of packages wire and replica that says which
// generated code fits them.
const runtimeVersion = "Version1_RunHearsayGenOfThisVersionAgain"

// emitDescriptor writes the file of what belongs to a whole package.
func emitDescriptor(pkg *Package) *j.File {
	file := j.NewFilePathName(pkg.Path, pkg.Name)
	begin(file)
	file.PackageComment(fmt.Sprintf("// Package %s holds the types of %s and their codecs.", pkg.Name, strings.Join(pkg.Sources, ", ")))

	// const _ = wire.Version1_RunHearsayGenOfThisVersionAgain
	file.Comment("// This does not compile with a package wire that the code was not generated for.")
	file.Const().Id("_").Op("=").Add(wireFunc(runtimeVersion))
	file.Line()

	// const fileDescriptorSet = "\n\x84\x0f" +
	// 	"…"
	file.Commentf("// %s is the schema of this package and of what it imports, as an encoded", descriptorConst)
	file.Comment("// google.protobuf.FileDescriptorSet: each file behind its imports.")
	file.Const().Id(descriptorConst).Op("=").Add(longString(pkg.Descriptor))
	return file
}

// longString is a string literal over as many lines as it needs.
func longString(s string) *j.Statement {
	const width = 48
	code := j.Lit("")
	for len(s) > 0 {
		n := min(width, len(s))
		code.Op("+").Line().Op(strconv.QuoteToASCII(s[:n]))
		s = s[n:]
	}
	return code
}

// emitAccessors writes the methods UnknownFields and ProtoDescriptor.
func emitAccessors(file *j.File, m *Message) {
	// func (m *NodeRecord) UnknownFields() []byte { return m.unknown }
	file.Comment("// UnknownFields returns the encoded fields that the decoder did not know. They are")
	file.Comment("// encoded again behind the others. The bytes are m's own.")
	method(file, m, "UnknownFields").Params().Index().Byte().Block(j.Return(sel("unknown")))
	file.Line()

	// func (*NodeRecord) ProtoDescriptor() (set, name string) {
	// 	return fileDescriptorSet, "hearsay.v1.NodeRecord"
	// }
	file.Comment("// ProtoDescriptor returns an encoded google.protobuf.FileDescriptorSet, each file")
	file.Comment("// behind its imports and without protobuf's own files, and the full name of the")
	file.Comment("// message in it.")
	set := j.Id(descriptorConst)
	if m.Package.Descriptor == "" {
		set = j.Lit("")
	}
	file.Func().Params(j.Op("*").Id(m.Name)).Id("ProtoDescriptor").Params().Params(j.List(j.Id("set"), j.Id("name")).String()).Block(
		j.Return(set, j.Lit(m.FullName)),
	)
}

// emitTest writes the test file of a message: one test and one fuzz target.
func emitTest(m *Message) *j.File {
	file := j.NewFilePathName(m.Package.Path+"_test", m.Package.Name+"_test")
	begin(file)
	nameImport(file, m.Package)
	message := j.Qual(m.Package.Path, m.Name)
	expect := j.Qual(wiretestPath, "Expect").ValuesFunc(func(g *j.Group) {
		if allocates(m, map[*Message]bool{}) {
			g.Id("Allocates").Op(":").True()
		}
	})

	// func TestNodeRecord(t *testing.T) {
	// 	wiretest.Test[hearsayv1.NodeRecord](t, wiretest.Expect{})
	// }
	file.Func().Id("Test" + m.Name).Params(j.Id("t").Op("*").Qual("testing", "T")).Block(
		j.Qual(wiretestPath, "Test").Types(message).Call(j.Id("t"), expect),
	)
	file.Line()

	// func FuzzNodeRecord(f *testing.F) {
	// 	wiretest.Fuzz[hearsayv1.NodeRecord](f)
	// }
	file.Func().Id("Fuzz" + m.Name).Params(j.Id("f").Op("*").Qual("testing", "F")).Block(
		j.Qual(wiretestPath, "Fuzz").Types(message).Call(j.Id("f")),
	)
	return file
}

// allocates reports whether a message of the type allocates each time it is
// decoded: maps do.
func allocates(m *Message, seen map[*Message]bool) bool {
	if seen[m] {
		return false
	}
	seen[m] = true
	for _, f := range m.Fields {
		if f.Shape == Map || f.Type.Kind == KindMessage && allocates(f.Type.Message, seen) {
			return true
		}
	}
	return false
}
