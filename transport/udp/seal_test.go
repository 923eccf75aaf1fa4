package udp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// sealedPair returns a sender and a receiver of one cluster.
func sealedPair(sender, receiver *Keyring) (*sealedFraming, *sealedFraming) {
	local := transporttest.Local("a")
	return newSealedFraming(local, sender, DefaultSenders), newSealedFraming(local, receiver, DefaultSenders)
}

func sealOf(frame *sealedFraming, payload string) []byte {
	return frame.finish(append(frame.begin(nil, 1), payload...))
}

// opens checks that a datagram is accepted as payload.
func opens(t *testing.T, frame *sealedFraming, datagram []byte, payload string) {
	t.Helper()
	got, version, cause, ok := frame.open(bytes.Clone(datagram))
	if !ok || string(got) != payload || version != 1 {
		t.Fatalf("open: %q of version %d, %v, %v; want %q", got, version, cause, ok, payload)
	}
}

// drops checks that a datagram is dropped for a cause.
func drops(t *testing.T, frame *sealedFraming, datagram []byte, want transport.Drop) {
	t.Helper()
	if got, _, cause, ok := frame.open(bytes.Clone(datagram)); ok || cause != want {
		t.Fatalf("open: %q, %v, %v; want it dropped as %v", got, cause, ok, want)
	}
}

// TestSealedDatagramIsFixed keeps the bytes that other builds read: HKDF-Expand with
// SHA-256, AES-256-GCM, and the header as nonce and associated data.
func TestSealedDatagramIsFixed(t *testing.T) {
	local := transport.Local{Cluster: "example", WireMin: 1, WireMax: 3}
	frame := newSealedFraming(local, ringOf(testKey(1)), MinSenders)
	l := &life{number: [lifeBytes]byte{1, 2, 3, 4, 5, 6, 7, 8}}
	l.count.Store(0x10)
	frame.sealer.Store(frame.newSealer(frame.keys.current.Load(), l))
	datagram := frame.finish(append(frame.begin(nil, 2), "envelope"...))
	want := "82" + "50d858e0" + "35" + "0102030405060708" + "1100000000000000" +
		"3f8c2fd7281ac6b4" + "d7b1d6a6b8776faa963dcf7c80fb2c78"
	if got := hex.EncodeToString(datagram); got != want {
		t.Errorf("datagram\n%s, want\n%s", got, want)
	}
	if got := len(datagram) - len("envelope"); got != frame.overhead() {
		t.Errorf("framing takes %d bytes, and says %d", got, frame.overhead())
	}
}

func TestSealHidesAndProtectsEveryByte(t *testing.T) {
	sender, receiver := sealedPair(ringOf(testKey(1)), ringOf(testKey(1)))
	const payload = "an envelope that nobody else reads"
	good := sealOf(sender, payload)
	if bytes.Contains(good, []byte(payload[:8])) {
		t.Fatalf("the envelope can be read in %q", good)
	}
	for at := range good {
		for bit := range 8 {
			forged := bytes.Clone(good)
			forged[at] ^= 1 << bit
			if got, _, _, ok := receiver.open(forged); ok {
				t.Fatalf("accepted with bit %d of byte %d changed: %q", bit, at, got)
			}
		}
	}
	for size := range good {
		if got, _, _, ok := receiver.open(good[:size]); ok {
			t.Fatalf("accepted when cut to %d bytes: %q", size, got)
		}
	}
	if _, _, _, ok := receiver.open(append(bytes.Clone(good), 0)); ok {
		t.Fatal("accepted with a byte behind it")
	}
	if len(receiver.lives.byNumber) != 0 {
		t.Fatalf("what does not open left %d lives behind", len(receiver.lives.byNumber))
	}
	opens(t, receiver, good, payload)
}

