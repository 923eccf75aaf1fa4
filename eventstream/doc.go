// Package eventstream passes events from publishers that must never wait to
// subscribers that may be slow.
//
//	stream := eventstream.New(eventstream.Config[string]{})
//	go func() {
//		for event := range stream.Subscribe(ctx, 64) {
//			fmt.Println(event)
//		}
//	}()
//	stream.Publish("hello")
//
// # Order and loss
//
// Each subscriber has a ring of its own. It sees the events in the order in
// which they were published, every one of them, as long as it keeps pace; when
// its ring is full it loses the oldest, and so does no one else. A subscriber
// that never reads costs its ring, and nothing more, ever.
//
// # State and changes
//
// Some events are changes of a state: "member c has left". They mean nothing to
// a subscriber that has not seen those before. For such a stream a Config names
// the events that carry the state (Retain) and makes one of them stand alone
// (Full). The stream then starts every subscription with a full event, and
// gives another one after every gap, so a loop like this is right whenever it
// begins and however slow it is:
//
//	for event := range stream.Subscribe(ctx, 64) {
//		switch e := event.(type) {
//		case Update:
//			if e.Full {
//				clear(table)
//			}
//			apply(table, e)
//		case Lagged:
//			log.Warn("events missed", "count", e.Missed)
//		}
//	}
//
// # Concurrency
//
// Everything may be called from anywhere, also from the body of a loop and from
// the functions of a Config. There is one lock, held for a few instructions and
// never across foreign code, and no goroutine. Publish allocates nothing.
package eventstream
