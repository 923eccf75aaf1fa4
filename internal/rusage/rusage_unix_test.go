//go:build unix

package rusage_test

import (
	"testing"

	"github.com/hearsay-gossip/hearsay/internal/rusage"
)

func TestWorkAndMemoryCount(t *testing.T) {
	before := rusage.CPU()
	for sum := 0; rusage.CPU() == before; sum++ { // it counts in microseconds
		if sum < 0 {
			t.Fatal("the work has no end")
		}
	}
	if _, memory := rusage.Self(); memory < 1<<20 {
		t.Errorf("%d bytes, less than any Go process has", memory)
	}
}
