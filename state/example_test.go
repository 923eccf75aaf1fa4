package state_test

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/state"
)

// A copy that has missed something knows it, and asks for no more than that.
func Example() {
	owner := state.NewCopy(state.Config{Owner: 1, Generation: 1})
	other := state.NewCopy(state.Config{Owner: 1, Generation: 1})
	kind := state.TypeID("app.v1.Service")
	write := func(field uint32, value string) {
		ch := state.Change{Slot: state.Slot{Type: kind, Field: field}, Value: []byte(value)}
		if _, err := owner.Write([]state.Change{ch}, nil); err != nil {
			fmt.Println(err)
		}
	}
	var delta state.Delta
	write(1, "a")
	owner.News(0, 1000, &delta)
	other.Apply(&delta, nil)

	write(2, "b") // lost on the way
	write(3, "c")
	owner.News(2, 1000, &delta)
	changed, _ := other.Apply(&delta, nil)
	fmt.Printf("field %d is %s at once; held is %d of %d\n", changed[0].Field, changed[0].Value, other.Held(), other.Latest())

	for cursor := owner.Begin(other.Request()); owner.Fill(&cursor, 1000, 1000, &delta); {
		changed, _ = other.Apply(&delta, nil)
	}
	fmt.Printf("field %d was lacking; held is %d of %d\n", changed[0].Field, other.Held(), other.Latest())
	// Output:
	// field 3 is c at once; held is 1 of 3
	// field 2 was lacking; held is 3 of 3
}
