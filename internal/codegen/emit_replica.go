package codegen

import (
	"fmt"

	j "github.com/dave/jennifer/jen"
)

const (
	statePath   = "github.com/hearsay-gossip/hearsay/state"
	replicaPath = "github.com/hearsay-gossip/hearsay/state/replica"
)

// emitReplica writes all that belongs to the replica of one message.
func emitReplica(file *j.File, m *Message) {
	file.ImportName(statePath, "state")
	file.ImportName(replicaPath, "replica")
	// const _ = replica.Version1_RunHearsayGenOfThisVersionAgain
	file.Comment("// This does not compile with a package replica that the code was not generated for.")
	file.Const().Id("_").Op("=").Qual(replicaPath, runtimeVersion)
	file.Line()
	emitReplicaFields(file, m)
	emitReplicaType(file, m)
	for _, f := range m.Replica.Fields {
		if f.Shape == Map {
			emitPut(file, m, f)
			emitRemove(file, m, f)
			continue
		}
		emitSet(file, m, f)
	}
	for _, o := range m.Replica.Oneofs {
		emitClear(file, m, o.Clear, "the oneof "+o.FullName, o.Const)
	}
	emitReplicaVar(file, m)
	emitApplyState(file, m)
	emitAppendState(file, m)
	emitStateEntries(file, m)
}

// emitReplicaFields writes the type that names the fields.
func emitReplicaFields(file *j.File, m *Message) {
	r := m.Replica
	// type ServiceStateField uint32
	file.Commentf("// %s names the fields of %s, by their numbers.", r.Field, m.Name)
	file.Type().Id(r.Field).Uint32()
	file.Line()
	// const (
	// 	ServiceStateFieldVersion ServiceStateField = 1
	// )
	file.Commentf("// Values of %s.", r.Field)
	file.Const().DefsFunc(func(g *j.Group) {
		for _, f := range r.Fields {
			g.Add(doc("", f.Doc).Id(f.Const).Id(r.Field).Op("=").Lit(f.Number))
		}
	})
	file.Line()
	var cases []j.Code
	for _, f := range r.Fields {
		cases = append(cases, j.Case(j.Id(f.Const)).Block(j.Return(j.Lit(f.ProtoName))))
	}
	emitString(file, r.Field, cases)
}

// emitReplicaType writes the replica and its constructor.
func emitReplicaType(file *j.File, m *Message) {
	r := m.Replica
	types := func(name string) *j.Statement {
		return j.Qual(replicaPath, name).Types(j.Id(m.Name), j.Id(r.Field))
	}
	// type ServiceStateChange = replica.Change[ServiceState, ServiceStateField]
	file.Commentf("// %s is a field, or an entry of a map, that has changed in a member's copy of", r.Change)
	file.Commentf("// %s.", m.Name)
	file.Type().Id(r.Change).Op("=").Add(types("Change"))
	file.Line()
	// type ServiceStateReplica struct {
	// 	*replica.Replica[ServiceState, ServiceStateField]
	// }
	file.Commentf("// %s holds every member's copy of %s. Each member writes its own,", r.Name, m.Name)
	file.Comment("// and all read all. Its methods may be called from any goroutine. A method that")
	file.Comment("// writes returns an error if the state would be larger than its budget.")
	file.Type().Id(r.Name).Struct(j.Op("*").Add(types("Replica")))
	file.Line()
	// func NewServiceState() *ServiceStateReplica {
	// 	return &ServiceStateReplica{replica.New[ServiceState, ServiceStateField](&serviceStateType)}
	// }
	file.Commentf("// %s returns a replica that is not attached to a node yet: hearsay.Open does", r.New)
	file.Comment("// that.")
	file.Func().Id(r.New).Params().Op("*").Id(r.Name).Block(
		j.Return(j.Op("&").Id(r.Name).Values(types("New").Call(j.Op("&").Id(r.Type)))),
	)
	file.Line()
}

// replicaMethod begins a method of the replica.
func replicaMethod(file *j.File, m *Message, name string, params ...j.Code) *j.Statement {
	return file.Func().Params(j.Id("r").Op("*").Id(m.Replica.Name)).Id(name).Params(params...).Error()
}

// emitSet writes the setter of a field that is no map.
func emitSet(file *j.File, m *Message, f *ReplicaField) {
	// func (r *ServiceStateReplica) SetVersion(value string) error {
	// 	return r.WriteField(ServiceStateFieldVersion, &ServiceState{Version: value})
	// }
	file.Commentf("// %s sets the field %s of this node's copy.", f.Set, f.ProtoName)
	switch {
	case f.Shape == Repeated:
		file.Comment("// It is one value, which is replaced as a whole.")
	case f.Type.Kind == KindMessage:
		file.Comment("// It is one value, which is replaced as a whole; nil clears it.")
	case f.Shape == Singular:
		file.Comment("// The zero value clears it.")
	}
	emitOptionsDoc(file, f)
	replicaMethod(file, m, f.Set, j.Id("value").Add(fieldType(f.Field))).Block(
		j.Return(j.Id("r").Dot("WriteField").Call(j.Id(f.Const), j.Op("&").Id(m.Name).ValuesFunc(func(g *j.Group) {
			switch f.Shape {
			case Optional:
				g.Id(f.Has).Op(":").True()
			case Case:
				g.Id(f.Oneof.Name).Op(":").Id(f.Field.Const)
			}
			g.Id(f.Name).Op(":").Id("value")
		}))),
	)
	file.Line()
	if f.Clear != "" {
		emitClear(file, m, f.Clear, "the field "+f.ProtoName, f.Const)
	}
}

// emitOptionsDoc says in the comment of a setter what the schema's options mean for
// its caller.
func emitOptionsDoc(file *j.File, f *ReplicaField) {
	if f.MaxBytes > 0 {
		file.Commentf("// More than %d bytes, encoded, are refused with state.ErrFieldTooLarge.", f.MaxBytes)
	}
	switch f.WhenDead {
	case whenDeadHide:
		file.Comment("// While this node is dead to others they do not show it.")
	case whenDeadDrop:
		file.Commentf("// Others keep it for no longer than %d s after this node's death.", f.DropAfter)
	}
}

func emitClear(file *j.File, m *Message, name, what, constant string) {
	// func (r *ServiceStateReplica) ClearZone() error {
	// 	return r.ClearField(ServiceStateFieldZone)
	// }
	file.Commentf("// %s clears %s of this node's copy.", name, what)
	replicaMethod(file, m, name).Block(j.Return(j.Id("r").Dot("ClearField").Call(j.Id(constant))))
	file.Line()
}

// oneEntry is a message with one entry of a map.
func oneEntry(m *Message, f *ReplicaField, value string) *j.Statement {
	return j.Op("&").Id(m.Name).Values(j.Id(f.Name).Op(":").Add(fieldType(f.Field)).Values(j.Id("key").Op(":").Id(value)))
}

func emitPut(file *j.File, m *Message, f *ReplicaField) {
	// func (r *ServiceStateReplica) PutLabels(key string, value string) error {
	// 	return r.WriteEntries(ServiceStateFieldLabels, &ServiceState{Labels: map[string]string{key: value}})
	// }
	file.Commentf("// %s sets one entry of the map %s of this node's copy.", f.Put, f.ProtoName)
	emitOptionsDoc(file, f)
	replicaMethod(file, m, f.Put, j.Id("key").Add(valueType(f.Key.Type)), j.Id("value").Add(pointerType(f.Element.Type))).Block(
		j.Return(j.Id("r").Dot("WriteEntries").Call(j.Id(f.Const), oneEntry(m, f, "value"))),
	)
	file.Line()
}

func emitRemove(file *j.File, m *Message, f *ReplicaField) {
	// func (r *ServiceStateReplica) RemoveLabels(key string) error {
	// 	var value string
	// 	return r.RemoveEntries(ServiceStateFieldLabels, &ServiceState{Labels: map[string]string{key: value}})
	// }
	file.Commentf("// %s removes one entry of the map %s of this node's copy.", f.Remove, f.ProtoName)
	replicaMethod(file, m, f.Remove, j.Id("key").Add(valueType(f.Key.Type))).Block(
		j.Var().Id("value").Add(pointerType(f.Element.Type)),
		j.Return(j.Id("r").Dot("RemoveEntries").Call(j.Id(f.Const), oneEntry(m, f, "value"))),
	)
	file.Line()
}

