package replica

// Waiting returns how many changes wait for loops, and in how many places they are
// queued.
func (r *Replica[M, F]) Waiting() (changes, places int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, s := range r.readers {
		s.mu.Lock()
		changes, places = changes+len(s.pending), places+len(s.order)
		s.mu.Unlock()
	}
	return changes, places
}
