package wire

import "math/bits"

// AppendVarint appends v as a varint. Generated code writes varints of one byte
// by itself; inlined for the others, it would only make that code large, which
// was measured to be slower. Up to five bytes, the lengths and small numbers that
// nearly all are, one check for room instead of one a byte makes messages 4 %
// faster to encode.
//
//go:noinline
func AppendVarint(b []byte, v uint64) []byte {
	switch {
	case v < 1<<7:
		return append(b, byte(v))
	case v < 1<<14:
		return append(b, byte(v)|0x80, byte(v>>7))
	case v < 1<<21:
		return append(b, byte(v)|0x80, byte(v>>7)|0x80, byte(v>>14))
	case v < 1<<28:
		return append(b, byte(v)|0x80, byte(v>>7)|0x80, byte(v>>14)|0x80, byte(v>>21))
	case v < 1<<35:
		return append(b, byte(v)|0x80, byte(v>>7)|0x80, byte(v>>14)|0x80, byte(v>>21)|0x80, byte(v>>28))
	}
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// AppendBool appends v as a varint.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// SizeVarint returns the number of bytes of v as a varint, 1 to 10.
func SizeVarint(v uint64) int {
	// (bits+6)/7, at least 1, without a division by 7.
	return int(9*uint32(bits.Len64(v))+64) / 64
}

// SizeBytes returns the number of bytes of n bytes behind their length.
func SizeBytes(n int) int {
	return SizeVarint(uint64(n)) + n
}

// ZigZag encodes the value of an sint32 or sint64 field.
func ZigZag(v int64) uint64 {
	return uint64(v<<1) ^ uint64(v>>63)
}

// EndLength writes the length of b[start:] into the byte before it, which was
// reserved. Only 128 bytes and more need a longer length, and are shifted:
// measured, that is nearly twice as fast as a pass over the message for its
// size.
func EndLength(b []byte, start int) []byte {
	if n := len(b) - start; n < 0x80 {
		b[start-1] = byte(n)
		return b
	}
	return endLongLength(b, start)
}

// endLongLength stands apart, so that EndLength is inlined.
//
//go:noinline
func endLongLength(b []byte, start int) []byte {
	n := len(b) - start
	extra := SizeVarint(uint64(n)) - 1
	for range extra {
		b = append(b, 0)
	}
	copy(b[start+extra:], b[start:start+n])
	AppendVarint(b[:start-1], uint64(n))
	return b
}
