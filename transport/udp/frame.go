package udp

import (
	"crypto/sha256"

	"github.com/hearsay-gossip/hearsay/transport"
)

// framing is what stands around an encoded envelope in a datagram. The plain
// one is below, the sealed one in seal.go. begin and finish are for any
// goroutine, open for one at a time.
type framing interface {
	// begin appends what stands before the envelope.
	begin(dst []byte, version uint8) []byte
	// finish completes a datagram that begin began and to which the envelope
	// was appended. It may append up to overhead bytes in all with begin.
	finish(datagram []byte) []byte
	// open returns the encoded envelope of a datagram, valid until the next
	// call, and its wire version; or the cause to drop it.
	open(datagram []byte) (payload []byte, version uint8, cause transport.Drop, ok bool)
	// overhead is how many bytes begin and finish add at most.
	overhead() int
	// authentic tells whether what open accepts comes from a member.
	authentic() bool
}

// The first byte of every datagram: flags in the upper four bits, the wire
// version in the lower four.
const (
	versionMask = 0x0f
	flagsMask   = 0xf0
	// flagSealed marks a datagram whose envelope is encrypted. The other three
	// flags are 0; what sets one of them is of another protocol.
	flagSealed = 0x80
)

const (
	tagBytes      = 4
	plainOverhead = 1 + tagBytes
)

// plainFraming is version and flags, a tag of the cluster, and the envelope as
// it is. The tag keeps clusters apart that meet by accident; it keeps nobody
// out.
type plainFraming struct {
	local transport.Local
	tag   [tagBytes]byte
}

func newPlainFraming(local transport.Local) *plainFraming {
	sum := sha256.Sum256([]byte(local.Cluster))
	return &plainFraming{local: local, tag: [tagBytes]byte(sum[:tagBytes])}
}

func (f *plainFraming) overhead() int { return plainOverhead }

func (f *plainFraming) authentic() bool { return false }

func (f *plainFraming) begin(dst []byte, version uint8) []byte {
	dst = append(dst, version&versionMask)
	return append(dst, f.tag[:]...)
}

func (f *plainFraming) finish(datagram []byte) []byte { return datagram }

// open checks what can be checked without decoding, from the first byte on:
// what a version means is known to those only who speak it, so the version
// comes before the cluster.
func (f *plainFraming) open(datagram []byte) ([]byte, uint8, transport.Drop, bool) {
	if len(datagram) < plainOverhead {
		return nil, 0, transport.DropMalformed, false
	}
	version, flags := datagram[0]&versionMask, datagram[0]&flagsMask
	switch {
	case flags&flagSealed != 0:
		return nil, 0, transport.DropUnauthenticated, false
	case flags != 0:
		return nil, 0, transport.DropMalformed, false
	case !f.local.Speaks(version):
		return nil, 0, transport.DropVersion, false
	case [tagBytes]byte(datagram[1:plainOverhead]) != f.tag:
		return nil, 0, transport.DropForeign, false
	}
	return datagram[plainOverhead:], version, 0, true
}
