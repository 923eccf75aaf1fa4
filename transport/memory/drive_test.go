package memory_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearsay-gossip/hearsay/transport/memory"
)

func TestDriveFollowsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, a, b := pair(t, memory.NetworkConfig{Link: memory.Link{Latency: 95 * ms}})
		network.Advance(time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- memory.Drive(ctx, network, 10*ms) }()
		began := time.Now()
		send(t, a, b, 1)
		<-b.Ready()
		if took := time.Since(began); took != 100*ms {
			t.Errorf("an envelope of 95ms arrived after %v, want the next tick, 100ms", took)
		}
		arrived(t, b, 1)
		if now := network.Now(); now != time.Hour+100*ms {
			t.Errorf("the network is at %v", now)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Drive ended with %v", err)
		}
	})
}

func TestDriveRefusesNoInterval(t *testing.T) {
	network := newNetwork(t, memory.NetworkConfig{})
	for _, interval := range []time.Duration{0, -1} {
		if err := memory.Drive(t.Context(), network, interval); err == nil {
			t.Errorf("an interval of %v was accepted", interval)
		}
	}
}
