package udp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// testKey returns a key that is the same in every run.
func testKey(n byte) Key {
	var key Key
	for i := range key {
		key[i] = n + byte(i)
	}
	return key
}

func TestParseKey(t *testing.T) {
	key := testKey(250) // holds the two characters in which the alphabets differ
	for _, text := range []string{
		key.Text(), " " + key.Text() + "\n", strings.TrimRight(key.Text(), "="),
		base64.URLEncoding.EncodeToString(key[:]), base64.RawURLEncoding.EncodeToString(key[:]),
	} {
		if got, err := ParseKey(text); err != nil || got != key {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for name, test := range map[string]struct{ text, want string }{
		"empty":       {"", "has 0 bytes: give 32"},
		"short":       {base64.StdEncoding.EncodeToString(key[:16]), "has 16 bytes: give 32"},
		"long":        {base64.StdEncoding.EncodeToString(append(key[:], 1)), "has 33 bytes: give 32"},
		"hexadecimal": {hex.EncodeToString(key[:]), "has 48 bytes"},
		"no base64":   {"a key!", "is not base64"},
		"zeros":       {base64.StdEncoding.EncodeToString(make([]byte, 32)), "32 times the same byte"},
	} {
		_, err := ParseKey(test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "hearsay keygen") {
			t.Errorf("%s: error %v, want %q and what to do", name, err, test.want)
		}
		if len(test.text) > 8 && strings.Contains(err.Error(), test.text[:8]) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}

func TestKeysAreNotShown(t *testing.T) {
	key := testKey(7)
	keys := ringOf(key, testKey(9))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key, "pointer", &key)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", key, "keys", keys)
	shown := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		shown += fmt.Sprintf(verb, key) + fmt.Sprintf(verb, []Key{key}) + fmt.Sprintf("%v", keys)
	}
	for _, secret := range []string{key.Text()[:12], hex.EncodeToString(key[:6]), strings.ToUpper(hex.EncodeToString(key[:6])), "7 8 9 10", "7,8,9,10"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown in %s", secret, shown)
		}
	}
	if !strings.Contains(shown, key.ID().String()) {
		t.Errorf("the key's name is not in %s", shown)
	}
}

func TestKeyNamesAreFixed(t *testing.T) {
	// First bytes of SHA-256 of "hearsay udp key name", 0 and the key; other
	// builds have to find the same.
	if got, want := testKey(1).ID().String(), "35f7a934"; got != want {
		t.Errorf("name %s, want %s", got, want)
	}
}

func TestKeyring(t *testing.T) {
	a, b, c := testKey(1), testKey(2), testKey(3)
	keys := ringOf(a, a)
	want := func(step string, err, wantErr error, ids ...Key) {
		t.Helper()
		var names []KeyID
		for _, key := range ids {
			names = append(names, key.ID())
		}
		if !errors.Is(err, wantErr) || fmt.Sprint(keys.IDs()) != fmt.Sprint(names) || keys.Primary() != names[0] {
			t.Fatalf("%s: %v, ring %v; want %v, ring %v", step, err, keys, wantErr, names)
		}
	}
	want("new", nil, nil, a)
	_, err := keys.Add(b)
	want("add", err, nil, a, b)
	_, err = keys.Add(b)
	want("add again", err, nil, a, b)
	want("remove what seals", keys.Remove(a.ID()), ErrKeyInUse, a, b)
	want("remove what is not there", keys.Remove(c.ID()), ErrUnknownKey, a, b)
	want("use what is not there", keys.Use(c.ID()), ErrUnknownKey, a, b)
	want("use", keys.Use(b.ID()), nil, b, a)
	want("use again", keys.Use(b.ID()), nil, b, a)
	want("remove", keys.Remove(a.ID()), nil, b)
	want("replace", keys.Replace(c, a, c), nil, c, a)
	if keys.Replace(Key{}) == nil || keys.Replace(a, Key{}) == nil {
		t.Error("zeros are taken for a key")
	}
	_, err = keys.Add(Key{})
	if err == nil {
		t.Error("zeros are added")
	}
	want("after zeros", nil, nil, c, a)
	for n := byte(10); n < 10+MaxKeys-2; n++ {
		if _, err := keys.Add(testKey(n)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = keys.Add(b); !errors.Is(err, ErrKeyringFull) {
		t.Errorf("a key too many: %v", err)
	}
	many := make([]Key, MaxKeys)
	for i := range many {
		many[i] = testKey(byte(50 + i))
	}
	if err := keys.Replace(a, many...); !errors.Is(err, ErrKeyringFull) || keys.Primary() != c.ID() {
		t.Errorf("replace by too many: %v, ring %v", err, keys)
	}
}

// TestKeyringIsChangedWhileItSeals turns the ring while many goroutines seal,
// and one opens: under the race detector, this is a proof of its own.
func TestKeyringIsChangedWhileItSeals(t *testing.T) {
	const sealers, each = 4, 500
	keys := ringOf(testKey(1), testKey(2))
	sender, receiver := sealedPair(keys, keys)
	sealed := make(chan []byte, 64)
	var working sync.WaitGroup
	for range sealers {
		working.Go(func() {
			for range each {
				sealed <- sealOf(sender, "hello")
			}
		})
	}
	stop := make(chan struct{})
	var turning sync.WaitGroup
	turning.Go(func() {
		for {
			for n := byte(1); n <= 2; n++ {
				select {
				case <-stop:
					return
				default:
				}
				_ = keys.Use(testKey(n).ID())
				_, _ = keys.Add(testKey(3))
				_ = keys.Remove(testKey(3).ID())
			}
		}
	})
	go func() { working.Wait(); close(sealed) }()
	nonces := map[string]bool{}
	for datagram := range sealed {
		nonces[string(datagram[keyOffset:headerBytes])] = true
		if _, _, cause, ok := receiver.open(datagram); !ok {
			t.Errorf("a datagram was dropped: %v", cause)
		}
	}
	close(stop)
	turning.Wait()
	if len(nonces) != sealers*each {
		t.Errorf("%d different nonces for %d datagrams", len(nonces), sealers*each)
	}
}
