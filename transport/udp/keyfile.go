package udp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	// maxKeyFileBytes bounds what is read of a key file: much more than eight
	// keys with comments.
	maxKeyFileBytes = 64 << 10
)

// ErrNoKey: a key file holds no key, or a configuration names none.
var ErrNoKey = errors.New("no key")

// ReadKeyFile reads a file of keys, one in base64 per line; the first one
// seals, all open. Empty lines, and what follows a #, say nothing. Every line
// that is wrong is in the error, by its number; no error shows a key.
func ReadKeyFile(name string) ([]Key, error) {
	content, err := readSecret(name)
	if err != nil {
		return nil, err
	}
	var keys []Key
	var problems []error
	number := 0
	for line := range strings.Lines(string(content)) {
		number++
		text, _, _ := strings.Cut(line, "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		key, err := ParseKey(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: the key %w", name, number, err))
			continue
		}
		keys = append(keys, key)
	}
	switch {
	case len(problems) > 0:
		return nil, errors.Join(problems...)
	case len(keys) == 0:
		return nil, fmt.Errorf("%s: %w: write one per line, or make the file with \"hearsay keygen -file %s\"", name, ErrNoKey, name)
	case len(keys) > MaxKeys:
		return nil, fmt.Errorf("%s: has %d keys: keep at most %d, the one that seals first", name, len(keys), MaxKeys)
	}
	return keys, nil
}

func readSecret(name string) ([]byte, error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: make the file with \"hearsay keygen -file %s\", on one node, and copy it to all", err, name)
	}
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxKeyFileBytes+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if len(content) > maxKeyFileBytes {
		return nil, fmt.Errorf("%s: is larger than %d bytes: this is no key file", name, maxKeyFileBytes)
	}
	return content, nil
}

// WriteKeyFile writes keys, the one that seals first, to a file with mode 0600.
// An existing file is replaced as a whole, so that a node that reads it sees
// the old or the new keys.
func WriteKeyFile(name string, keys ...Key) (err error) {
	var content bytes.Buffer
	fmt.Fprintln(&content, "# hearsay udp keys: the first one seals, all open")
	for _, key := range keys {
		fmt.Fprintf(&content, "%s # %s\n", key.Text(), key.ID())
	}
	// CreateTemp gives mode 0600.
	temporary, err := os.CreateTemp(filepath.Dir(name), ".keys-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.Write(content.Bytes())
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}

// Load replaces the keys of k by those of a file. On an error k stays as it was.
func (k *Keyring) Load(name string) error {
	keys, err := ReadKeyFile(name)
	if err != nil {
		return err
	}
	return k.Replace(keys[0], keys[1:]...)
}