// emitReplicaVar writes the variable with what the schema says of the message.
func emitReplicaVar(file *j.File, m *Message) {
	// var serviceStateType = replica.Type[ServiceState]{
	// 	Name: "app.v1.ServiceState",
	// 	Fields: []replica.Field{
	// 		{Name: "version", Number: 1, Slot: 1},
	// 	},
	// 	Clone: (*ServiceState).Clone,
	// 	…
	// }
	r := m.Replica
	method := func(name string) *j.Statement { return j.Parens(j.Op("*").Id(m.Name)).Dot(name) }
	file.Commentf("// %s is what a replica knows of %s.", r.Type, m.Name)
	file.Var().Id(r.Type).Op("=").Qual(replicaPath, "Type").Types(j.Id(m.Name)).Values(
		j.Line().Id("Name").Op(":").Lit(m.FullName),
		j.Line().Id("Fields").Op(":").Index().Qual(replicaPath, "Field").ValuesFunc(func(g *j.Group) {
			for _, f := range r.Fields {
				g.Add(j.Line().Add(replicaField(f)))
			}
			g.Line()
		}),
		j.Line().Id("Clone").Op(":").Add(method("Clone")),
		j.Line().Id("Apply").Op(":").Add(method("applyState")),
		j.Line().Id("Append").Op(":").Add(method("appendState")),
		j.Line().Id("Entries").Op(":").Add(method("stateEntries")),
		j.Line(),
	)
	file.Line()
}

func replicaField(f *ReplicaField) *j.Statement {
	return j.ValuesFunc(func(g *j.Group) {
		g.Id("Name").Op(":").Lit(f.ProtoName)
		g.Id("Number").Op(":").Lit(f.Number)
		g.Id("Slot").Op(":").Lit(f.Slot)
		if f.Shape == Map {
			g.Id("KeyTag").Op(":").Add(hex(f.Key.Tag.Bytes[0]))
			if f.MaxItems > 0 {
				g.Id("MaxItems").Op(":").Lit(f.MaxItems)
			}
		}
		if f.Priority > 0 {
			g.Id("Priority").Op(":").Qual(statePath, [...]string{1: "PriorityHigh", 2: "PriorityLow"}[f.Priority])
		}
		if f.MaxBytes > 0 {
			g.Id("MaxBytes").Op(":").Lit(f.MaxBytes)
		}
		if f.WhenDead > 0 {
			g.Id("WhenDead").Op(":").Qual(replicaPath, [...]string{1: "Hide", 2: "Drop"}[f.WhenDead])
		}
		if f.DropAfter > 0 {
			g.Id("DropAfter").Op(":").Lit(f.DropAfter)
		}
	})
}

// emitApplyState writes the method that takes a change into a message.
func emitApplyState(file *j.File, m *Message) {
	// func (m *ServiceState) applyState(c *state.Change) error {
	// 	switch c.Field {
	// 	case 1:
	// 		m.Version = ""
	// 	…
	// 	default:
	// 		return nil
	// 	}
	// 	if c.Deleted {
	// 		return nil
	// 	}
	// 	budget := wire.Limits{}.Budget(len(c.Value))
	// 	return m.MergeWithin(c.Value, &budget)
	// }
	file.Comment("// applyState makes a field, or an entry of a map, what a change says.")
	method(file, m, "applyState").Params(j.Id("c").Op("*").Qual(statePath, "Change")).Error().Block(
		j.Switch(j.Id("c").Dot("Field")).BlockFunc(func(g *j.Group) {
			cleared := map[*Oneof]bool{}
			for _, f := range m.Replica.Fields {
				if f.Oneof != nil && cleared[f.Oneof] {
					continue
				}
				if f.Oneof != nil {
					cleared[f.Oneof] = true
				}
				g.Case(j.Lit(f.Slot)).BlockFunc(func(g *j.Group) { clearSlot(g, m, f) })
			}
			g.Default().Block(j.Return(j.Nil()))
		}),
		j.If(j.Id("c").Dot("Deleted")).Block(j.Return(j.Nil())),
		j.Id("budget").Op(":=").Add(wireFunc("Limits")).Values().Dot("Budget").Call(j.Len(j.Id("c").Dot("Value"))),
		j.Return(j.Id("m").Dot("MergeWithin").Call(j.Id("c").Dot("Value"), j.Op("&").Id("budget"))),
	)
	file.Line()
}

