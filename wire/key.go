package wire

import (
	"crypto/sha256"
	"encoding/binary"
)

// Key is the short name of a node on the wire: the first 8 bytes, little
// endian, of the SHA-256 of its id. Two ids of one cluster that share a key
// are refused by whoever knows both; among 10,000 nodes that happens to one
// cluster in 10¹¹. Key is never 0, which stands for no node.
func Key(id string) uint64 {
	sum := sha256.Sum256([]byte(id))
	if key := binary.LittleEndian.Uint64(sum[:8]); key != 0 {
		return key
	}
	return 1
}
