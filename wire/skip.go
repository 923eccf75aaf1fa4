package wire

import "math"

// Skip returns the position behind the value at b[i:] of a field that the
// decoder does not know, whose tag has been read. Groups, which proto3 does not
// have but proto2 senders may send, count against the depth.
func Skip(b []byte, i int, tag uint64, budget *Budget) (next int) {
	switch tag & 7 {
	case typeVarint:
		_, i = Varint(b, i)
		return i
	case typeFixed64:
		_, i = Fixed64(b, i)
		return i
	case typeBytes:
		_, i = Bytes(b, i)
		return i
	case typeFixed32:
		_, i = Fixed32(b, i)
		return i
	case typeStartGroup:
		return skipGroup(b, i, tag>>3, budget)
	default:
		return malformed
	}
}

// skipGroup returns the position behind the end of the group of that number.
func skipGroup(b []byte, i int, number uint64, budget *Budget) (next int) {
	if !budget.Enter(0) {
		return limited
	}
	for {
		var tag uint64
		if tag, i = groupTag(b, i); i < 0 {
			return i
		}
		if tag&7 == typeEndGroup {
			if tag>>3 != number {
				return malformed
			}
			budget.Leave()
			return i
		}
		if i = Skip(b, i, tag, budget); i < 0 {
			return i
		}
	}
}

// groupTag reads a tag inside a group. Nobody knows the fields there, so their
// numbers are held to no more than what protobuf-go holds them to: 1 to 2³¹−1,
// which its MessageSet needed.
func groupTag(b []byte, i int) (tag uint64, next int) {
	tag, i = Varint(b, i)
	if i >= 0 && (tag>>3 == 0 || tag>>3 > math.MaxInt32) {
		return 0, malformed
	}
	return tag, i
}
