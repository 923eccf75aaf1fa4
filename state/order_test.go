package state

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestOrderIsThatOfAListSortedAtEachStep compares with what sorts after each
// addition and closes holes at once.
func TestOrderIsThatOfAListSortedAtEachStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o order
		var naive, registers []*register
		version := rapid.Uint64Range(0, 20)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch {
			case rapid.IntRange(0, 9).Draw(t, "close") == 0:
				o.close(version.Draw(t, "up to"))
			case len(registers) > 0 && rapid.Bool().Draw(t, "again"):
				r := rapid.SampledFrom(registers).Draw(t, "register")
				if v := version.Draw(t, "version"); v > r.Version { // a register's never fall
					naive = slices.DeleteFunc(naive, func(other *register) bool { return other == r })
					r.Version = v
					o.left()
					o.add(r)
					naive = append(naive, r)
				}
			default:
				r := &register{Change: Change{Version: version.Draw(t, "version")}}
				o.add(r)
				registers, naive = append(registers, r), append(naive, r)
			}
			slices.SortStableFunc(naive, func(a, b *register) int { return cmp.Compare(a.Version, b.Version) })
			if !rapid.Bool().Draw(t, "read") {
				continue
			}
			if holes := len(o.list) - len(naive); holes != o.holes {
				t.Fatalf("%d holes are counted as %d", holes, o.holes)
			}
			from, to := version.Draw(t, "from"), version.Draw(t, "to")
			got := slices.Collect(o.above(from, to))
			var want []*register
			for _, r := range naive {
				if r.Version > from && r.Version <= to {
					want = append(want, r)
				}
			}
			versions := func(list []*register) (all []uint64) {
				for _, r := range list {
					all = append(all, r.Version)
				}
				return all
			}
			if !slices.Equal(versions(got), versions(want)) {
				t.Fatalf("above(%d, %d) is %v, want %v", from, to, versions(got), versions(want))
			}
		}
	})
}
