package gossiper_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
)

// viewOf makes a view of "id=status" words.
func viewOf(t *testing.T, version uint64, words string) *membership.View {
	t.Helper()
	var builder membership.ViewBuilder
	update := membership.TopologyUpdated{Full: true, View: &membership.View{Version: version, Self: "a"}}
	statuses := map[string]membership.Status{
		"up": membership.StatusUp, "suspect": membership.StatusSuspect,
		"dead": membership.StatusDead, "removed": membership.StatusRemoved,
	}
	for word := range strings.FieldsSeq(words) {
		id, status, _ := strings.Cut(word, "=")
		update.Changed = append(update.Changed, membership.Member{ID: id, Status: statuses[status]})
	}
	return builder.Apply(update)
}

func ids(members []membership.Member) string {
	var list []string
	for _, m := range members {
		list = append(list, m.ID)
	}
	return strings.Join(list, " ")
}

func TestAFullUpdateStandsAlone(t *testing.T) {
	view := viewOf(t, 7, "a=up b=dead c=suspect d=removed e=up")
	update := membership.TopologyUpdated{
		View: view, Blocked: []string{"x"}, Changed: slices.Collect(view.Gone()), Dead: slices.Collect(view.Gone()),
	}
	full := gossiper.FullUpdate(update)
	for what, got := range map[string][2]string{
		"changed": {ids(full.Changed), "a b c d e"},
		"joined":  {ids(full.Joined), "a c e"},
		"left":    {ids(full.Left), "d"},
		"dead":    {ids(full.Dead), "b"},
		"blocked": {strings.Join(full.Blocked, " "), "x"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %q, want %q", what, got[0], got[1])
		}
	}
	var builder membership.ViewBuilder
	if built := builder.Apply(full); !full.Full || built == nil || !built.Equal(view) {
		t.Errorf("the update makes %v, want %v", toJSON(t, built), toJSON(t, view))
	}
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAStreamOfEventsNeverLeavesItsReaderWithAnOldView follows a stream with
// rings of all sizes: whatever is lost, the view made of the rest is right.
func TestAStreamOfEventsNeverLeavesItsReaderWithAnOldView(t *testing.T) {
	states := []string{"a=up", "a=up b=up", "a=up b=suspect", "a=up b=dead", "a=up b=dead c=up", "a=up c=up", "a=up c=removed"}
	for buffer := 1; buffer <= 2*len(states)+1; buffer++ {
		stream := gossiper.NewStream(viewOf(t, 1, states[0]))
		var builder membership.ViewBuilder
		missed, isFirst := uint64(0), true
		for event := range stream.Subscribe(t.Context(), buffer) {
			switch e := event.(type) {
			case gossiper.Lagged:
				missed += e.Missed
			case membership.TopologyUpdated:
				if built := builder.Apply(e); built == nil || !built.Equal(e.View) {
					t.Errorf("buffer %d: version %d is made %v", buffer, e.View.Version, toJSON(t, built))
				}
			}
			if isFirst {
				isFirst = false
				publishAll(t, stream.Publish, states)
				stream.Close()
			}
		}
		last := viewOf(t, uint64(len(states)), states[len(states)-1])
		if built := builder.View(); built == nil || !built.Equal(last) {
			t.Errorf("buffer %d: the events end with %v, want %v", buffer, toJSON(t, built), toJSON(t, last))
		}
		if lost := max(0, 2*(len(states)-1)-buffer); missed != uint64(lost) {
			t.Errorf("buffer %d: told of %d missed, want %d", buffer, missed, lost)
		}
	}
}

// publishAll publishes the changes between the states, each behind a change of a
// member's status.
func publishAll(t *testing.T, publish func(membership.Event), states []string) {
	before := viewOf(t, 1, states[0])
	for i, state := range states[1:] {
		view := viewOf(t, uint64(i)+2, state)
		update := membership.TopologyUpdated{View: view}
		for _, m := range gossiper.FullUpdate(update).Changed {
			if old, _ := before.Get(m.ID); !old.Equal(m) {
				update.Changed = append(update.Changed, m)
			}
		}
		for _, m := range gossiper.FullUpdate(membership.TopologyUpdated{View: before}).Changed {
			if _, known := view.Get(m.ID); !known {
				update.Changed = append(update.Changed, membership.Member{ID: m.ID})
			}
		}
		slices.SortFunc(update.Changed, func(a, b membership.Member) int { return strings.Compare(a.ID, b.ID) })
		publish(membership.MemberStatusChanged{Member: update.Changed[0]})
		publish(update)
		before = view
	}
}

func TestFailuresSayWhatHappened(t *testing.T) {
	for want, err := range map[string]error{
		"target: unreachable":                  &gossiper.NoticeError{Notice: 1},
		`target: wrong identity: "b" answered`: &gossiper.NoticeError{Notice: 2, Identity: "b"},
	} {
		if err.Error() != want {
			t.Errorf("the error says %q, want %q", err, want)
		}
	}
}
