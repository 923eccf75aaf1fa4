package wire_test

import (
	"errors"
	"fmt"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// A message is encoded into a buffer and decoded into a message of the caller,
// both of which serve again.
func Example() {
	sent := hearsayv1.NodeRecord{ID: "node-7", Generation: 1, Verdict: hearsayv1.VerdictDead}
	buffer := make([]byte, 0, 256)
	buffer = sent.AppendTo(buffer[:0])

	var received hearsayv1.NodeRecord
	if err := received.Unmarshal(buffer); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(buffer), received.ID, received.Verdict, received.Equal(&sent))
	// Output: 19 node-7 Dead true
}

// Two bytes on the wire may stand for a hundred in memory.
func ExampleLimits() {
	bomb := make([]byte, 0, 2000)
	for range 1000 {
		bomb = append(bomb, 3<<3|2, 0) // an empty record
	}
	var delta hearsayv1.MembershipDelta
	fmt.Println(errors.Is(delta.Unmarshal(bomb), wire.ErrLimit))

	err := delta.UnmarshalLimits(bomb, wire.Limits{Memory: 1 << 20})
	fmt.Println(err, len(delta.Records))
	// Output:
	// true
	// <nil> 1000
}

func ExampleKey() {
	fmt.Printf("%016x\n", wire.Key("node-7"))
	// Output: f050219a87d346c3
}

// A field of type google.protobuf.Timestamp is a *wire.Timestamp.
func ExampleTimestamp() {
	at := wire.NewTimestamp(time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC))
	var decoded wire.Timestamp
	if err := decoded.Unmarshal(at.AppendTo(nil)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(decoded.Time())
	// Output: 2026-11-22 06:30:00 +0000 UTC
}
