package membership

// rumourName names what a rumour is about: a record by its node's key, or with
// an accuser an accusation. What a rumour says is read from the table when it
// is sent, so the newest always replaces what is older.
type rumourName struct{ subject, accuser uint64 }

// rumour is one thing that peers have yet to be told.
type rumour struct {
	name rumourName
	// source is the key of the peer that told it; 0 for the node's own. It is
	// not told back.
	source uint64
	sends  int
	// urgent rumours go before all others, however often they were sent: the
	// node's own leave and refutation.
	urgent bool
	// void marks a rumour that was replaced or dropped while it was queued.
	void bool
}

// maxRumourSends bounds the levels of the queue: ⌈ln n⌉+4 for any n that fits
// in memory.
const maxRumourSends = 32

// keptRumours is how many rumours the memory is kept of when none waits.
const keptRumours = 64

// rumourQueue holds rumours by the number of times that they were sent, least
// first, and within that oldest first (SWIM §4.1). Its size is bounded by the
// table: one record per member, and the accusations that the table keeps.
type rumourQueue struct {
	index  map[rumourName]*rumour
	levels [maxRumourSends + 1]rumourLevel // 0 holds the urgent, i+1 those sent i times
	free   []*rumour
	// queued counts what is on the levels or held, void rumours included.
	queued int
	// held are the rumours taken since begin.
	held []heldRumour
	// limit is how often a record is sent, and full how often an accusation
	// and what is urgent, which no comparison of tables would bring.
	limit, full int
	level       int
}

type heldRumour struct {
	*rumour
	sent bool
}

// rumourLevel is a queue of rumours that gives back its space when it empties.
type rumourLevel struct {
	queue []*rumour
	head  int
}

func newRumourQueue() rumourQueue { return rumourQueue{index: make(map[rumourName]*rumour)} }

// len returns how many rumours wait.
func (q *rumourQueue) len() int { return len(q.index) }

// has tells whether a rumour of that name waits.
func (q *rumourQueue) has(name rumourName) bool { return q.index[name] != nil }

// add queues a rumour that nobody has been told yet; it replaces an older one
// of its name.
func (q *rumourQueue) add(name rumourName, source uint64, urgent bool) {
	q.drop(name)
	r := &rumour{}
	if last := len(q.free) - 1; last >= 0 {
		r, q.free = q.free[last], q.free[:last]
	}
	*r = rumour{name: name, source: source, urgent: urgent}
	q.index[name] = r
	q.push(r)
	q.queued++
	if q.queued > 2*len(q.index)+64 {
		q.sweep()
	}
}

// sweep drops the void rumours, which would otherwise gather on levels that are
// not reached while there is news.
func (q *rumourQueue) sweep() {
	for i := range q.levels {
		level := &q.levels[i]
		kept := level.queue[:0]
		for _, r := range level.queue[level.head:] {
			if r.void {
				q.recycle(r)
			} else {
				kept = append(kept, r)
			}
		}
		clear(level.queue[len(kept):])
		level.queue, level.head = kept, 0
	}
}

// recycle takes back a rumour that is on no level.
func (q *rumourQueue) recycle(r *rumour) {
	q.queued--
	q.free = append(q.free, r)
}

// echo notes that a peer told a rumour that waits here, and counts it as a send:
// the more of its peers know a rumour, the sooner a node falls silent about it
// (Demers et al. 1987, §1.4: feedback with a counter).
func (q *rumourQueue) echo(name rumourName) {
	if r := q.index[name]; r != nil {
		r.sends++
	}
}

// drop forgets a rumour.
func (q *rumourQueue) drop(name rumourName) {
	if r := q.index[name]; r != nil {
		r.void = true
		delete(q.index, name)
	}
}

// begin starts the filling of one envelope: rumours that were sent limit times,
// or full, are dropped.
func (q *rumourQueue) begin(limit, full int) {
	q.limit, q.full, q.level = min(limit, maxRumourSends), min(full, maxRumourSends), 0
}

// spent tells whether a rumour was sent often enough.
func (q *rumourQueue) spent(r *rumour) bool {
	if r.urgent || r.name.accuser != 0 {
		return r.sends >= q.full
	}
	return r.sends >= q.limit
}

// take returns the next rumour, least sent first, or nil. It is held until end
// and not returned again before. The caller says with sent that it goes out.
func (q *rumourQueue) take() *heldRumour {
	for ; q.level < len(q.levels); q.level++ {
		for r := q.levels[q.level].pop(); r != nil; r = q.levels[q.level].pop() {
			switch {
			case r.void:
				q.recycle(r)
			case q.spent(r):
				delete(q.index, r.name)
				q.recycle(r)
			default:
				q.held = append(q.held, heldRumour{rumour: r})
				return &q.held[len(q.held)-1]
			}
		}
	}
	return nil
}

// end puts the held rumours back: those that were sent behind others that were
// sent as often, the rest where they were.
func (q *rumourQueue) end() {
	for i := len(q.held) - 1; i >= 0; i-- {
		if held := q.held[i]; !held.sent {
			q.levels[levelOf(held.rumour)].unpop(held.rumour)
		}
	}
	for _, held := range q.held {
		if !held.sent {
			continue
		}
		held.sends++
		if held.void || q.spent(held.rumour) {
			if !held.void {
				delete(q.index, held.name)
			}
			q.recycle(held.rumour)
			continue
		}
		q.push(held.rumour)
	}
	clear(q.held)
	q.held = q.held[:0]
	if len(q.index) == 0 && q.queued+len(q.free) > keptRumours {
		*q = newRumourQueue() // what a crowd took is given back
	}
}

func (q *rumourQueue) push(r *rumour) {
	level := &q.levels[levelOf(r)]
	level.queue = append(level.queue, r)
}

func levelOf(r *rumour) int {
	if r.urgent {
		return 0
	}
	return 1 + min(r.sends, maxRumourSends-1)
}

func (l *rumourLevel) pop() *rumour {
	if l.head == len(l.queue) {
		return nil
	}
	r := l.queue[l.head]
	l.queue[l.head] = nil
	l.head++
	if l.head == len(l.queue) {
		l.queue, l.head = l.queue[:0], 0
	} else if l.head > 64 && l.head > len(l.queue)/2 {
		// Shifted now and then, a queue that never empties stays bounded.
		l.queue = append(l.queue[:0], l.queue[l.head:]...)
		l.head = 0
	}
	return r
}

// unpop puts back what pop returned.
func (l *rumourLevel) unpop(r *rumour) {
	if l.head == 0 {
		l.queue = append(l.queue, nil)
		copy(l.queue[1:], l.queue)
		l.queue[0] = r
		return
	}
	l.head--
	l.queue[l.head] = r
}
