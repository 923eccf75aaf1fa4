package membership

// jurySize is how many members are called to probe a suspect. Of six, three
// find out even where a quarter of all members are unwell (96 in 100 cases),
// and six probes more for each suspicion are few.
const jurySize = 6

// juror tells whether this node is of the jury over a member: of those live
// members whose rendezvous rank for its life is least. Every node can tell so
// by itself, and the same nodes are asked whoever accuses: so accusers come
// together at once, and not when the ring of each happens to reach the suspect.
//
// Most nodes find jurySize members of lesser rank long before the end of the
// list.
func (c *Coordinator) juror(subject *Entry) bool {
	own, before := rendezvous(c.key, subject.key, subject.generation), 0
	for _, e := range c.table.Peers() {
		if e == subject {
			continue
		}
		rank := rendezvous(e.key, subject.key, subject.generation)
		if rank < own || rank == own && e.key < c.key {
			if before++; before == jurySize {
				return false
			}
		}
	}
	return true
}
