package eventstream_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/hearsay-gossip/hearsay/eventstream"
)

// BenchmarkPublish publishes to subscribers that never read: the slowest case,
// in which each ring loses an event each time.
func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{0, 1, 10, 100} {
		b.Run(fmt.Sprintf("subscribers=%d", n), func(b *testing.B) {
			s := eventstream.New(eventstream.Config[int]{Retain: func(int) bool { return true }})
			s.Publish(0)
			release := make(chan struct{})
			var held, loops sync.WaitGroup
			held.Add(n)
			for range n {
				loops.Go(func() {
					for range s.Subscribe(b.Context(), 16) {
						held.Done()
						<-release
						return
					}
				})
			}
			held.Wait()
			b.ReportAllocs()
			for b.Loop() {
				s.Publish(1)
			}
			close(release)
			loops.Wait()
		})
	}
}
