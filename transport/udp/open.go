package udp

import (
	"crypto/cipher"
	"encoding/binary"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

// open checks a sealed datagram, the cheapest first: what is plainly not for
// this node, then what was seen, then the seal. A datagram leaves a trace only
// if its seal opens.
func (f *sealedFraming) open(datagram []byte) ([]byte, uint8, transport.Drop, bool) {
	if len(datagram) < plainOverhead {
		return nil, 0, transport.DropMalformed, false
	}
	version, flags := datagram[0]&versionMask, datagram[0]&flagsMask
	switch {
	case flags&^flagSealed != 0:
		return nil, 0, transport.DropMalformed, false
	case flags == 0:
		return nil, 0, transport.DropUnauthenticated, false
	case !f.plain.local.Speaks(version):
		return nil, 0, transport.DropVersion, false
	case [tagBytes]byte(datagram[1:plainOverhead]) != f.plain.tag:
		return nil, 0, transport.DropForeign, false
	case len(datagram) < sealedMinimum:
		return nil, 0, transport.DropMalformed, false
	}
	payload, cause, ok := f.unseal(datagram)
	return payload, version, cause, ok
}

// unseal opens the seal of a datagram with a whole header. A sender life that
// is not known yet is one as soon as a seal of it opens.
func (f *sealedFraming) unseal(datagram []byte) ([]byte, transport.Drop, bool) {
	number := [lifeBytes]byte(datagram[lifeOffset:])
	counter := binary.LittleEndian.Uint64(datagram[counterOffset:])
	if counter == 0 {
		return nil, transport.DropMalformed, false // senders begin with 1
	}
	sender := f.lives.get(number)
	if sender != nil && !sender.seen.isNew(counter) {
		return nil, transport.DropReplayed, false
	}
	ring := f.keys.current.Load()
	for _, key := range ring.keys {
		if key.id[0] != datagram[keyOffset] {
			continue
		}
		aead, known := f.cipherOf(sender, key, ring, number)
		if aead == nil {
			return nil, transport.DropLimited, false
		}
		payload, opened := f.decrypt(aead, datagram)
		if !opened {
			continue // another key may have the same first byte
		}
		if sender == nil {
			sender = f.lives.add(number)
		}
		if !known {
			sender.learn(ring, key, aead)
		}
		sender.seen.mark(counter)
		return payload, 0, true
	}
	return nil, transport.DropUnauthenticated, false
}

// cipherOf returns the cipher of a sender, which may be nil, under a key, and
// whether the sender is known to use it. It is nil if too many were derived of
// late: whoever makes up lives, under the source addresses of members, keeps
// nobody waiting but those who have just started.
func (f *sealedFraming) cipherOf(sender *senderLife, key *ringKey, current *ring, number [lifeBytes]byte) (cipher.AEAD, bool) {
	if sender != nil {
		if aead := sender.under(key); aead != nil {
			return aead, true
		}
	}
	now := time.Since(f.since)
	if !f.firsts.has(f.firstsPerSecond, now) {
		return nil, false
	}
	f.firsts.take(f.firstsPerSecond, now)
	return f.derivations.of(key, current).cipher(number, f.cluster), false
}

// decrypt opens the seal beside the datagram: in place, a key that does not fit would
// destroy it for the next one with the same first byte of its name. The result
// is valid until the next call.
func (f *sealedFraming) decrypt(aead cipher.AEAD, datagram []byte) ([]byte, bool) {
	header := datagram[:headerBytes]
	payload, err := aead.Open(f.opened[:0], header[nonceOffset:], datagram[headerBytes:], header)
	if err != nil {
		return nil, false
	}
	f.opened = payload
	return payload, true
}
