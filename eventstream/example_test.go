package eventstream_test

import (
	"context"
	"fmt"

	"github.com/hearsay-gossip/hearsay/eventstream"
)

func ExampleStream() {
	stream := eventstream.New(eventstream.Config[string]{
		Lagged: func(missed uint64) string { return fmt.Sprintf("(%d missed)", missed) },
		Retain: func(string) bool { return true },
	})
	stream.Publish("one") // kept for those who come later

	for event := range stream.Subscribe(context.Background(), 2) {
		fmt.Println(event)
		if event == "one" {
			// While this body runs, more is published than the buffer holds.
			for _, next := range []string{"two", "three", "four", "five"} {
				stream.Publish(next)
			}
			stream.Close()
		}
	}
	// Output:
	// one
	// (2 missed)
	// four
	// five
}
