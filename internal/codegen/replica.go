package codegen

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// The values of StateScope and StateWhenDead that matter here.
const (
	scopeMember  = 1
	whenDeadHide = 1
	whenDeadDrop = 2
)

// replica builds what is made of a message of replicated state, and refuses the
// options of state where they mean nothing.
func (b *builder) replica(m *Message, d protoreflect.MessageDescriptor) {
	scope, ok := b.options.read(d, optionState)
	isState := ok && scope.Enum() != 0
	if isState && scope.Enum() != scopeMember {
		b.problems.at(d, "message %s: (%s) = %d is not a scope that this generator knows", d.FullName(), optionState, scope.Enum())
	}
	if !isState {
		for i := range d.Fields().Len() {
			b.refuseStateOptions(d.Fields().Get(i))
		}
		return
	}
	b.typeID(d)
	pkg := b.names[m.Package]
	r := &Replica{
		File:   b.files[m.Package].take(m.File + "_replica"),
		Name:   pkg.take(m.Name + "Replica"),
		New:    pkg.take("New" + m.Name),
		Field:  pkg.take(m.Name + "Field"),
		Change: pkg.take(m.Name + "Change"),
		Type:   pkg.take(strings.ToLower(m.Name[:1]) + m.Name[1:] + "Type"),
	}
	m.Replica = r
	// The methods of the type that it embeds.
	methods := newScope("Replica", "Set", "Update", "Own", "Of", "All", "View", "Changes", "Snapshot", "DeltaSince", "Apply", "Attach",
		"Feed", "Close", "Held", "Version", "Bytes", "TypeID", "TypeName", "WriteField", "ClearField", "WriteEntries", "RemoveEntries")
	for i, f := range m.Fields {
		rf := &ReplicaField{Field: f, Slot: f.Number, Const: pkg.take(r.Field + f.Name)}
		switch {
		case f.Shape == Map:
			rf.Put, rf.Remove = methods.take("Put"+f.Name), methods.take("Remove"+f.Name)
		default:
			rf.Set = methods.take("Set" + f.Name)
			if f.Shape == Optional {
				rf.Clear = methods.take("Clear" + f.Name)
			}
		}
		if f.Oneof != nil {
			rf.Slot = f.Oneof.Cases[0].Number
		}
		b.stateOptions(rf, d.Fields().Get(i))
		r.Fields = append(r.Fields, rf)
	}
	for _, o := range m.Oneofs {
		first := ReplicaOneof{Oneof: o, Clear: methods.take("Clear" + cmp.Or(strings.TrimSuffix(o.Name, "Kind"), o.Name))}
		for _, rf := range r.Fields {
			if rf.Number == o.Cases[0].Number {
				first.Const = rf.Const
			}
		}
		r.Oneofs = append(r.Oneofs, first)
	}
}

// typeID refuses two types of state that have one number on the wire.
func (b *builder) typeID(d protoreflect.MessageDescriptor) {
	sum := sha256.Sum256([]byte(d.FullName()))
	id := max(1, binary.LittleEndian.Uint32(sum[:]))
	if other, taken := b.typeIDs[id]; taken {
		b.problems.at(d, "message %s: it has the same number on the wire as %s: rename one of them", d.FullName(), other)
	}
	b.typeIDs[id] = d.FullName()
}

// stateOptions reads the options of a field of replicated state.
func (b *builder) stateOptions(f *ReplicaField, d protoreflect.FieldDescriptor) {
	number := func(name protoreflect.FullName) int {
		value, ok := b.options.read(d, name)
		if !ok {
			return 0
		}
		if value.Uint() > math.MaxInt32 {
			b.problems.at(d, "field %s: (%s) = %d: the largest value is %d", d.FullName(), name, value.Uint(), math.MaxInt32)
		}
		return int(value.Uint())
	}
	choice := func(name protoreflect.FullName, values int) int {
		value, ok := b.options.read(d, name)
		if ok && (value.Enum() < 0 || int(value.Enum()) >= values) {
			b.problems.at(d, "field %s: (%s) = %d is not known", d.FullName(), name, value.Enum())
		}
		if !ok {
			return 0
		}
		return int(value.Enum())
	}
	f.Priority, f.WhenDead = choice(optionPriority, 3), choice(optionWhenDead, 3)
	f.MaxBytes, f.DropAfter = number(optionMaxBytes), number(optionDropAfter)
	switch drops := f.WhenDead == whenDeadDrop; {
	case drops && f.DropAfter == 0:
		b.problems.at(d, "field %s: (%s) = STATE_WHEN_DEAD_DROP needs (%s), at least 1", d.FullName(), optionWhenDead, optionDropAfter)
	case !drops && f.DropAfter != 0:
		b.problems.at(d, "field %s: (%s) is for (%s) = STATE_WHEN_DEAD_DROP", d.FullName(), optionDropAfter, optionWhenDead)
	}
}

func (b *builder) refuseStateOptions(d protoreflect.FieldDescriptor) {
	for _, name := range []protoreflect.FullName{optionPriority, optionMaxBytes, optionWhenDead, optionDropAfter} {
		if _, ok := b.options.read(d, name); ok {
			b.problems.at(d, "field %s: (%s) is for fields of messages with (%s)", d.FullName(), name, optionState)
		}
	}
}
