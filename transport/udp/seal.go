package udp

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

// A sealed datagram: what a plain one begins with, the key's first byte of its
// name, the sender's life, a counter, the encrypted envelope, and a tag.
// docs/wire.md has it byte by byte.
const (
	keyOffset     = plainOverhead
	lifeOffset    = keyOffset + 1
	lifeBytes     = 8
	counterOffset = lifeOffset + lifeBytes
	counterBytes  = 8
	headerBytes   = counterOffset + counterBytes
	// nonceOffset: the last twelve bytes of the header are the nonce. The four
	// of the life in it are the same for all datagrams under one subkey.
	nonceOffset   = headerBytes - nonceBytes
	nonceBytes    = 12
	sealTagBytes  = 16
	sealedMinimum = headerBytes + sealTagBytes
)

// maxPerLife is how many datagrams a sender seals under one subkey before it
// takes a new life: the limit of RFC 9001 §6.6 for AES-GCM with packets of at
// most 2¹¹ bytes.
const maxPerLife = 1 << 28

// life is one life of a sender: a random number that salts the subkeys of this
// process's datagrams, and the counter that is their nonce. The counter goes on
// when the key changes and when it changes back, so that no nonce comes twice
// under any subkey; and a process that restarts has another life.
type life struct {
	number [lifeBytes]byte
	count  atomic.Uint64
}

func newLife() *life {
	l := new(life)
	_, _ = rand.Read(l.number[:]) // never fails, by its documentation
	return l
}

// sealer seals under one key in one life. It never changes.
type sealer struct {
	ring *ring
	life *life
	aead cipher.AEAD
}

// sealedFraming encrypts and authenticates. Sealing is for any goroutine,
// opening for one.
type sealedFraming struct {
	plain   *plainFraming
	keys    *Keyring
	cluster string
	perLife uint64

	mu     sync.Mutex // held while a sealer is made
	sealer atomic.Pointer[sealer]

	lives       *lives
	derivations derivations
	opened      []byte // what was opened last
	// firsts limits how many subkeys are derived to open what came: each takes ten
	// times as long as to refuse a datagram of a sender that is known.
	firsts          bucket
	firstsPerSecond float64
	since           time.Time
}

// newSealedFraming seals and opens with keys, which must have some. It
// remembers so many senders.
func newSealedFraming(local transport.Local, keys *Keyring, senders int) *sealedFraming {
	f := &sealedFraming{
		plain: newPlainFraming(local), keys: keys, cluster: local.Cluster,
		perLife: maxPerLife, lives: newLives(senders), firstsPerSecond: crowd * DefaultStrangerRate, since: time.Now(),
	}
	f.sealer.Store(f.newSealer(keys.current.Load(), newLife()))
	return f
}

func (f *sealedFraming) newSealer(r *ring, l *life) *sealer {
	return &sealer{ring: r, life: l, aead: newDerivation(r.keys[0]).cipher(l.number, f.cluster)}
}

func (f *sealedFraming) overhead() int { return headerBytes + sealTagBytes }

func (f *sealedFraming) authentic() bool { return true }

// begin leaves the rest of the header to finish: key, life and counter belong
// together.
func (f *sealedFraming) begin(dst []byte, version uint8) []byte {
	dst = append(dst, flagSealed|version&versionMask)
	dst = append(dst, f.plain.tag[:]...)
	return append(dst, make([]byte, headerBytes-plainOverhead)...)
}

// finish seals in place. Nonce and associated data are parts of the datagram
// itself, so that nothing is copied or allocated.
func (f *sealedFraming) finish(datagram []byte) []byte {
	s, counter := f.next()
	datagram[keyOffset] = s.ring.keys[0].id[0]
	copy(datagram[lifeOffset:], s.life.number[:])
	binary.LittleEndian.PutUint64(datagram[counterOffset:], counter)
	header := datagram[:headerBytes]
	return s.aead.Seal(header, header[nonceOffset:], datagram[headerBytes:], header)
}

// next returns a sealer with the current key and a counter that nobody else
// gets.
func (f *sealedFraming) next() (*sealer, uint64) {
	for {
		s := f.sealer.Load()
		if s.ring != f.keys.current.Load() {
			s = f.renew(s, s.life)
		}
		counter := s.life.count.Add(1)
		if counter <= f.perLife {
			return s, counter
		}
		f.renew(s, newLife())
	}
}

// renew replaces old, unless another goroutine has, by one with the current
// key.
func (f *sealedFraming) renew(old *sealer, l *life) *sealer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.sealer.Load(); s != old {
		return s
	}
	s := f.newSealer(f.keys.current.Load(), l)
	f.sealer.Store(s)
	return s
}
