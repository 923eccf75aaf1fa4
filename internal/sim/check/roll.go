package check

import "slices"

// roll numbers members in the order in which they are first seen, so that what
// a thousand nodes know of a thousand members each stands in slices.
type roll map[string]int

// number returns the number of a member.
func (r roll) number(id string) int {
	number, known := r[id]
	if !known {
		number = len(r)
		r[id] = number
	}
	return number
}

// entry returns the element of a member in a slice by numbers, which grows as
// needed.
func entry[T any](r roll, all *[]T, id string) *T {
	number := r.number(id)
	if number >= len(*all) {
		*all = slices.Grow(*all, len(r)-len(*all))[:len(r)]
	}
	return &(*all)[number]
}

// texts keeps one copy of equal texts.
type texts map[string]string

// of returns the copy of a text.
func (t texts) of(text []byte) string {
	kept, known := t[string(text)]
	if !known {
		kept = string(text)
		t[kept] = kept
	}
	return kept
}
