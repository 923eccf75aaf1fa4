package wire_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// records encodes a delta of the named nodes.
func records(names ...string) []byte {
	var d hearsayv1.MembershipDelta
	for _, name := range names {
		d.Records = append(d.Records, hearsayv1.NodeRecord{ID: name, Generation: 1})
	}
	return d.AppendTo(nil)
}

func names(first, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("node-%d", first+i)
	}
	return list
}

// TestKnownStringsAreNotAllocated decodes messages whose names are never where
// they were in the one before.
func TestKnownStringsAreNotAllocated(t *testing.T) {
	there, back := names(0, 20), names(0, 20)
	for i := range back {
		back[i] = there[len(there)-1-i]
	}
	messages := [][]byte{records(there...), records(back...)}
	limits := wire.Limits{Strings: wire.NewStringCache()}
	var d hearsayv1.MembershipDelta
	decode := func() {
		for _, b := range messages {
			if err := d.UnmarshalLimits(b, limits); err != nil {
				t.Error(err)
			}
		}
	}
	decode()
	if n := testing.AllocsPerRun(20, decode); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if d.Records[0].ID != "node-19" || d.Records[19].ID != "node-0" {
		t.Errorf("names are %q and %q", d.Records[0].ID, d.Records[19].ID)
	}
}

func TestACacheRefusesWhatIsNotUTF8(t *testing.T) {
	limits := wire.Limits{Strings: wire.NewStringCache()}
	for _, name := range []string{"\xff", strings.Repeat("\xff", 100)} {
		var d hearsayv1.MembershipDelta
		for range 2 {
			if err := d.UnmarshalLimits(records(name), limits); !errors.Is(err, wire.ErrUTF8) {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
}

// TestACacheHasTheRightStrings asks for more strings than it keeps, of all
// lengths, from several goroutines.
func TestACacheHasTheRightStrings(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	limits := wire.Limits{Strings: wire.NewStringCache()}
	var all sync.WaitGroup
	for worker := range uint64(4) {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(seed, worker))
			var d hearsayv1.MembershipDelta
			for range 500 {
				want := names(rng.IntN(1500), 5)
				want[0] += strings.Repeat("x", rng.IntN(100))
				if err := d.UnmarshalLimits(records(want...), limits); err != nil {
					t.Error(err)
				}
				for i, r := range d.Records {
					if r.ID != want[i] {
						t.Errorf("%q, want %q", r.ID, want[i])
					}
				}
			}
		})
	}
	all.Wait()
}
