package codegen

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// container is what can hold messages, enums and extensions: a file or a
// message.
type container interface {
	protoreflect.Descriptor
	Messages() protoreflect.MessageDescriptors
	Enums() protoreflect.EnumDescriptors
	Extensions() protoreflect.ExtensionDescriptors
}

// declare gives all types their names, so that fields can refer to them in any
// order: first types, by file and place, then the constants of enums, which
// make way.
func (b *builder) declare(files []protoreflect.FileDescriptor) {
	for _, file := range files {
		b.declareTypes(b.ofFile[file.Path()], file, "")
	}
	for _, file := range files {
		b.declareValues(file)
	}
}

func (b *builder) declareTypes(pkg *Package, in container, prefix string) {
	enums := in.Enums()
	for i := range enums.Len() {
		d := enums.Get(i)
		name := b.names[pkg].take(prefix + typeName(string(d.Name())))
		enum := &Enum{
			Package: pkg, Name: name, Doc: typeDoc(d, name, "enum"),
			File: b.files[pkg].take(fileName(name)),
		}
		b.enums[d.FullName()] = enum
		pkg.Enums = append(pkg.Enums, enum)
	}
	messages := in.Messages()
	for i := range messages.Len() {
		d := messages.Get(i)
		if d.IsMapEntry() {
			continue
		}
		plain := prefix + typeName(string(d.Name()))
		name := b.names[pkg].take(plain)
		message := &Message{
			Package: pkg, Name: name, FullName: string(d.FullName()), Doc: typeDoc(d, name, "message"),
			File: b.files[pkg].take(fileName(name)),
		}
		b.messages[d.FullName()] = message
		b.pending = append(b.pending, declared{message, d})
		pkg.Messages = append(pkg.Messages, message)
		b.declareTypes(pkg, d, plain)
	}
}

func (b *builder) declareValues(in container) {
	enums := in.Enums()
	for i := range enums.Len() {
		b.values(b.enums[enums.Get(i).FullName()], enums.Get(i))
	}
	messages := in.Messages()
	for i := range messages.Len() {
		b.declareValues(messages.Get(i))
	}
}

func (b *builder) values(enum *Enum, d protoreflect.EnumDescriptor) {
	seen := map[protoreflect.EnumNumber]bool{}
	values := d.Values()
	for i := range values.Len() {
		v := values.Get(i)
		text := goName(constantSuffix(string(d.Name()), string(v.Name())))
		// X stands in front of digits, which no Go name begins with; behind the
		// name of the enum they may stand.
		suffix := text
		if digits := strings.TrimPrefix(text, "X"); digits != "" && digits[0] >= '0' && digits[0] <= '9' {
			suffix, text = digits, digits
		}
		enum.Values = append(enum.Values, EnumValue{
			Name: b.names[enum.Package].take(enum.Name + suffix), Text: text,
			Doc: docOf(v), Number: int32(v.Number()), Alias: seen[v.Number()],
		})
		seen[v.Number()] = true
	}
}

// docOf returns the comment of d: the one above it, else the one behind it.
func docOf(d protoreflect.Descriptor) []string {
	return withDeprecation(commentOf(d), d)
}

// typeDoc is docOf for a type, which is never without one.
func typeDoc(d protoreflect.Descriptor, name, kind string) []string {
	lines := commentOf(d)
	if len(lines) == 0 {
		lines = []string{fmt.Sprintf("%s is the %s %s.", name, kind, d.FullName())}
	}
	return withDeprecation(lines, d)
}

func commentOf(d protoreflect.Descriptor) []string {
	at := d.ParentFile().SourceLocations().ByDescriptor(d)
	if lines := docLines(at.LeadingComments); len(lines) > 0 {
		return lines
	}
	return docLines(at.TrailingComments)
}

// withDeprecation adds what tools for Go look for to the doc of what is
// deprecated.
func withDeprecation(lines []string, d protoreflect.Descriptor) []string {
	if options, ok := d.Options().(interface{ GetDeprecated() bool }); ok && options.GetDeprecated() {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, "Deprecated: marked as deprecated in the schema.")
	}
	return lines
}

func (b *builder) refuseExtensions(in container) {
	extensions := in.Extensions()
	for i := range extensions.Len() {
		d := extensions.Get(i)
		b.problems.at(d, "extension %s: extensions are not supported", d.FullName())
	}
	messages := in.Messages()
	for i := range messages.Len() {
		b.refuseExtensions(messages.Get(i))
	}
}
