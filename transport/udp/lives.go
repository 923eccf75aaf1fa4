package udp

import (
	"crypto/cipher"
	"slices"
)

// senderLife is what a receiver keeps of one life of a sender.
type senderLife struct {
	number  [lifeBytes]byte
	seen    window
	ciphers []keyedCipher // one, or two while keys rotate

	newer, older *senderLife // by when a datagram of it last came
}

// keyedCipher is the cipher of a sender life under one key.
type keyedCipher struct {
	key  *ringKey
	aead cipher.AEAD
}

// under returns the cipher under key, or nil.
func (s *senderLife) under(key *ringKey) cipher.AEAD {
	for i := range s.ciphers {
		if s.ciphers[i].key == key {
			return s.ciphers[i].aead
		}
	}
	return nil
}

// learn adds the cipher of a key that the sender turns out to use, and lets go
// of those whose key is no longer in the ring.
func (s *senderLife) learn(current *ring, key *ringKey, aead cipher.AEAD) {
	s.ciphers = slices.DeleteFunc(s.ciphers, func(c keyedCipher) bool { return !current.has(c.key) })
	s.ciphers = append(s.ciphers, keyedCipher{key, aead})
}

// lives remembers a bounded number of sender lives; the one that was silent for
// longest goes first. Only who has a key gets into it. It is not safe for
// concurrent use.
type lives struct {
	bound          int
	byNumber       map[[lifeBytes]byte]*senderLife
	newest, oldest *senderLife
}

func newLives(bound int) *lives {
	return &lives{bound: bound, byNumber: make(map[[lifeBytes]byte]*senderLife)}
}

// get returns the life with that number, or nil, and counts it as heard. Whoever
// makes up numbers finds none, and who repeats a number that he saw keeps it in
// memory for longer, which the bound allows.
func (l *lives) get(number [lifeBytes]byte) *senderLife {
	s := l.byNumber[number]
	if s != nil && s != l.newest {
		l.unlink(s)
		l.link(s)
	}
	return s
}

// add remembers a life that get did not find.
func (l *lives) add(number [lifeBytes]byte) *senderLife {
	if len(l.byNumber) >= l.bound {
		delete(l.byNumber, l.oldest.number)
		l.unlink(l.oldest)
	}
	s := &senderLife{number: number}
	l.byNumber[number] = s
	l.link(s)
	return s
}

func (l *lives) link(s *senderLife) {
	s.older, s.newer = l.newest, nil
	if l.newest == nil {
		l.oldest = s
	} else {
		l.newest.newer = s
	}
	l.newest = s
}

func (l *lives) unlink(s *senderLife) {
	if s.newer == nil {
		l.newest = s.older
	} else {
		s.newer.older = s.older
	}
	if s.older == nil {
		l.oldest = s.newer
	} else {
		s.older.newer = s.newer
	}
	s.newer, s.older = nil, nil
}
