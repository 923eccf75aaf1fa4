package state

import (
	"encoding/binary"
	"runtime"
	"testing"
)

// TestASlotCountsWhatItTakes: a limit that counted slots for less than they take
// would let a member hold several times its limit on every other node.
func TestASlotCountsWhatItTakes(t *testing.T) {
	const perDelta = 64
	for _, slots := range []int{1 << 12, 7 << 12, 7<<12 + perDelta, 1 << 16} {
		before := heapInUse()
		c := NewCopy(Config{})
		var d Delta
		for version := 0; version < slots; version += perDelta {
			d = Delta{Changes: d.Changes[:0]}
			for i := range perDelta {
				key := binary.LittleEndian.AppendUint32(nil, uint32(version+i))
				d.Changes = append(d.Changes, Change{
					Slot: Slot{Type: 1, Field: 1, Key: string(key)}, Version: uint64(version + i + 1), Value: []byte{8, 1},
				})
			}
			c.Apply(&d, nil)
		}
		took := heapInUse() - before
		t.Logf("%d slots: %d bytes a slot, counted as %d", slots, took/slots, c.Bytes()/slots)
		if took > c.Bytes()+c.Bytes()/4 {
			t.Errorf("%d slots take %d bytes and count as %d", slots, took, c.Bytes())
		}
		runtime.KeepAlive(c)
	}
}

func heapInUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
