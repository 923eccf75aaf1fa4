package replica_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/state"
	"github.com/hearsay-gossip/hearsay/state/replica"
)

// host keeps the state of a node that is called "me", and feeds one replica.
type host struct {
	copy    *state.Copy
	replica *hearsayv1.MetadataReplica
	err     error
}

func (h *host) Self() string { return "me" }

func (h *host) Write(changes []state.Change) error {
	if h.err != nil {
		return h.err
	}
	applied, err := h.copy.Write(changes, nil)
	h.tell("me", applied...)
	return err
}

func (h *host) tell(member string, changes ...state.Change) {
	updates := make([]replica.Update, len(changes))
	for i, ch := range changes {
		updates[i] = replica.Update{Member: member, Change: ch}
	}
	h.replica.Feed(updates)
}

// attached returns a replica on a host.
func attached(t *testing.T) *host {
	t.Helper()
	h := &host{copy: state.NewCopy(state.Config{}), replica: hearsayv1.NewMetadata()}
	if _, err := h.replica.Attach(h); err != nil {
		t.Fatal(err)
	}
	return h
}

// member writes as another member does, and returns what the host is told of it.
func member(t *testing.T, write func(*hearsayv1.MetadataReplica) error) []state.Change {
	t.Helper()
	r := hearsayv1.NewMetadata()
	if err := write(r); err != nil {
		t.Fatal(err)
	}
	d, err := r.DeltaSince(0)
	if err != nil {
		t.Fatal(err)
	}
	return d.Changes
}

// line is a change in words.
func line(c hearsayv1.MetadataChange) string {
	word := "has"
	if c.Deleted {
		word = "lost"
	}
	return fmt.Sprintf("%s %s %v %v %v%s%v", c.Member, word, c.Field, c.Value.Roles, c.Value.Health, c.Value.Version, c.Value.Labels)
}

// loop is a loop over changes that stands still until it is asked.
type loop struct {
	t    *testing.T
	next func() (hearsayv1.MetadataChange, bool)
}

func newLoop(t *testing.T, r *hearsayv1.MetadataReplica) *loop {
	t.Helper()
	next, stop := iter.Pull(r.Changes(t.Context()))
	t.Cleanup(stop)
	return &loop{t, next}
}

// expect reads as many changes, which must wait already.
func (l *loop) expect(want ...string) {
	l.t.Helper()
	for _, w := range want {
		c, ok := l.next()
		if !ok || line(c) != w {
			l.t.Fatalf("it is told %q, %v; want %q", line(c), ok, w)
		}
	}
}

func TestALoopBeginsWithAllThatIsThere(t *testing.T) {
	h := attached(t)
	h.tell("b", member(t, func(r *hearsayv1.MetadataReplica) error { return r.SetVersion("2") })...)
	if err := errors.Join(h.replica.SetRoles([]string{"db"}), h.replica.PutLabels("k", "v")); err != nil {
		t.Fatal(err)
	}
	l := newLoop(t, h.replica)
	l.expect("b has version [] Unspecified2map[]", "me has roles [db] Unspecifiedmap[]", "me has labels [] Unspecifiedmap[k:v]")
	if err := errors.Join(h.replica.RemoveLabels("k"), h.replica.SetVersion("3")); err != nil {
		t.Fatal(err)
	}
	l.expect("me lost labels [] Unspecifiedmap[k:]", "me has version [] Unspecified3map[]")
}

func TestWhoFollowsGetsTheSameAndNeverWaits(t *testing.T) {
	h := attached(t)
	h.tell("b", member(t, func(r *hearsayv1.MetadataReplica) error { return r.SetVersion("2") })...)
	next, stop := h.replica.Follow()
	defer stop()
	expect := func(want string) {
		t.Helper()
		got := "nothing"
		if c, ok := next(); ok {
			got = line(c)
		}
		if got != want {
			t.Errorf("it gets %q, want %q", got, want)
		}
	}
	expect("b has version [] Unspecified2map[]")
	expect("nothing")
	if err := errors.Join(h.replica.SetVersion("3"), h.replica.SetVersion("4")); err != nil {
		t.Fatal(err)
	}
	expect("me has version [] Unspecified4map[]")
	expect("nothing")
	stop()
	if err := h.replica.SetVersion("5"); err != nil {
		t.Fatal(err)
	}
	expect("nothing")
}

