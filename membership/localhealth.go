package membership

// worstHealth is the worst that a node thinks of itself.
const worstHealth = 7

// localHealth is a node's opinion of itself, from 0, well, to worstHealth
// (Lifeguard §IV.A, Local Health Multiplier): it rises with all that is more
// likely this node's own fault than anybody else's.
type localHealth struct {
	score int
	// ill: something of that kind happened in this period.
	ill bool
}

// worsen notes one such thing.
func (h *localHealth) worsen() {
	h.score = min(h.score+1, worstHealth)
	h.ill = true
}

// probed takes the outcome of a probe: it is this node's own fault, in all
// likelihood, if helpers were asked and nobody answered at all.
func (h *localHealth) probed(o outcome) {
	if !o.acked && o.nacks == 0 && o.helpers > 0 && o.hard == 0 {
		h.worsen()
	}
}

// period takes what a period brought. One that brought answers, and nothing to
// blame on this node, betters the score.
func (h *localHealth) period(report periodReport) {
	switch {
	case report.voided+report.troubles > 0:
		h.worsen()
	case report.hears() && !h.ill:
		h.score = max(h.score-1, 0)
	}
	h.ill = false
}
