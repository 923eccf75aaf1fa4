package state

import (
	"testing"

	"pgregory.net/rapid"
)

// FuzzApply feeds deltas that no owner would send. A copy must keep its own
// books and pass on only what another copy then takes whole.
func FuzzApply(f *testing.F) { f.Fuzz(rapid.MakeFuzz(foreignDeltas)) }

func TestForeignDeltasKeepTheBooks(t *testing.T) { rapid.Check(t, foreignDeltas) }

func foreignDeltas(t *rapid.T) {
	c := NewCopy(Config{Limit: 2000})
	for range rapid.IntRange(1, 20).Draw(t, "deltas") {
		d := Delta{
			From: rapid.Uint64().Draw(t, "from"), To: rapid.Uint64().Draw(t, "to"),
			Floor: rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Range(0, 9), rapid.Uint64()).Draw(t, "floor"),
		}
		for range rapid.IntRange(0, 5).Draw(t, "changes") {
			d.Changes = append(d.Changes, Change{
				Slot:    Slot{rapid.Uint32Range(0, 2).Draw(t, "type"), rapid.Uint32Range(0, 2).Draw(t, "field"), rapid.StringN(0, 3, 200).Draw(t, "key")},
				Version: rapid.OneOf(rapid.Uint64Range(0, 9), rapid.Uint64()).Draw(t, "version"),
				Value:   rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "value"),
				Deleted: rapid.Bool().Draw(t, "deleted"), Priority: Priority(rapid.Uint32().Draw(t, "priority")),
				Offset: rapid.Uint32Range(0, 600).Draw(t, "offset"), Whole: rapid.OneOf(rapid.Just(uint32(0)), rapid.Uint32Range(0, 600), rapid.Uint32()).Draw(t, "size"),
			})
		}
		c.Apply(&d, nil)
		bytes := len(c.part.change.Value)
		for _, piece := range c.part.later {
			bytes += len(piece.Value)
		}
		for _, r := range c.slots {
			bytes += r.weight()
		}
		if bytes != c.Bytes() || bytes > c.cfg.Limit || len(c.spans) > maxSpans || len(c.part.later) > maxLater {
			t.Fatalf("%d bytes of %d are counted as %d, %d spans", bytes, c.cfg.Limit, c.Bytes(), len(c.spans))
		}
	}
	other := NewCopy(Config{})
	pull(t, c, other, 400)
	if other.held < c.held {
		t.Fatalf("%d of %d was passed on", other.held, c.held)
	}
}
