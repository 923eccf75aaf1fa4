package membership

import (
	"strings"
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/state"
	"pgregory.net/rapid"
)

// drawDelta draws a delta as a copy might make it.
func drawDelta(t *rapid.T) state.Delta {
	number := rapid.OneOf(rapid.Uint64Range(0, 200), rapid.Uint64())
	small := rapid.OneOf(rapid.Uint32Range(0, 200), rapid.Uint32())
	d := state.Delta{
		Owner: rapid.Uint64().Draw(t, "owner"), Generation: rapid.Uint64().Draw(t, "generation"),
		From: number.Draw(t, "from"), To: number.Draw(t, "to"), Floor: number.Draw(t, "floor"), Latest: number.Draw(t, "latest"),
	}
	for range rapid.IntRange(0, 5).Draw(t, "changes") {
		ch := state.Change{
			Slot:    state.Slot{Type: rapid.Uint32Range(1, 2).Draw(t, "type"), Field: small.Draw(t, "field"), Key: rapid.StringN(0, 9, state.MaxKeyBytes).Draw(t, "key")},
			Version: number.Draw(t, "version"), Priority: state.Priority(small.Draw(t, "priority")), DropAfter: small.Draw(t, "drop"),
		}
		if ch.Deleted = rapid.Bool().Draw(t, "deleted"); !ch.Deleted {
			ch.Value = rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "value")
			ch.Offset, ch.Whole = small.Draw(t, "offset"), small.Draw(t, "whole")
		}
		d.Changes = append(d.Changes, ch)
	}
	return d
}

func TestStateTravelsUnchangedAndIsAsLargeAsItSays(t *testing.T) {
	var encoded hearsayv1.StateDelta // used again and again, as in a draft
	var decoded state.Delta
	rapid.Check(t, func(t *rapid.T) {
		d := drawDelta(t)
		encodeState(&encoded, &d)
		env := hearsayv1.Envelope{State: []hearsayv1.StateDelta{encoded}}
		if got, want := env.Size(), d.Size(); got != want {
			t.Fatalf("%d bytes are counted as %d: %+v", got, want, d)
		}
		var arrived hearsayv1.Envelope
		if err := arrived.Unmarshal(env.AppendTo(nil)); err != nil {
			t.Fatal(err)
		}
		decodeState(&decoded, &arrived.State[0])
		if decoded.Owner != d.Owner || decoded.Generation != d.Generation || decoded.From != d.From || decoded.To != d.To ||
			decoded.Floor != d.Floor || decoded.Latest != d.Latest || len(decoded.Changes) != len(d.Changes) {
			t.Fatalf("%+v arrives as %+v", d, decoded)
		}
		for i, want := range d.Changes {
			got := decoded.Changes[i]
			if got.Slot != want.Slot || got.Version != want.Version || string(got.Value) != string(want.Value) || got.Deleted != want.Deleted ||
				got.Priority != want.Priority || got.DropAfter != want.DropAfter || got.Offset != want.Offset || got.Whole != want.Whole {
				t.Fatalf("%+v arrives as %+v", want, got)
			}
		}
	})
}

func TestADatagramOfSmallChangesIsWithinTheDecodersLimits(t *testing.T) {
	c := state.NewCopy(state.Config{Owner: 1, Generation: 1})
	for i := range uint32(1000) {
		ch := state.Change{Slot: state.Slot{Type: 7, Field: 1, Key: strings.Repeat(string(rune('a'+i%26)), int(i/26)+1)}, Value: []byte{1}}
		if len(ch.Key) > 2 {
			ch.Key, ch.Field = "", i
		}
		if _, err := c.Write([]state.Change{ch}, nil); err != nil {
			t.Fatal(err)
		}
		ch.Deleted = true
		if _, err := c.Write([]state.Change{ch}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, room := range []int{400, 1160, 16 << 10} {
		var d state.Delta
		var encoded hearsayv1.StateDelta
		cur := c.Begin(state.Request{})
		if !c.Fill(&cur, room, room, &d) {
			t.Fatal("nothing to say")
		}
		encodeState(&encoded, &d)
		env := hearsayv1.Envelope{Sender: 1, State: []hearsayv1.StateDelta{encoded}}
		bytes := env.AppendTo(nil)
		var arrived hearsayv1.Envelope
		if err := arrived.Unmarshal(bytes); err != nil {
			t.Errorf("%d changes in %d bytes: %v", len(d.Changes), len(bytes), err)
		}
	}
}
