package wire

import (
	"encoding/binary"
	"math"
)

// Wire types, the lower three bits of a tag.
const (
	typeVarint     = 0
	typeFixed64    = 1
	typeBytes      = 2
	typeStartGroup = 3
	typeEndGroup   = 4
	typeFixed32    = 5
)

const maxFieldNumber = 1<<29 - 1

// Varint reads a varint at b[i:] and returns the position behind it.
// Generated code reads varints of one byte by itself, so that it is better not
// inlined.
//
//go:noinline
func Varint(b []byte, i int) (v uint64, next int) {
	for shift := uint(0); shift < 64; shift += 7 {
		if i >= len(b) {
			return 0, truncated
		}
		c := b[i]
		i++
		if c < 0x80 {
			if shift == 63 && c > 1 {
				return 0, malformed
			}
			return v | uint64(c)<<shift, i
		}
		v |= uint64(c&0x7f) << shift
	}
	return 0, malformed
}

// Tag reads a tag at b[i:], field number and wire type, and returns the
// position behind it.
func Tag(b []byte, i int) (tag uint64, next int) {
	if i < len(b) && b[i] < 0x80 {
		tag, next = uint64(b[i]), i+1
	} else if tag, next = Varint(b, i); next < 0 {
		return 0, next
	}
	if number := tag >> 3; number == 0 || number > maxFieldNumber {
		return 0, malformed
	}
	return tag, next
}

// Length reads the length of what follows it at b[i:] and returns the position
// behind the length. All that follows is there.
func Length(b []byte, i int) (n, next int) {
	v, next := Varint(b, i)
	if next < 0 {
		return 0, next
	}
	if v > uint64(len(b)-next) {
		return 0, truncated
	}
	return int(v), next
}

// Bytes reads a length and that many bytes at b[i:] and returns the position
// behind them. They are a part of b.
func Bytes(b []byte, i int) (s []byte, next int) {
	n, next := Length(b, i)
	if next < 0 {
		return nil, next
	}
	return b[next : next+n : next+n], next + n
}

// Fixed32 reads four bytes, little endian, at b[i:] and returns the position
// behind them.
func Fixed32(b []byte, i int) (v uint32, next int) {
	if len(b)-i < 4 {
		return 0, truncated
	}
	return binary.LittleEndian.Uint32(b[i:]), i + 4
}

// Fixed64 reads eight bytes, little endian, at b[i:] and returns the position
// behind them.
func Fixed64(b []byte, i int) (v uint64, next int) {
	if len(b)-i < 8 {
		return 0, truncated
	}
	return binary.LittleEndian.Uint64(b[i:]), i + 8
}

// UnZigZag decodes the value of an sint32 or sint64 field.
func UnZigZag(v uint64) int64 {
	return int64(v>>1) ^ -int64(v&1)
}

// UnZigZag32 decodes the value of an sint32 field, of which the lower 32 bits
// count.
func UnZigZag32(v uint64) int32 {
	return int32(UnZigZag(v & math.MaxUint32))
}
