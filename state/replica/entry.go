package replica

import (
	"github.com/hearsay-gossip/hearsay/wire"
)

// An entry of a map stands in an encoded message as a message of its own, of a
// key, field 1, and a value, field 2.

// entryKey returns the key of an encoded entry, without tag and length.
func entryKey(entry []byte) string {
	_, at := wire.Tag(entry, 0)
	_, at = wire.Length(entry, at)
	tag, at := wire.Tag(entry, at)
	var end int
	switch tag & 7 {
	case 0:
		_, end = wire.Varint(entry, at)
	case 1:
		end = at + 8
	case 5:
		end = at + 4
	default:
		key, _ := wire.Bytes(entry, at)
		return string(key)
	}
	return string(entry[at:end])
}

// AppendKey appends an entry that has a key and no value: what is left of one
// that was removed. keyTag is the tag of the key. Generated code calls it.
func AppendKey(b []byte, field uint32, keyTag byte, key string) []byte {
	size := 1 + len(key)
	if keyTag&7 == 2 {
		size += wire.SizeVarint(uint64(len(key)))
	}
	b = wire.AppendVarint(wire.AppendVarint(b, uint64(field)<<3|2), uint64(size))
	b = append(b, keyTag)
	if keyTag&7 == 2 {
		b = wire.AppendVarint(b, uint64(len(key)))
	}
	return append(b, key...)
}
