package udp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"slices"
)

// subkeyLabel begins what a subkey is derived from; a life and the cluster's
// name follow. So datagrams of another cluster do not open even if a key serves
// both.
const subkeyLabel = "hearsay udp v1 "

// derivation makes the ciphers of the lives of senders under one key. A subkey
// is HKDF-Expand of the key (RFC 5869 §2.3), which is random and so needs no
// Extract (§3.3): one block of it, and that is one HMAC, which is kept because
// its making costs more than its use. It is not safe for concurrent use.
type derivation struct {
	key     *ringKey
	mac     hash.Hash
	scratch []byte
}

func newDerivation(key *ringKey) *derivation {
	return &derivation{key: key, mac: hmac.New(sha256.New, key.key[:])}
}

// cipher returns the cipher of a life of a sender in a cluster.
func (d *derivation) cipher(number [lifeBytes]byte, cluster string) cipher.AEAD {
	d.scratch = append(d.scratch[:0], subkeyLabel...)
	d.scratch = append(d.scratch, number[:]...)
	d.scratch = append(d.scratch, cluster...)
	d.scratch = append(d.scratch, 1) // the first block, and the only one
	d.mac.Reset()
	d.mac.Write(d.scratch)
	d.scratch = d.mac.Sum(d.scratch[:0])
	block, err := aes.NewCipher(d.scratch)
	if err != nil {
		panic("BUG: udp: cipher of a subkey: " + err.Error())
	}
	clear(d.scratch)
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("BUG: udp: GCM: " + err.Error())
	}
	return aead
}

// derivations are those of a ring's keys that were needed.
type derivations []*derivation

// of returns the derivation under a key of a ring, and lets go of those whose
// key is no longer in it.
func (ds *derivations) of(key *ringKey, current *ring) *derivation {
	for _, d := range *ds {
		if d.key == key {
			return d
		}
	}
	*ds = slices.DeleteFunc(*ds, func(d *derivation) bool { return !current.has(d.key) })
	d := newDerivation(key)
	*ds = append(*ds, d)
	return d
}
