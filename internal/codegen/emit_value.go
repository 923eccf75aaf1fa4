package codegen

import (
	"fmt"

	j "github.com/dave/jennifer/jen"
)

// sel is m.name.
func sel(name string) *j.Statement { return j.Id("m").Dot(name) }

// wireFunc is wire.name.
func wireFunc(name string) *j.Statement { return j.Qual(wirePath, name) }

// hex is a byte as hexadecimal literal.
func hex(b byte) *j.Statement { return j.Op(fmt.Sprintf("0x%02x", b)) }

// tagBytes are the bytes of a tag, as arguments.
func tagBytes(t Tag) []j.Code {
	var list []j.Code
	for _, b := range t.Bytes {
		list = append(list, hex(b))
	}
	return list
}

// tagValue is a tag as a number.
func tagValue(t Tag) *j.Statement { return j.Op(fmt.Sprintf("%#x", t.Value)) }

// failed is: if cond { return result }.
func failed(cond j.Code, result j.Code) *j.Statement {
	return j.If(cond).Block(j.Return(result))
}

// overLimit is: if !charge { return wire.ErrLimit }.
func overLimit(charge j.Code) *j.Statement {
	return failed(j.Op("!").Add(charge), wireFunc("ErrLimit"))
}

// present is the condition under which a field without presence of its own is
// encoded: its value is not zero.
func present(t Type, x *j.Statement) *j.Statement {
	switch t.Kind {
	case KindBool:
		return x
	case KindString, KindBytes:
		return j.Len(x).Op(">").Lit(0)
	case KindMessage:
		return x.Op("!=").Nil()
	case KindFloat, KindDouble:
		// Negative zero is not zero.
		return raw(t, x).Op("!=").Lit(0)
	default:
		return x.Op("!=").Lit(0)
	}
}

// raw turns a value into what is written: a uint64 for varints, a uint32 or a
// uint64 for fixed widths. Strings, bytes and messages are written as they are.
func raw(t Type, x *j.Statement) *j.Statement {
	switch t.Kind {
	case KindInt32, KindInt64, KindUint32, KindEnum, KindSfixed64:
		return j.Uint64().Call(x)
	case KindSint32:
		return wireFunc("ZigZag").Call(j.Int64().Call(x))
	case KindSint64:
		return wireFunc("ZigZag").Call(x)
	case KindSfixed32:
		return j.Uint32().Call(x)
	case KindFloat:
		return j.Qual("math", "Float32bits").Call(x)
	case KindDouble:
		return j.Qual("math", "Float64bits").Call(x)
	default:
		return x
	}
}

// cooked turns what was read back into a value: the inverse of raw.
func cooked(t Type, x *j.Statement) *j.Statement {
	switch t.Kind {
	case KindBool:
		return x.Op("!=").Lit(0)
	case KindSint32:
		return wireFunc("UnZigZag32").Call(x)
	case KindSint64:
		return wireFunc("UnZigZag").Call(x)
	case KindFloat:
		return j.Qual("math", "Float32frombits").Call(x)
	case KindDouble:
		return j.Qual("math", "Float64frombits").Call(x)
	case KindUint64, KindFixed32, KindFixed64:
		return x
	default:
		return valueType(t).Call(x)
	}
}

// zero sets a variable of the type to its zero value. What memory it has is
// kept.
func zero(t Type, x *j.Statement) *j.Statement {
	switch t.Kind {
	case KindBool:
		return x.Clone().Op("=").False()
	case KindString:
		return x.Clone().Op("=").Lit("")
	case KindBytes:
		return x.Clone().Op("=").Add(x.Clone()).Index(j.Empty(), j.Lit(0))
	case KindMessage:
		return x.Clone().Op("=").Nil()
	default:
		return x.Clone().Op("=").Lit(0)
	}
}

// emptyField sets a field to what it is in an empty message.
func emptyField(f *Field) []j.Code {
	switch f.Shape {
	case Repeated:
		// m.Records = m.Records[:0]
		return []j.Code{sel(f.Name).Op("=").Add(sel(f.Name)).Index(j.Empty(), j.Lit(0))}
	case Map:
		return []j.Code{j.Clear(sel(f.Name))}
	case Optional:
		return []j.Code{zero(f.Type, sel(f.Name)), sel(f.Has).Op("=").False()}
	default:
		return []j.Code{zero(f.Type, sel(f.Name))}
	}
}
