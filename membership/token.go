package membership

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"hash"
	"net/netip"
	"time"
)

// tokenBytes is the size of a token: 64 bits, which nobody guesses in the
// minute that one lives, and few enough that a challenge is shorter than the
// shortest question.
const tokenBytes = 8

// tokenLife is the least time for which a token is taken; the most is twice it.
const tokenLife = 30 * time.Second

// tokenMint makes tokens: a MAC over an address and the coarse time under a
// secret of the process. Who repeats the token of an address receives there,
// so bulk answers may go to it, and the answering side keeps nothing about
// whom it gave one (the cookies of RFC 9000, section 8.1).
type tokenMint struct {
	mac     hash.Hash
	scratch []byte
}

func newTokenMint(secret [sha256.Size]byte) tokenMint {
	return tokenMint{mac: hmac.New(sha256.New, secret[:])}
}

// appendToken appends the token of an address at a time.
func (m *tokenMint) appendToken(dst []byte, now Instant, address netip.AddrPort) []byte {
	return append(dst, m.sum(epochOf(now), address)...)
}

// valid tells whether token was made for the address, lately.
func (m *tokenMint) valid(now Instant, address netip.AddrPort, token []byte) bool {
	if len(token) != tokenBytes {
		return false
	}
	epoch := epochOf(now)
	return subtle.ConstantTimeCompare(token, m.sum(epoch, address)) == 1 ||
		subtle.ConstantTimeCompare(token, m.sum(epoch-1, address)) == 1
}

func epochOf(now Instant) int64 { return int64(now) / int64(tokenLife) }

// sum returns the token; it is valid until the next call.
func (m *tokenMint) sum(epoch int64, address netip.AddrPort) []byte {
	ip := address.Addr().As16()
	m.scratch = binary.BigEndian.AppendUint64(m.scratch[:0], uint64(epoch))
	m.scratch = append(m.scratch, ip[:]...)
	m.scratch = binary.BigEndian.AppendUint16(m.scratch, address.Port())
	m.mac.Reset()
	m.mac.Write(m.scratch)
	m.scratch = m.mac.Sum(m.scratch[:0])
	return m.scratch[:tokenBytes]
}
