package codegen

// measure fills in what values take in memory, which decoders charge to their
// limits. A 64-bit machine is assumed, so that limits mean the same everywhere.
func (b *builder) measure() {
	for _, d := range b.pending {
		d.message.Memory = structSize(d.message)
	}
	for _, d := range b.pending {
		for _, f := range d.message.Fields {
			f.Memory = charge(f)
		}
	}
}

// structSize lays out the struct as the Go compiler does.
func structSize(m *Message) int {
	offset := 0
	place := func(size, align int) {
		offset = (offset+align-1)/align*align + size
	}
	placed := map[*Oneof]bool{}
	for _, f := range m.Fields {
		if f.Oneof != nil && !placed[f.Oneof] {
			placed[f.Oneof] = true
			if f.Oneof.Base == "uint16" {
				place(2, 2)
			} else {
				place(1, 1)
			}
		}
		switch f.Shape {
		case Repeated:
			place(24, 8)
		case Map:
			place(8, 8)
		case Optional:
			place(f.Type.Memory())
			place(1, 1)
		default:
			place(f.Type.Memory())
		}
	}
	for _, f := range m.Fields {
		if f.Spare != "" {
			place(8, 8)
		}
	}
	place(24, 8) // unknown fields
	place(0, 8)
	return offset
}

// charge returns what an element or a sub-message costs.
func charge(f *Field) int {
	switch {
	case f.Shape == Map:
		key, _ := f.Key.Type.Memory()
		value, _ := f.Element.Type.Memory()
		// Tables of maps are up to half empty, and moved while they grow.
		cost := 2*(key+value) + 8
		if f.Element.Type.Kind == KindMessage {
			cost += f.Element.Type.Message.Memory
		}
		return cost
	case f.Type.Kind == KindMessage:
		return f.Type.Message.Memory
	default:
		size, _ := f.Type.Memory()
		return size
	}
}