func TestASlowLoopGetsWhatLastsAndNothingElse(t *testing.T) {
	h := attached(t)
	if err := h.replica.PutLabels("old", "1"); err != nil {
		t.Fatal(err)
	}
	l := newLoop(t, h.replica)
	l.expect("me has labels [] Unspecifiedmap[old:1]")
	for i := range 1000 {
		if err := h.replica.SetVersion(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5000 { // keys that come and go
		key := fmt.Sprint("key", i)
		if err := errors.Join(h.replica.PutLabels(key, "x"), h.replica.PutLabels(key, "y"), h.replica.RemoveLabels(key)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(h.replica.RemoveLabels("old"), h.replica.PutLabels("new", "1")); err != nil {
		t.Fatal(err)
	}
	if changes, places := h.replica.Waiting(); changes != 3 || places > 200 {
		t.Errorf("%d changes wait in %d places", changes, places)
	}
	l.expect("me has version [] Unspecified999map[]", "me lost labels [] Unspecifiedmap[old:]", "me has labels [] Unspecifiedmap[new:1]")
	if changes, _ := h.replica.Waiting(); changes != 0 {
		t.Errorf("%d changes still wait", changes)
	}
}

func TestWhatTheDeadSaidIsHiddenOrKept(t *testing.T) {
	h := attached(t)
	l := newLoop(t, h.replica)
	if err := h.replica.SetVersion("1"); err != nil { // whatever comes first begins the loop
		t.Fatal(err)
	}
	l.expect("me has version [] Unspecified1map[]")
	said := member(t, func(r *hearsayv1.MetadataReplica) error {
		return errors.Join(r.SetHealth(hearsayv1.NodeHealthHealthy), r.SetRoles([]string{"web"}))
	})
	h.tell("b", said...)
	l.expect("b has roles [web] Unspecifiedmap[]", "b has health [] Healthymap[]")
	h.replica.Feed([]replica.Update{{Kind: replica.Died, Member: "b"}, {Kind: replica.Died, Member: "b"}})
	l.expect("b lost health [] Unspecifiedmap[]")
	if m, ok := h.replica.Of("b"); !ok || m.Health != hearsayv1.NodeHealthUnspecified || len(m.Roles) != 1 {
		t.Errorf("of the dead there is %+v", m)
	}
	h.replica.Feed([]replica.Update{{Kind: replica.Lives, Member: "b"}})
	l.expect("b has health [] Healthymap[]")
	h.replica.Feed([]replica.Update{{Kind: replica.Reset, Member: "b"}, {Kind: replica.Reset, Member: "c"}})
	l.expect("b lost health [] Unspecifiedmap[]", "b lost roles [] Unspecifiedmap[]")
	if _, ok := h.replica.Of("b"); ok {
		t.Error("who is forgotten has a copy")
	}
}

// A member may be shown as dead and be heard of: where it is kept out by hand, or
// everyone seems dead to a node that is cut off.
func TestWhatIsHeardOfTheDeadIsHiddenToo(t *testing.T) {
	said := member(t, func(r *hearsayv1.MetadataReplica) error {
		return errors.Join(r.SetHealth(hearsayv1.NodeHealthHealthy), r.SetRoles([]string{"web"}))
	})
	for name, before := range map[string]func(*host){
		"before anything else":        func(*host) {},
		"before its life began again": func(h *host) { h.tell("b", said...) },
	} {
		h := attached(t)
		before(h)
		h.replica.Feed([]replica.Update{{Kind: replica.Died, Member: "b"}, {Kind: replica.Reset, Member: "b"}})
		if _, known := h.replica.Of("b"); known {
			t.Errorf("died %s: of whom nothing is known there is a copy", name)
		}
		h.tell("b", said...)
		if m, _ := h.replica.Of("b"); m.Health != hearsayv1.NodeHealthUnspecified || len(m.Roles) != 1 {
			t.Errorf("died %s: of the dead there is %+v", name, m)
		}
		h.replica.Feed([]replica.Update{{Kind: replica.Lives, Member: "b"}})
		if m, _ := h.replica.Of("b"); m.Health != hearsayv1.NodeHealthHealthy {
			t.Errorf("died %s: of the living there is %+v", name, m)
		}
	}
}

func TestAnUpdateWritesAllThatDiffersOrNothing(t *testing.T) {
	h := attached(t)
	err := h.replica.Update(func(m *hearsayv1.Metadata) {
		m.Roles, m.Version = []string{"web"}, "1"
		m.Labels = map[string]string{"a": "1", "b": "2"}
	})
	if err != nil {
		t.Fatal(err)
	}
	before := h.replica.Version()
	if before != 4 || h.replica.Own().Version != "1" {
		t.Fatalf("%d writes, %+v", before, h.replica.Own())
	}
	err = h.replica.Update(func(m *hearsayv1.Metadata) {
		m.Labels["b"], m.Version = "3", "1"
		delete(m.Labels, "a")
	})
	if got := h.replica.Own(); err != nil || h.replica.Version() != before+2 || len(got.Labels) != 1 || got.Labels["b"] != "3" {
		t.Errorf("%v after %d writes: %+v", err, h.replica.Version(), got)
	}
	before = h.replica.Version()
	if err := h.replica.Update(func(m *hearsayv1.Metadata) { m.Version, m.Roles = "2", []string{"\xff"} }); !errors.Is(err, replica.ErrInvalid) {
		t.Errorf("what is not UTF-8: %v", err)
	}
	if err := h.replica.PutLabels(strings.Repeat("k", state.MaxKeyBytes+1), ""); !errors.Is(err, state.ErrFieldTooLarge) {
		t.Errorf("a long key: %v", err)
	}
	h.err = errors.New("the node has ended")
	if err := h.replica.SetVersion("2"); !errors.Is(err, h.err) {
		t.Errorf("the host's error: %v", err)
	}
	if h.replica.Version() != before || h.replica.Own().Version != "1" {
		t.Errorf("an error has changed something: %+v", h.replica.Own())
	}
}

func TestMessagesAreTheCallers(t *testing.T) {
	h := attached(t)
	if err := h.replica.PutLabels("k", "v"); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*hearsayv1.Metadata{h.replica.Own(), h.replica.Snapshot()["me"], maps.Collect(h.replica.All())["me"]} {
		m.Labels["k"] = "spoilt"
	}
	looked := h.replica.View("me", func(m *hearsayv1.Metadata) {
		if m.Labels["k"] != "v" {
			t.Errorf("whoever reads changes the copy: %v", m.Labels)
		}
	})
	if !looked || h.replica.View("nobody", func(*hearsayv1.Metadata) { t.Error("called") }) {
		t.Error("View tells whether there is a copy otherwise than it is")
	}
}

func TestOnAHostAReplicaKeepsNoStateByItself(t *testing.T) {
	alone := hearsayv1.NewMetadata()
	if err := alone.SetVersion("1"); err != nil {
		t.Fatal(err)
	}
	h := &host{copy: state.NewCopy(state.Config{}), replica: alone}
	written, err := alone.Attach(h)
	if err != nil || len(written) != 1 || written[0].Slot.Field != uint32(hearsayv1.MetadataFieldVersion) {
		t.Fatalf("what was written before is %+v, %v", written, err)
	}
	_, again := alone.Attach(h)
	_, since := alone.DeltaSince(0)
	_, apply := alone.Apply("b", &state.Delta{})
	for _, err := range []error{again, since, apply} {
		if !errors.Is(err, replica.ErrAttached) {
			t.Errorf("on a host: %v", err)
		}
	}
	if alone.Held("b") != 0 || alone.TypeName() != "hearsay.v1.Metadata" || alone.TypeID() != state.TypeID("hearsay.v1.Metadata") {
		t.Error("it is not what it was")
	}
	alone.Close()
	for range alone.Changes(t.Context()) {
		t.Error("nothing is known, and something told")
	}
	h.err = errors.New("it has ended")
	if err := alone.SetVersion("2"); !errors.Is(err, h.err) {
		t.Errorf("after the end: %v", err)
	}
}

// Replicas that tell each other by any deltas, in any order, hold the same.
func TestReplicasWithoutANodeAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := hearsayv1.NewMetadata(), hearsayv1.NewMetadata()
		var deltas []state.Delta
		for range rapid.IntRange(1, 20).Draw(t, "writes") {
			key := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "key")
			var err error
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				err = a.PutLabels(key, rapid.String().Draw(t, "value"))
			case 1:
				err = a.RemoveLabels(key)
			case 2:
				err = a.SetVersion(rapid.String().Draw(t, "version"))
			case 3:
				err = a.SetRoles(rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "roles"))
			}
			if err != nil {
				t.Fatal(err)
			}
			d, err := a.DeltaSince(rapid.Uint64Range(0, a.Version()).Draw(t, "since"))
			if err != nil {
				t.Fatal(err)
			}
			deltas = append(deltas, d)
		}
		whole, err := a.DeltaSince(0)
		if err != nil {
			t.Fatal(err)
		}
		deltas = rapid.Permutation(append(deltas, whole)).Draw(t, "order")
		for i := range deltas {
			if _, err := b.Apply("a", &deltas[i]); err != nil {
				t.Fatal(err)
			}
		}
		got, ok := b.Of("a")
		if !ok {
			got = new(hearsayv1.Metadata)
		}
		if want := a.Own(); !got.Equal(want) || b.Held("a") != a.Version() {
			t.Fatalf("it holds %+v up to %d, want %+v up to %d", got, b.Held("a"), want, a.Version())
		}
	})
}

