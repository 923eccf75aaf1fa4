package quic

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The queue against a slice that does the same plainly.
func TestQueueAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var model []int
		made := 0
		fresh := func() entry {
			payload := make([]byte, rapid.IntRange(1, 50).Draw(t, "size"))
			made++
			return entry{payload: &payload, queued: time.Unix(int64(made), 0)}
		}
		sizes := make(map[int]int)
		t.Repeat(map[string]func(*rapid.T){
			"push": func(*rapid.T) {
				e := fresh()
				q.push(e)
				model, sizes[made] = append(model, made), len(*e.payload)
			},
			"pushFront": func(*rapid.T) {
				e := fresh()
				q.pushFront(e)
				model, sizes[made] = append([]int{made}, model...), len(*e.payload)
			},
			"pop": func(t *rapid.T) {
				if len(model) == 0 {
					t.Skip("empty")
				}
				if got := int(q.pop().queued.Unix()); got != model[0] {
					t.Fatalf("popped %d, want %d", got, model[0])
				}
				model = model[1:]
			},
			"": func(t *rapid.T) {
				bytes := 0
				for _, i := range model {
					bytes += sizes[i]
				}
				if q.len() != len(model) || q.bytes != bytes {
					t.Fatalf("%d entries of %d bytes, want %d of %d", q.len(), q.bytes, len(model), bytes)
				}
				if first := q.first(); (first == nil) != (len(model) == 0) || (first != nil && int(first.queued.Unix()) != model[0]) {
					t.Fatalf("first is %v, want %v", first, model)
				}
			},
		})
	})
}

func TestQueueBounds(t *testing.T) {
	var q queue
	large := make([]byte, 1000)
	if !q.fits(len(large), 2, 100) {
		t.Error("an empty queue must take anything")
	}
	q.push(entry{payload: &large})
	if q.fits(1, 2, 100) {
		t.Error("more bytes than may be")
	}
	if !q.fits(1, 2, 2000) || q.fits(1, 1, 2000) {
		t.Error("the bound on entries is not the one given")
	}
}

// What is in doubt is bounded like the queue, forgets what has expired, and
// comes back in order before what waits.
func TestDoubt(t *testing.T) {
	start := time.Unix(1000, 0)
	config := Config{QueueEnvelopes: 3, QueueBytes: 100, QueueExpiry: time.Second}
	at := func(second int) entry {
		payload := []byte("payload")
		return entry{payload: &payload, queued: start.Add(time.Duration(second) * 500 * time.Millisecond)}
	}
	var d doubt
	for i := range 5 {
		d.add(at(i), config)
	}
	var q queue
	q.push(at(9))
	d.requeue(&q, start.Add(2*time.Second), time.Second)
	var got []time.Duration
	for q.len() > 0 {
		got = append(got, q.pop().queued.Sub(start)/(500*time.Millisecond))
	}
	if len(got) != 4 || got[0] != 2 || got[1] != 3 || got[2] != 4 || got[3] != 9 {
		t.Errorf("queue %v, want 2 3 4 9", got)
	}
	if len(d.entries) != 0 || d.bytes != 0 {
		t.Errorf("%+v is still in doubt", d)
	}
}
