package membership

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// A newer version of the software may have added fields to the owner part.
// They are stored, hashed and forwarded by who does not know them.
func TestAnUnknownFieldOfTheOwnerPartIsKeptToTheByte(t *testing.T) {
	future := sampleRecord("b", 2)
	// Field 1000 with the bytes "new", ahead of the fields that are known, as
	// no encoder of this version would write it.
	future.Owner = append([]byte{0xc2, 0x3e, 3, 'n', 'e', 'w'}, future.Owner...)
	old := sampleTable(t, "a")
	mustMerge(t, old, 0, future)
	e := old.LookupID("b")
	if !bytes.Equal(e.Owner(), future.Owner) {
		t.Fatalf("stored %x, want %x", e.Owner(), future.Owner)
	}
	if endpoint, ok := e.Endpoint("udp"); !ok || endpoint.Address != netip.MustParseAddrPort("10.0.0.2:7946") || e.Shown() != StatusUp {
		t.Errorf("the known fields say %v, %v", endpoint, e.Shown())
	}
	// Through a relay's codec to a third table: same bytes, same root.
	var sent, received hearsayv1.NodeRecord
	e.CopyTo(&sent)
	if err := received.Unmarshal(sent.AppendTo(nil)); err != nil {
		t.Fatal(err)
	}
	third := sampleTable(t, "c")
	mustMerge(t, third, 0, received)
	if third.Root() != old.Root() || third.ViewHash() != old.ViewHash() || !third.LookupID("b").holds(&future) {
		t.Error("the forwarded record is another one")
	}
	plain := sampleTable(t, "d")
	mustMerge(t, plain, 0, sampleRecord("b", 2))
	if plain.Root() == old.Root() {
		t.Error("the unknown field is not hashed")
	}
}

func TestOwnerPartsMeanWhatTheySay(t *testing.T) {
	part := &hearsayv1.OwnerPart{
		Endpoints: []hearsayv1.Endpoint{
			{Transport: "quic", IP: netip.MustParseAddr("fd00::1").AsSlice(), Port: 443, Scope: "lan"},
			{Transport: "udp", IP: netip.MustParseAddr("::ffff:10.1.2.3").AsSlice(), Port: 65535},
		},
		Status: hearsayv1.NodeStatusLeaving, WireMin: 2, WireMax: 5, Features: 1<<40 | 1, Zone: "eu-1b",
	}
	table := sampleTable(t, "a")
	rec := sampleRecord("b", 2)
	rec.Owner = part.AppendTo(nil)
	mustMerge(t, table, 0, rec)
	e := table.LookupID("b")
	lowest, highest := e.WireRange()
	got := fmt.Sprint(e.Endpoints(), e.Shown(), e.OwnStatus(), lowest, highest, " ", e.Zone())
	want := "[{quic [fd00::1]:443 lan} {udp 10.1.2.3:65535 }] leaving " + hearsayv1.NodeStatusLeaving.String() + " 2 5 eu-1b"
	if got != want {
		t.Errorf("decoded to\n%s, want\n%s", got, want)
	}
	if endpoint, _ := e.Endpoint(""); endpoint.Network != "quic" {
		t.Errorf("the first endpoint of any network is %v", endpoint)
	}
}

func TestAStatusOfALaterVersionIsShownAsLeaving(t *testing.T) {
	table := sampleTable(t, "a")
	rec := sampleRecord("b", 2)
	rec.Owner = sampleOwnerBytes(2, 17)
	mustMerge(t, table, 0, rec)
	if got := table.LookupID("b").Shown(); got != StatusLeaving {
		t.Errorf("shown as %v", got)
	}
}

func TestAVerdictWithoutOwnerPartShowsNothingElse(t *testing.T) {
	table := sampleTable(t, "a")
	mustMerge(t, table, 0, hearsayv1.NodeRecord{
		ID: "b", Generation: uint64(NewGeneration(1, 1)), Verdict: hearsayv1.VerdictDead,
	})
	e := table.LookupID("b")
	lowest, highest := e.WireRange()
	if e.Shown() != StatusDead || e.Endpoints() != nil || e.Zone() != "" ||
		lowest != 0 || highest != 0 || e.OwnStatus() != hearsayv1.NodeStatusUnspecified || e.Owner() != nil {
		t.Errorf("a bare verdict shows %+v", e)
	}
}

func TestSharedWordsAreBounded(t *testing.T) {
	table := sampleTable(t, "a")
	for i := range 2 * maxWords {
		part := sampleOwner(2, hearsayv1.NodeStatusUp)
		part.Zone = fmt.Sprint("zone-", i)
		rec := sampleRecord(fmt.Sprint("n", i), 2)
		rec.Owner = part.AppendTo(nil)
		mustMerge(t, table, 0, rec)
		if got := table.LookupID(rec.ID).Zone(); got != part.Zone {
			t.Fatalf("zone %q, want %q", got, part.Zone)
		}
	}
	if n := len(table.owners.words); n > maxWords {
		t.Errorf("%d words are shared", n)
	}
}

func TestGenerationsPrintAsCounterAndNonce(t *testing.T) {
	g := NewGeneration(3, 0x9f1c04)
	if g.String() != "3.009f1c04" || g.Counter() != 3 || g.Nonce() != 0x9f1c04 {
		t.Errorf("%v: %d, %x", g, g.Counter(), g.Nonce())
	}
}
