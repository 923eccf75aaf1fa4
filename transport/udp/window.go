package udp

const (
	// windowBlocks times 64 is the size of a window's ring of bits. One block
	// of it is always being cleared, as RFC 6479 §2 explains.
	windowBlocks = 16
	// windowDatagrams is how far behind the newest a datagram may be and still
	// be told from one that was seen.
	windowDatagrams = (windowBlocks - 1) * 64
)

// window remembers which counters of one sender life were seen: those within
// windowDatagrams of the highest one by a bit each, and older ones as seen. It
// shifts nothing: blocks of bits form a ring (RFC 6479). Counters begin with 1;
// the zero value has seen none.
type window struct {
	highest uint64
	bits    [windowBlocks]uint64
}

// isNew reports whether counter was not seen, as far as the window knows.
func (w *window) isNew(counter uint64) bool {
	switch {
	case counter > w.highest:
		return true
	case w.highest-counter >= windowDatagrams:
		return false
	}
	return w.bits[counter/64%windowBlocks]&(1<<(counter%64)) == 0
}

// mark notes a counter that isNew and whose datagram is authentic: a forged
// one must not move the window.
func (w *window) mark(counter uint64) {
	if counter > w.highest {
		from, to := w.highest/64, counter/64
		for block := from + 1; block <= min(to, from+windowBlocks); block++ {
			w.bits[block%windowBlocks] = 0
		}
		w.highest = counter
	}
	w.bits[counter/64%windowBlocks] |= 1 << (counter % 64)
}