func TestSealedDropsByCause(t *testing.T) {
	sender, receiver := sealedPair(ringOf(testKey(1)), ringOf(testKey(1)))
	stranger, _ := sealedPair(ringOf(testKey(2)), ringOf(testKey(2)))
	with := func(at int, value byte) []byte {
		datagram := sealOf(sender, "envelope")
		datagram[at] = value
		return datagram
	}
	plain := newPlainFraming(transporttest.Local("a"))
	zero := sealOf(sender, "envelope")
	binary.LittleEndian.PutUint64(zero[counterOffset:], 0)
	for _, test := range []struct {
		name     string
		datagram []byte
		cause    transport.Drop
	}{
		{"empty", nil, transport.DropMalformed},
		{"no header", sealOf(sender, "")[:headerBytes-1], transport.DropMalformed},
		{"no tag", sealOf(sender, "")[:sealedMinimum-1], transport.DropMalformed},
		{"unknown flag", with(0, 0xc1), transport.DropMalformed},
		{"counter 0", zero, transport.DropMalformed},
		{"plaintext", plain.finish(append(plain.begin(nil, 1), "envelope"...)), transport.DropUnauthenticated},
		{"another key", sealOf(stranger, "envelope"), transport.DropUnauthenticated},
		{"unknown key", with(keyOffset, testKey(1).ID()[0]+1), transport.DropUnauthenticated},
		{"another version", with(0, flagSealed|9), transport.DropVersion},
		{"another cluster", with(1, 0xff), transport.DropForeign},
	} {
		t.Run(test.name, func(t *testing.T) { drops(t, receiver, test.datagram, test.cause) })
	}
	// What looks sealed is dropped in plaintext, too.
	if _, _, cause, ok := plain.open(sealOf(sender, "envelope")); ok || cause != transport.DropUnauthenticated {
		t.Errorf("in plaintext: %v, %v", cause, ok)
	}
	opens(t, receiver, sealOf(sender, "envelope"), "envelope")
}

// One key in two clusters: the name of the cluster is in the seal, so that who
// writes another one over the tag gains nothing.
func TestSealIsBoundToTheCluster(t *testing.T) {
	keys := ringOf(testKey(1))
	prod := newSealedFraming(transport.Local{Cluster: "prod"}.WithDefaults(), keys, MinSenders)
	staging := newSealedFraming(transport.Local{Cluster: "staging"}.WithDefaults(), keys, MinSenders)
	datagram := sealOf(staging, "envelope")
	drops(t, prod, datagram, transport.DropForeign)
	copy(datagram[1:], prod.plain.tag[:])
	drops(t, prod, datagram, transport.DropUnauthenticated)
}

func TestReplaysAreDropped(t *testing.T) {
	sender, receiver := sealedPair(ringOf(testKey(1)), ringOf(testKey(1)))
	var sent [][]byte
	for range 3 * windowDatagrams {
		sent = append(sent, sealOf(sender, "envelope"))
	}
	// Late and out of order is fine, within the window.
	for _, at := range []int{1, 0, 70, 69, 2, windowDatagrams} {
		opens(t, receiver, sent[at], "envelope")
		drops(t, receiver, sent[at], transport.DropReplayed)
	}
	opens(t, receiver, sent[3*windowDatagrams-1], "envelope")
	for _, at := range []int{0, 3, 70, 2*windowDatagrams - 1} {
		drops(t, receiver, sent[at], transport.DropReplayed) // too old to tell
	}
	opens(t, receiver, sent[2*windowDatagrams], "envelope")
}

// A forged datagram with a high counter must not move the window.
func TestForgeriesDoNotMoveTheWindow(t *testing.T) {
	sender, receiver := sealedPair(ringOf(testKey(1)), ringOf(testKey(1)))
	first, second := sealOf(sender, "first"), sealOf(sender, "second")
	opens(t, receiver, first, "first")
	forged := bytes.Clone(second)
	binary.LittleEndian.PutUint64(forged[counterOffset:], 1<<60)
	drops(t, receiver, forged, transport.DropUnauthenticated)
	opens(t, receiver, second, "second")
}

func TestEveryLifeHasItsOwnSubkeys(t *testing.T) {
	keys := ringOf(testKey(1))
	before, receiver := sealedPair(keys, keys)
	after, _ := sealedPair(keys, keys)
	first, again := sealOf(before, "envelope"), sealOf(after, "envelope")
	if bytes.Equal(first[lifeOffset:counterOffset], again[lifeOffset:counterOffset]) {
		t.Fatal("two processes have the same life")
	}
	if !bytes.Equal(first[counterOffset:headerBytes], again[counterOffset:headerBytes]) || bytes.Equal(first[headerBytes:], again[headerBytes:]) {
		t.Fatal("the same counter of two lives must seal differently")
	}
	opens(t, receiver, first, "envelope")
	opens(t, receiver, again, "envelope")
	drops(t, receiver, first, transport.DropReplayed)
	drops(t, receiver, again, transport.DropReplayed)
	// The life of another sender on a datagram opens nothing.
	mixed := sealOf(before, "envelope")
	copy(mixed[lifeOffset:], again[lifeOffset:counterOffset])
	drops(t, receiver, mixed, transport.DropUnauthenticated)
}

