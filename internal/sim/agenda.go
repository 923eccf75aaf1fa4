package sim

import "github.com/hearsay-gossip/hearsay/membership"

// agenda orders nodes by the instant at which they next want to be stepped,
// and among equals by index. It is a binary heap that knows where each node
// stands, so that a node's instant can be moved. It is not container/heap,
// whose interface would allocate.
type agenda struct {
	heap  []int32              // node indices
	place []int32              // by node index; −1 when not in the heap
	due   []membership.Instant // by node index
}

// grow makes room for nodes with an index below n.
func (a *agenda) grow(n int) {
	for len(a.place) < n {
		a.place = append(a.place, -1)
		a.due = append(a.due, membership.Never)
	}
}

// next returns the earliest instant, or Never.
func (a *agenda) next() membership.Instant {
	if len(a.heap) == 0 {
		return membership.Never
	}
	return a.due[a.heap[0]]
}

// pop removes and returns the earliest node.
func (a *agenda) pop() int {
	first := a.heap[0]
	a.remove(int(first))
	return int(first)
}

// set puts a node at an instant; Never takes it out.
func (a *agenda) set(node int, due membership.Instant) {
	if due == membership.Never {
		a.remove(node)
		return
	}
	a.due[node] = due
	if a.place[node] < 0 {
		a.place[node] = int32(len(a.heap))
		a.heap = append(a.heap, int32(node))
	}
	a.fix(int(a.place[node]))
}

func (a *agenda) remove(node int) {
	i := int(a.place[node])
	if i < 0 {
		return
	}
	last := len(a.heap) - 1
	a.swap(i, last)
	a.heap = a.heap[:last]
	a.place[node] = -1
	if i < last {
		a.fix(i)
	}
}

func (a *agenda) before(x, y int32) bool {
	return a.due[x] < a.due[y] || a.due[x] == a.due[y] && x < y
}

func (a *agenda) swap(i, j int) {
	a.heap[i], a.heap[j] = a.heap[j], a.heap[i]
	a.place[a.heap[i]], a.place[a.heap[j]] = int32(i), int32(j)
}

// fix restores the order around place i after its instant changed.
func (a *agenda) fix(i int) {
	for i > 0 && a.before(a.heap[i], a.heap[(i-1)/2]) {
		a.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
	for {
		child := 2*i + 1
		if child >= len(a.heap) {
			return
		}
		if right := child + 1; right < len(a.heap) && a.before(a.heap[right], a.heap[child]) {
			child = right
		}
		if !a.before(a.heap[child], a.heap[i]) {
			return
		}
		a.swap(i, child)
		i = child
	}
}
