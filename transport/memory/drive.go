package memory

import (
	"context"
	"fmt"
	"time"
)

// Drive advances the network with the wall clock, every interval, until ctx
// ends; it returns the context's error. It is for programs that run nodes in
// real time on one network; tests and simulators call Advance themselves.
// Instants continue from where the network stands.
func Drive(ctx context.Context, network *Network, interval time.Duration) error {
	if interval <= 0 {
		return fmt.Errorf("memory: interval = %v: give more than 0", interval)
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	begin := network.Now()
	var start time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case tick := <-ticker.C:
			if start.IsZero() {
				start = tick.Add(-interval)
			}
			network.Advance(begin + tick.Sub(start))
		}
	}
}