func TestALifeEndsBeforeItsSubkeyIsWornOut(t *testing.T) {
	sender, receiver := sealedPair(ringOf(testKey(1)), ringOf(testKey(1)))
	sender.perLife = 10
	counts := map[string]int{}
	for range 35 {
		datagram := sealOf(sender, "envelope")
		counts[string(datagram[lifeOffset:counterOffset])]++
		opens(t, receiver, datagram, "envelope")
	}
	if len(counts) != 4 {
		t.Errorf("35 datagrams, 10 a life: %d lives", len(counts))
	}
	for _, count := range counts {
		if count > 10 {
			t.Errorf("%d datagrams in one life", count)
		}
	}
}

// sameFirstByte finds two keys whose names begin alike.
func sameFirstByte(t *testing.T) (a, b Key) {
	byFirst := map[byte]Key{}
	for n := range 1 << 10 {
		key := testKey(1)
		binary.LittleEndian.PutUint32(key[:], uint32(n))
		if other, found := byFirst[key.ID()[0]]; found {
			return other, key
		}
		byFirst[key.ID()[0]] = key
	}
	t.Fatal("no two keys found")
	return a, b
}

func TestKeysWhoseNamesBeginAlike(t *testing.T) {
	a, b := sameFirstByte(t)
	receiver, _ := sealedPair(ringOf(a, b), anyRing())
	for _, key := range []Key{a, b, a, b} {
		sender, _ := sealedPair(ringOf(key), anyRing())
		opens(t, receiver, sealOf(sender, "envelope"), "envelope")
	}
}

// anyRing is a ring that does not matter.
func anyRing() *Keyring { return ringOf(testKey(99)) }

// Two members rotate to a new key, in steps that are out of step, and back: at
// no time is a datagram refused, and none can be replayed under the other key.
func TestRotation(t *testing.T) {
	older, newer := testKey(1), testKey(2)
	left, right := ringOf(older), ringOf(older)
	a, b := sealedPair(left, right)
	var sent [][]byte
	talk := func() {
		t.Helper()
		for range 3 {
			there, back := sealOf(a, "there"), sealOf(b, "back")
			opens(t, b, there, "there")
			opens(t, a, back, "back")
			sent = append(sent, there)
		}
	}
	step := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		talk()
	}
	add := func(keys *Keyring, key Key) error { _, err := keys.Add(key); return err }
	talk()
	for range 2 {
		step("add, one", add(left, newer))
		step("add, other", add(right, newer))
		step("use, one", left.Use(newer.ID()))
		step("use, other", right.Use(newer.ID()))
		step("remove, one", left.Remove(older.ID()))
		step("remove, other", right.Remove(older.ID()))
		older, newer = newer, older
	}
	nonces := map[string]bool{}
	for _, datagram := range sent {
		if cause := transport.DropReplayed; datagram[keyOffset] == older.ID()[0] {
			drops(t, b, datagram, cause)
		}
		nonces[string(datagram[keyOffset:headerBytes])] = true
	}
	if len(nonces) != len(sent) {
		t.Errorf("%d nonces for %d datagrams", len(nonces), len(sent))
	}
	if got := len(b.lives.byNumber); got != 1 {
		t.Errorf("%d lives known of one sender", got)
	}
	if got := len(b.lives.newest.ciphers); got > 2 {
		t.Errorf("%d ciphers kept of one sender", got)
	}
	// What a removed key seals is refused.
	gone, _ := sealedPair(ringOf(newer), anyRing())
	drops(t, b, sealOf(gone, "envelope"), transport.DropUnauthenticated)
}

