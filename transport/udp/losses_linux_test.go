package udp

import (
	"encoding/binary"
	"slices"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A buffer that overflows shows in the counter, once the reader has made room.
func TestTheKernelsLossesAreCounted(t *testing.T) {
	const sent = 500
	conn, sender := listen(t), listen(t)
	if _, err := setBuffer(conn, readBuffer, MinBufferBytes); err != nil {
		t.Fatal(err)
	}
	var lost atomic.Uint64
	node, err := newSocket(conn, socketOptions{largest: 100, lost: func(n uint32) { lost.Add(uint64(n)) }})
	if err != nil {
		t.Fatal(err)
	}
	for range sent {
		if _, err := sender.WriteToUDPAddrPort(make([]byte, 100), addressOf(conn)); err != nil {
			t.Fatal(err)
		}
	}
	var got atomic.Uint64
	go func() {
		_ = node.read(func(batch []received) { got.Add(uint64(len(batch))) })
	}()
	// The kernel tells with what it accepts next.
	deadline := time.After(10 * time.Second)
	for lost.Load() == 0 {
		if _, err := sender.WriteToUDPAddrPort([]byte{1}, addressOf(conn)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-deadline:
			t.Fatalf("%d of %d datagrams received and none counted as lost", got.Load(), sent)
		case <-time.After(time.Millisecond):
		}
	}
	if got.Load() >= sent {
		t.Errorf("%d lost, and %d of %d received", lost.Load(), got.Load(), sent)
	}
}

func TestTheKernelsCounterMayWrapAround(t *testing.T) {
	var lost []uint32
	l := losses{report: func(n uint32) { lost = append(lost, n) }}
	message := make([]byte, lossBytes)
	header := (*unix.Cmsghdr)(unsafe.Pointer(&message[0]))
	header.Level, header.Type = unix.SOL_SOCKET, unix.SO_RXQ_OVFL
	header.SetLen(unix.CmsgLen(4))
	for _, total := range []uint32{5, 5, 1<<32 - 1, 3} {
		binary.NativeEndian.PutUint32(message[unix.CmsgLen(0):], total)
		l.note(message)
	}
	l.note(nil)
	l.note(message[:4])
	header.Type = unix.SO_TIMESTAMP
	binary.NativeEndian.PutUint32(message[unix.CmsgLen(0):], 100)
	l.note(message)
	if want := []uint32{5, 1<<32 - 6, 4}; !slices.Equal(lost, want) {
		t.Errorf("lost %v, want %v", lost, want)
	}
}
