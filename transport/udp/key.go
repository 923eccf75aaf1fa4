package udp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
)

// KeyBytes is the length of a key.
const KeyBytes = 32

// keyNames separates the hash that names a key from any other use of the key.
const keyNames = "hearsay udp key name\x00"

// Key is a secret that the members of a cluster share: whoever has it is
// believed to be any member. Printed or logged it shows its name only; Text is
// what goes into a file.
type Key [KeyBytes]byte

// KeyID names a key without giving it away: it is a hash of it. Its first byte
// travels in every datagram, so that a receiver with several keys knows which
// to try.
type KeyID [4]byte

// NewKey draws a key from the system's source of randomness.
func NewKey() Key {
	var key Key
	_, _ = rand.Read(key[:]) // never fails, by its documentation
	return key
}

// ParseKey reads a key as Text writes it: base64 of 32 bytes, with or without
// padding, in either alphabet.
func ParseKey(text string) (Key, error) {
	plain := strings.TrimRight(strings.TrimSpace(text), "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(plain, "-_") {
		encoding = base64.RawURLEncoding
	}
	// The text of the error never holds a part of the key.
	decoded, err := encoding.DecodeString(plain)
	switch {
	case err != nil:
		return Key{}, fmt.Errorf("is not base64: give %d random bytes in base64, as \"hearsay keygen\" writes them", KeyBytes)
	case len(decoded) != KeyBytes:
		return Key{}, fmt.Errorf("has %d bytes: give %d random bytes in base64, as \"hearsay keygen\" writes them", len(decoded), KeyBytes)
	}
	key := Key(decoded)
	return key, key.validate()
}

// validate refuses what no source of randomness gives.
func (k Key) validate() error {
	for _, b := range k[1:] {
		if b != k[0] {
			return nil
		}
	}
	return fmt.Errorf("is %d times the same byte: give random bytes, as \"hearsay keygen\" writes them", KeyBytes)
}

// ID returns the key's name.
func (k Key) ID() KeyID {
	named := append([]byte(keyNames), k[:]...)
	sum := sha256.Sum256(named)
	return KeyID(sum[:])
}

// Text returns the key in base64, the form of key files. It is the secret
// itself.
func (k Key) Text() string { return base64.StdEncoding.EncodeToString(k[:]) }

// String returns the key's name, never the key.
func (k Key) String() string { return "key " + k.ID().String() }

// GoString is String, so that %#v does not show the key either.
func (k Key) GoString() string { return k.String() }

// Format keeps the bytes of the key out of every verb.
func (k Key) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, k.String()) }

// LogValue keeps the bytes of the key out of logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// String returns the name as 8 hexadecimal digits.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }
