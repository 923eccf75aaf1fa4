package udp

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// MaxKeys bounds a Keyring: a rotation needs two keys, and one more for each
// further one that begins before the last has ended.
const MaxKeys = 8

// Errors of a Keyring. None of them changes it.
var (
	// ErrKeyringFull: there are MaxKeys keys already.
	ErrKeyringFull = errors.New("udp: the keyring is full: remove a key that no member seals with any more")
	// ErrUnknownKey: no key has that name.
	ErrUnknownKey = errors.New("udp: no such key in the keyring")
	// ErrKeyInUse: the key is the one that seals.
	ErrKeyInUse = errors.New("udp: the key seals: use another one before this is removed")
)

// Keyring holds the keys of a cluster: one seals what is sent, and all open
// what arrives. It may be changed while transports use it, and any number may
// share it; all methods are safe for concurrent use, and each change is seen
// whole or not at all.
//
// A rotation has three steps, each taken on every node before the next: Add the
// new key, Use it, Remove the old one. No datagram is lost on the way.
type Keyring struct {
	mu      sync.Mutex // held while changing
	current atomic.Pointer[ring]
}

// ring is one state of a Keyring. It never changes.
type ring struct {
	keys []*ringKey // the first one seals
}

// ringKey is a key in a ring. Successive rings share it, so that what was
// derived from it can be found again by the pointer.
type ringKey struct {
	key Key
	id  KeyID
}

// NewKeyring returns a ring that seals with the first key and opens with all.
func NewKeyring(primary Key, others ...Key) (*Keyring, error) {
	k := new(Keyring)
	if err := k.Replace(primary, others...); err != nil {
		return nil, err
	}
	return k, nil
}

// Replace makes the ring one that seals with primary and opens with all keys,
// in one step. It returns an error, and changes nothing, if a key is no random
// one or there are too many.
func (k *Keyring) Replace(primary Key, others ...Key) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := new(ring)
	for _, key := range append([]Key{primary}, others...) {
		if err := key.validate(); err != nil {
			return fmt.Errorf("udp: %v %w", key, err)
		}
		if next.named(key.ID()) == nil {
			next.keys = append(next.keys, k.known(key))
		}
	}
	if len(next.keys) > MaxKeys {
		return ErrKeyringFull
	}
	k.current.Store(next)
	return nil
}

// Add lets a further key open what arrives. It returns the key's name. Adding a
// key that is there already changes nothing.
func (k *Keyring) Add(key Key) (KeyID, error) {
	if err := key.validate(); err != nil {
		return KeyID{}, fmt.Errorf("udp: %v %w", key, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.current.Load()
	id := key.ID()
	switch {
	case now.named(id) != nil:
		return id, nil
	case len(now.keys) == MaxKeys:
		return KeyID{}, ErrKeyringFull
	}
	k.current.Store(&ring{keys: append(slices.Clone(now.keys), k.known(key))})
	return id, nil
}

// Use makes a key of the ring the one that seals. Do it when every member has
// the key.
func (k *Keyring) Use(id KeyID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.current.Load()
	chosen := now.named(id)
	if chosen == nil {
		return fmt.Errorf("%w: %v", ErrUnknownKey, id)
	}
	next := &ring{keys: []*ringKey{chosen}}
	for _, other := range now.keys {
		if other != chosen {
			next.keys = append(next.keys, other)
		}
	}
	k.current.Store(next)
	return nil
}

// Remove takes a key out: what it sealed is not opened any more. Do it when
// every member uses another one. The key that seals cannot be removed.
func (k *Keyring) Remove(id KeyID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.current.Load()
	at := slices.IndexFunc(now.keys, func(key *ringKey) bool { return key.id == id })
	switch at {
	case -1:
		return fmt.Errorf("%w: %v", ErrUnknownKey, id)
	case 0:
		return fmt.Errorf("%w: %v", ErrKeyInUse, id)
	}
	k.current.Store(&ring{keys: slices.Delete(slices.Clone(now.keys), at, at+1)})
	return nil
}

// Primary returns the name of the key that seals.
func (k *Keyring) Primary() KeyID { return k.current.Load().keys[0].id }

// IDs returns the names of all keys, the one that seals first.
func (k *Keyring) IDs() []KeyID {
	now := k.current.Load()
	ids := make([]KeyID, len(now.keys))
	for i, key := range now.keys {
		ids[i] = key.id
	}
	return ids
}

// String returns the names of the keys, the one that seals first.
func (k *Keyring) String() string { return fmt.Sprint(k.IDs()) }

// isEmpty reports whether k has no keys, as the zero Keyring.
func (k *Keyring) isEmpty() bool { return k.current.Load() == nil }

// known returns key as the current ring has it, or makes it anew. The lock is
// held.
func (k *Keyring) known(key Key) *ringKey {
	id := key.ID()
	if now := k.current.Load(); now != nil {
		for _, have := range now.keys {
			if have.key == key {
				return have
			}
		}
	}
	return &ringKey{key: key, id: id}
}

// named returns the key of that name, or nil.
func (r *ring) named(id KeyID) *ringKey {
	for _, key := range r.keys {
		if key.id == id {
			return key
		}
	}
	return nil
}

// has reports whether key, which some ring had, is in r.
func (r *ring) has(key *ringKey) bool { return slices.Contains(r.keys, key) }