// clearSlot empties what a change is about to fill.
func clearSlot(g *j.Group, m *Message, f *ReplicaField) {
	switch f.Shape {
	case Map:
		// if c.Deleted {
		// 	var o ServiceState
		// 	if err := o.Unmarshal(replica.AppendKey(nil, 2, 0x0a, c.Key)); err != nil {
		// 		return err
		// 	}
		// 	for key := range o.Labels {
		// 		delete(m.Labels, key)
		// 	}
		// }
		g.Commentf("// %s", f.ProtoName)
		g.If(j.Id("c").Dot("Deleted")).Block(
			j.Var().Id("o").Id(m.Name),
			j.If(
				j.Id("err").Op(":=").Id("o").Dot("Unmarshal").Call(j.Qual(replicaPath, "AppendKey").Call(
					j.Nil(), j.Lit(f.Number), hex(f.Key.Tag.Bytes[0]), j.Id("c").Dot("Key"))),
				j.Id("err").Op("!=").Nil(),
			).Block(j.Return(j.Id("err"))),
			j.For(j.Id("key").Op(":=").Range().Id("o").Dot(f.Name)).Block(
				j.Delete(sel(f.Name), j.Id("key")),
			),
		)
	case Case:
		g.Commentf("// oneof %s", f.Oneof.FullName)
		g.Id("m").Dot(f.Oneof.Clear).Call()
	default:
		g.Commentf("// %s", f.ProtoName)
		for _, code := range emptyField(f.Field) {
			g.Add(code)
		}
	}
}

// emitAppendState writes the method that encodes one field.
func emitAppendState(file *j.File, m *Message) {
	// func (m *ServiceState) appendState(b []byte, number uint32) []byte {
	// 	switch number {
	// 	case 1:
	// 		…
	// 	}
	// 	return b
	// }
	file.Comment("// appendState appends a field as AppendTo does; nothing of a map.")
	method(file, m, "appendState").Params(j.Id("b").Index().Byte(), j.Id("number").Uint32()).Index().Byte().Block(
		j.Switch(j.Id("number")).BlockFunc(func(g *j.Group) {
			for _, f := range m.Replica.Fields {
				if f.Shape == Map {
					continue
				}
				g.Case(j.Lit(f.Number)).BlockFunc(func(g *j.Group) {
					g.Commentf("// %s", f.ProtoName)
					if f.Shape == Case {
						g.If(sel(f.Oneof.Name).Op("==").Id(f.Field.Const)).BlockFunc(func(g *j.Group) {
							appendValue(g, f.Type, f.Tag, sel(f.Name))
						})
						return
					}
					appendField(g, f.Field)
				})
			}
		}),
		j.Return(j.Id("b")),
	)
	file.Line()
}

// emitStateEntries writes the method that encodes the entries of a map one by
// one.
func emitStateEntries(file *j.File, m *Message) {
	// func (m *ServiceState) stateEntries(number uint32, yield func(entry []byte)) {
	// 	switch number {
	// 	case 2:
	// 		…
	// 	}
	// }
	file.Comment("// stateEntries calls yield with each entry of a map as AppendTo writes it.")
	method(file, m, "stateEntries").Params(j.Id("number").Uint32(), j.Id("yield").Func().Params(j.Id("entry").Index().Byte())).Block(
		j.Switch(j.Id("number")).BlockFunc(func(g *j.Group) {
			for _, f := range m.Replica.Fields {
				if f.Shape == Map {
					g.Case(j.Lit(f.Number)).BlockFunc(func(g *j.Group) {
						g.Commentf("// %s", f.ProtoName)
						forEntries(g, f.Field, func(g *j.Group) {
							g.Var().Id("b").Index().Byte()
							appendEntry(g, f.Field)
							g.Id("yield").Call(j.Id("b"))
						})
					})
				}
			}
		}),
	)
	file.Line()
}

// emitReplicaTest writes the test file of a replica.
func emitReplicaTest(m *Message) *j.File {
	file := j.NewFilePathName(m.Package.Path+"_test", m.Package.Name+"_test")
	begin(file)
	file.ImportName(replicatestPath, "replicatest")
	nameImport(file, m.Package)
	// func TestServiceStateReplica(t *testing.T) {
	// 	replicatest.Test(t, func() *replica.Replica[…] { return appv1.NewServiceState().Replica })
	// }
	types := []j.Code{j.Qual(m.Package.Path, m.Name), j.Qual(m.Package.Path, m.Replica.Field)}
	file.Func().Id(fmt.Sprintf("Test%s", m.Replica.Name)).Params(j.Id("t").Op("*").Qual("testing", "T")).Block(
		j.Qual(replicatestPath, "Test").Call(j.Id("t"), j.Func().Params().Op("*").Qual(replicaPath, "Replica").Types(types...).Block(
			j.Return(j.Qual(m.Package.Path, m.Replica.New).Call().Dot("Replica")),
		)),
	)
	return file
}

const replicatestPath = "github.com/hearsay-gossip/hearsay/state/replica/replicatest"