func TestLivesAreBounded(t *testing.T) {
	const bound = 16
	keys := ringOf(testKey(1))
	receiver := newSealedFraming(transporttest.Local("a"), keys, bound)
	regular, _ := sealedPair(keys, keys)
	first := sealOf(regular, "envelope")
	opens(t, receiver, first, "envelope")
	for range 10 * bound {
		passer, _ := sealedPair(keys, keys)
		opens(t, receiver, sealOf(passer, "envelope"), "envelope")
		opens(t, receiver, sealOf(regular, "envelope"), "envelope")
		if got := len(receiver.lives.byNumber); got > bound {
			t.Fatalf("%d lives remembered, the bound is %d", got, bound)
		}
	}
	drops(t, receiver, first, transport.DropReplayed) // who talks stays known
	seen := 0
	for s := receiver.lives.newest; s != nil; s = s.older {
		seen++
	}
	if seen != bound {
		t.Errorf("the list has %d lives, the map %d", seen, len(receiver.lives.byNumber))
	}
}

// Lives that are made up cost a bounded number of derived subkeys, and those who
// are known are heard meanwhile.
func TestUnknownLivesAreLimited(t *testing.T) {
	keys := ringOf(testKey(1))
	receiver, member := sealedPair(keys, keys)
	receiver.firstsPerSecond = 10
	opens(t, receiver, sealOf(member, "envelope"), "envelope")
	refused := 0
	began := time.Now()
	for n := range 100 {
		forged := sealOf(member, "envelope")
		binary.LittleEndian.PutUint64(forged[lifeOffset:], uint64(n))
		switch _, _, cause, ok := receiver.open(forged); {
		case ok:
			t.Fatal("a forged life opens")
		case cause == transport.DropLimited:
			refused++
		}
	}
	if most := 10 + int(time.Since(began).Seconds()*10); refused < 100-most {
		t.Errorf("%d of 100 refused without a look, want %d", refused, 100-most)
	}
	opens(t, receiver, sealOf(member, "envelope"), "envelope")
}

func TestSealingAllocatesNothing(t *testing.T) {
	keys := ringOf(testKey(1))
	sender, receiver := sealedPair(keys, keys)
	buffer := make([]byte, 0, 2048)
	payload := make([]byte, 1160)
	if got := testing.AllocsPerRun(200, func() {
		datagram := sender.finish(append(sender.begin(buffer, 1), payload...))
		if _, _, _, ok := receiver.open(datagram); !ok {
			t.Fatal("dropped")
		}
	}); got != 0 {
		t.Errorf("%v allocations for sealing and opening", got)
	}
}

func BenchmarkSeal(b *testing.B) {
	keys := ringOf(testKey(1))
	sender, receiver := sealedPair(keys, keys)
	receiver.firstsPerSecond = MaxStrangerRate
	buffer, payload := make([]byte, 0, 2048), make([]byte, 1200)
	b.Run("cipher alone", func(b *testing.B) {
		aead := newDerivation(keys.current.Load().keys[0]).cipher([lifeBytes]byte{}, "x")
		nonce := make([]byte, nonceBytes)
		for b.Loop() {
			buffer = aead.Seal(buffer[:0], nonce, payload, nil)
		}
	})
	b.Run("seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buffer = sender.finish(append(sender.begin(buffer[:0], 1), payload...))
		}
	})
	// One of a thousand senders, each with a window.
	datagrams := make([][]byte, 1000)
	frames := make([]*sealedFraming, len(datagrams))
	for i := range datagrams {
		frames[i], _ = sealedPair(keys, keys)
		datagrams[i] = sealOf(frames[i], string(payload))
		receiver.open(datagrams[i])
	}
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			at := i % len(datagrams)
			if at == 0 {
				b.StopTimer()
				for j, frame := range frames {
					datagrams[j] = frame.finish(append(frame.begin(datagrams[j][:0], 1), payload...))
				}
				b.StartTimer()
			}
			if _, _, cause, ok := receiver.open(datagrams[at]); !ok {
				b.Fatal(cause)
			}
			i++
		}
	})
	b.Run("refuse a forged one", func(b *testing.B) {
		forged := sealOf(frames[0], string(payload))
		forged[len(forged)-1] ^= 1
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, ok := receiver.open(forged); ok {
				b.Fatal("accepted")
			}
		}
	})
	b.Run("refuse an unknown life", func(b *testing.B) {
		stranger, _ := sealedPair(anyRing(), keys)
		forged := sealOf(stranger, string(payload))
		forged[keyOffset] = testKey(1).ID()[0]
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, ok := receiver.open(forged); ok {
				b.Fatal("accepted")
			}
		}
	})
}