func Example() {
	// Two nodes, without a network: what one says reaches the other as a delta.
	here, there := hearsayv1.NewMetadata(), hearsayv1.NewMetadata()
	_ = here.SetRoles([]string{"db"})
	_ = here.PutLabels("shard", "7")
	delta, _ := here.DeltaSince(there.Held("n1"))
	_, _ = there.Apply("n1", &delta)

	_ = here.PutLabels("shard", "8") // and now this entry alone
	delta, _ = here.DeltaSince(there.Held("n1"))
	fmt.Println(len(delta.Changes), "change")
	changes, _ := there.Apply("n1", &delta)
	for _, change := range changes {
		fmt.Println(change.Member, change.Field, change.Value.Labels)
	}
	n1, _ := there.Of("n1")
	fmt.Println(n1.Roles, n1.Labels)
	// Output:
	// 1 change
	// n1 labels map[shard:8]
	// [db] map[shard:8]
}

func ExampleReplica_Changes() {
	metadata := hearsayv1.NewMetadata()
	_ = metadata.SetVersion("1.4.2")
	_ = metadata.PutLabels("shard", "7")
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var seen []string
	for change := range metadata.Changes(ctx) { // all that is there, then what changes
		seen = append(seen, change.Field.String())
		if len(seen) == 2 {
			stop()
		}
	}
	fmt.Println(slices.Sorted(slices.Values(seen)))
	// Output: [labels version]
}
