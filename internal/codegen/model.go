package codegen

// Model is all that the emitter has to know, precomputed: no logic of the
// schema language is left in it, and nothing of the compiler's types.
type Model struct {
	// Packages are the Go packages to write, by folder.
	Packages []*Package
}

// Package is one Go package.
type Package struct {
	Path string // import path
	Name string
	Dir  string // folder below the output folder, with slashes
	// Sources are the paths of the .proto files it is made from.
	Sources []string
	// Descriptor is the FileDescriptorSet of the sources and what they import,
	// but for protobuf's own files, each file behind its imports. Empty for the
	// package that is made from those.
	Descriptor string

	Enums    []*Enum
	Messages []*Message
}

// Enum is an enum of the schema. Its Go type is an int32.
type Enum struct {
	Package *Package
	Name    string // Go name
	Doc     []string
	File    string // file name without ending
	Values  []EnumValue
}

// EnumValue is a constant.
type EnumValue struct {
	Name   string // Go name of the constant
	Text   string // what String returns
	Doc    []string
	Number int32
	// Alias marks a value whose number an earlier one has too.
	Alias bool
}

// Message is a message of the schema. Its Go type is a struct.
type Message struct {
	Package  *Package
	Name     string
	FullName string
	Doc      []string
	File     string
	// Memory is the size of the struct on a 64-bit machine, in bytes.
	Memory int
	// Fields are those of the struct, as declared.
	Fields []*Field
	// Wire has the same fields and oneofs in the order in which they are
	// encoded: by number, oneofs last.
	Wire   []Part
	Oneofs []*Oneof
	// Replica is what is made of a message with the option (hearsay.v1.state); nil
	// without it.
	Replica *Replica
}

// Replica is the typed view of a message of replicated state: its Go names.
type Replica struct {
	File   string // file name without ending
	Name   string // the type
	New    string // its constructor
	Field  string // the type of the constants that name fields
	Change string // the type of what is told
	Type   string // the variable with what the schema says
	Fields []*ReplicaField
	Oneofs []ReplicaOneof
}

// ReplicaField is a field of replicated state.
type ReplicaField struct {
	*Field
	Const string
	// Slot is the number under which the field is versioned.
	Slot int
	// Set and Clear are the names of methods, Put and Remove those of a map.
	Set, Clear, Put, Remove string

	Priority, WhenDead  int
	MaxBytes, DropAfter int
}

// ReplicaOneof is a oneof of replicated state, whose cases share a slot: that of
// the first.
type ReplicaOneof struct {
	*Oneof
	Clear string // the name of a method
	Const string // of the first case
}

// Part is either a field outside of oneofs or a oneof.
type Part struct {
	Field *Field
	Oneof *Oneof
}

// Oneof is a set of fields of which at most one is set.
type Oneof struct {
	Name     string // Go name of the struct field that says which
	Type     string // Go name of its type
	Base     string // uint8, or uint16 for very many cases
	None     string // the constant for no case
	Clear    string // the method that clears all cases
	FullName string
	Doc      []string
	Cases    []*Field // by number
}

// Shape is how often a field occurs and how its presence shows.
type Shape int

const (
	// Singular fields are present if they are not zero or, as messages, not nil.
	Singular Shape = iota
	// Optional fields have a sibling that says whether they are present.
	Optional
	// Repeated fields are slices.
	Repeated
	// Map fields are Go maps.
	Map
	// Case fields are in a oneof.
	Case
)

// Field is a field of a message.
type Field struct {
	Name      string // Go name
	ProtoName string
	Doc       []string
	Number    int
	Shape     Shape
	Type      Type // of an element, if there are several
	Tag       Tag
	// Packed says that elements are written behind one tag, PackedTag. Both ways
	// are read.
	Packed    bool
	PackedTag Tag
	// MaxItems bounds the elements; 0 is no bound.
	MaxItems int
	// Memory is the size of an element, of a map's entry, or of what a pointer
	// points to, in bytes, on a 64-bit machine.
	Memory int

	Has     string // Optional: the name of the sibling
	Spare   string // singular messages: the name of what keeps memory for reuse
	Merge   string // Map: the method that decodes an entry
	Oneof   *Oneof // Case: the oneof
	Const   string // Case: its constant in the oneof's type
	Text    string // Case: what the constant's String returns
	Key     *Field // Map: field 1 of an entry
	Element *Field // Map: field 2 of an entry
}

// Tag is a field number with a wire type.
type Tag struct {
	Value uint64
	Bytes []byte // as encoded
}

// Type is the type of a value.
type Type struct {
	Kind    Kind
	Enum    *Enum    // KindEnum
	Message *Message // KindMessage
}

// Kind is one of protobuf's types.
type Kind int

// The kinds of values, by protobuf's names.
const (
	KindBool Kind = iota
	KindInt32
	KindInt64
	KindUint32
	KindUint64
	KindSint32
	KindSint64
	KindEnum
	KindFixed32
	KindSfixed32
	KindFloat
	KindFixed64
	KindSfixed64
	KindDouble
	KindString
	KindBytes
	KindMessage
)

// WireType is how a value is laid out in bytes.
type WireType int

// The wire types by their numbers.
const (
	WireVarint  WireType = 0
	WireFixed64 WireType = 1
	WireBytes   WireType = 2
	WireFixed32 WireType = 5
)

// Wire returns the wire type of a single value.
func (k Kind) Wire() WireType {
	switch k {
	case KindFixed32, KindSfixed32, KindFloat:
		return WireFixed32
	case KindFixed64, KindSfixed64, KindDouble:
		return WireFixed64
	case KindString, KindBytes, KindMessage:
		return WireBytes
	default:
		return WireVarint
	}
}

// GoName returns the Go type of scalar kinds.
func (k Kind) GoName() string {
	switch k {
	case KindBool:
		return "bool"
	case KindInt32, KindSint32, KindSfixed32:
		return "int32"
	case KindInt64, KindSint64, KindSfixed64:
		return "int64"
	case KindUint32, KindFixed32:
		return "uint32"
	case KindUint64, KindFixed64:
		return "uint64"
	case KindFloat:
		return "float32"
	case KindDouble:
		return "float64"
	case KindString:
		return "string"
	default:
		panic("BUG: no scalar kind")
	}
}

// Memory returns the size and alignment of a variable of the type, in bytes, on
// a 64-bit machine. A message counts as the pointer to it.
func (t Type) Memory() (size, align int) {
	switch t.Kind {
	case KindBool:
		return 1, 1
	case KindInt32, KindSint32, KindSfixed32, KindUint32, KindFixed32, KindFloat, KindEnum:
		return 4, 4
	case KindString:
		return 16, 8
	case KindBytes:
		return 24, 8
	default:
		return 8, 8
	}
}

func makeTag(number int, wire WireType) Tag {
	v := uint64(number)<<3 | uint64(wire)
	t := Tag{Value: v}
	for v >= 0x80 {
		t.Bytes = append(t.Bytes, byte(v)|0x80)
		v >>= 7
	}
	t.Bytes = append(t.Bytes, byte(v))
	return t
}
