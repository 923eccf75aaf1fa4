// Package spare keeps memory that is used again and again, and lets go of what
// has not been needed for a while.
package spare

// List is a stack of spare items: last in, first out, so that what lies deep
// has not been needed for long. It remembers the fewest items that there were
// in a window; that many were idle throughout, and go at its end. It is not
// safe for concurrent use. Its zero value keeps nothing.
type List[T any] struct {
	// Window is how many calls of Age make a window. 0 keeps everything.
	Window int
	// Floor is how many items are kept in any case.
	Floor int

	items  []*T
	fewest int
	calls  int
}

// Get returns a spare item as it was put, or nil if there is none.
func (l *List[T]) Get() *T {
	n := len(l.items)
	if n == 0 {
		l.fewest = 0
		return nil
	}
	item := l.items[n-1]
	l.items[n-1] = nil
	l.items = l.items[:n-1]
	l.fewest = min(l.fewest, n-1)
	return item
}

// Put keeps item for a later Get.
func (l *List[T]) Put(item *T) { l.items = append(l.items, item) }

// Len returns the number of spare items.
func (l *List[T]) Len() int { return len(l.items) }

// Age marks the passing of time, in a unit of the caller's choice.
func (l *List[T]) Age() {
	l.calls++
	if l.Window == 0 || l.calls < l.Window {
		return
	}
	idle := min(l.fewest, len(l.items)-l.Floor)
	if idle > 0 {
		kept := copy(l.items, l.items[idle:])
		clear(l.items[kept:])
		l.items = l.items[:kept]
	}
	l.calls, l.fewest = 0, len(l.items)
}
