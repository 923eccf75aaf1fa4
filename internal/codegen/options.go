package codegen

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// The options of hearsay/v1/options.proto by their full names.
const (
	optionGoPackage = "hearsay.v1.go_package"
	optionState     = "hearsay.v1.state"
	optionMaxItems  = "hearsay.v1.max_items"
	optionPriority  = "hearsay.v1.priority"
	optionMaxBytes  = "hearsay.v1.max_bytes"
	optionWhenDead  = "hearsay.v1.when_dead"
	optionDropAfter = "hearsay.v1.drop_after_seconds"
)

// optionReader reads hearsay's options, for which there are no Go types, from
// wherever they stand: among known extensions or among unknown fields.
type optionReader struct {
	types *protoregistry.Types
}

func newOptionReader(declared protoreflect.FileDescriptor) *optionReader {
	r := &optionReader{types: new(protoregistry.Types)}
	extensions := declared.Extensions()
	for i := range extensions.Len() {
		// Fails only for two extensions of one name, which the compiler refuses.
		if err := r.types.RegisterExtension(dynamicpb.NewExtensionType(extensions.Get(i))); err != nil {
			panic("BUG: " + err.Error())
		}
	}
	return r
}

// read returns the option of that name which d has, or false if it has none.
func (r *optionReader) read(d protoreflect.Descriptor, name protoreflect.FullName) (protoreflect.Value, bool) {
	set := d.Options().ProtoReflect()
	if !set.IsValid() {
		return protoreflect.Value{}, false
	}
	raw, err := proto.Marshal(set.Interface())
	if err != nil {
		panic(fmt.Sprintf("BUG: options of %s: %v", d.FullName(), err))
	}
	set = set.New()
	if err := (proto.UnmarshalOptions{Resolver: r.types}).Unmarshal(raw, set.Interface()); err != nil {
		panic(fmt.Sprintf("BUG: options of %s: %v", d.FullName(), err))
	}
	var value protoreflect.Value
	found := false
	set.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if field.FullName() == name {
			value, found = v, true
		}
		return !found
	})
	return value, found
}
