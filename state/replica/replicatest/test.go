package replicatest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/hearsay-gossip/hearsay/state"
	"github.com/hearsay-gossip/hearsay/state/replica"
	"github.com/hearsay-gossip/hearsay/wire/wiretest"
)

const (
	members = 3
	steps   = 60
)

// flight is a delta that is under way, and may come late, twice or never.
type flight struct {
	owner, to int
	delta     state.Delta
}

// Test has three replicas of a message write random messages and tell each other
// by deltas of which some are lost, repeated and out of order. In the end, when
// each has asked for what it lacks, all must hold the same, and what they were
// told must add up to it.
func Test[M any, F ~uint32, PM wiretest.Message[M]](t *testing.T, make func() *replica.Replica[M, F]) {
	source := wiretest.NewSource[M, PM](t)
	rng := source.Rand
	var replicas [members]*replica.Replica[M, F]
	for i := range replicas {
		replicas[i] = make()
	}
	var flying []flight
	for range steps {
		i := rng.IntN(members)
		write(t, replicas[i], source.Next, func(a, b *M) bool { return PM(a).Equal(b) })
		d, err := replicas[i].DeltaSince(rng.Uint64N(replicas[i].Version() + 1))
		if err != nil {
			t.Fatal(err)
		}
		for to := range replicas {
			flying = append(flying, flight{i, to, d})
		}
		for len(flying) > 0 && rng.IntN(4) > 0 {
			n := rng.IntN(len(flying))
			f := flying[n]
			if rng.IntN(3) > 0 {
				apply(t, replicas[f.to], f.to, f.owner, &f.delta)
			}
			if rng.IntN(4) > 0 {
				flying = append(flying[:n], flying[n+1:]...)
			}
		}
	}
	for owner := range replicas {
		for to := range replicas {
			if owner == to {
				continue
			}
			d, err := replicas[owner].DeltaSince(replicas[to].Held(name(owner)))
			if err != nil {
				t.Fatal(err)
			}
			apply(t, replicas[to], to, owner, &d)
			is, want := PM(replicas[owner].Own()), replicas[to].Snapshot()[name(owner)]
			if want == nil {
				want = new(M)
			}
			if !is.Equal(want) {
				t.Fatalf("%s has %+v of %s, which wrote %+v", name(to), want, name(owner), is)
			}
		}
	}
	told[M, F, PM](t, replicas[0])
}

func name(i int) string { return fmt.Sprintf("member-%d", i) }

// apply merges a delta; a replica's own copy has no name there.
func apply[M any, F ~uint32](t *testing.T, r *replica.Replica[M, F], to, owner int, d *state.Delta) {
	t.Helper()
	if to == owner {
		return
	}
	if _, err := r.Apply(name(owner), d); err != nil {
		t.Fatal(err)
	}
}

// write makes the replica's own copy a random message. Keys that are too long
// for state are refused and change nothing.
func write[M any, F ~uint32](t *testing.T, r *replica.Replica[M, F], next func() *M, equal func(*M, *M) bool) {
	t.Helper()
	before, m := r.Own(), next()
	err := r.Set(m)
	if errors.Is(err, state.ErrFieldTooLarge) {
		m, err = before, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	if own := r.Own(); !equal(own, m) {
		t.Fatalf("%+v was written and is %+v", m, own)
	}
	version := r.Version()
	if err := r.Set(m); err != nil || r.Version() != version {
		t.Fatalf("what changes nothing counts as a write (error %v)", err)
	}
}

// told checks that a loop over changes gets every field and entry of every
// member once: the values, one behind the other, are the encoded message.
func told[M any, F ~uint32, PM wiretest.Message[M]](t *testing.T, r *replica.Replica[M, F]) {
	t.Helper()
	r.Close() // the loop ends when all was told
	encoded := map[string][]byte{}
	for change := range r.Changes(t.Context()) {
		encoded[change.Member] = PM(change.Value).AppendTo(encoded[change.Member])
	}
	for id, want := range r.All() {
		got := PM(new(M))
		if err := got.Unmarshal(encoded[id]); err != nil || !got.Equal(want) {
			t.Fatalf("what was told of %q adds up to %+v (error %v), and it has %+v", id, got, err, want)
		}
	}
}
