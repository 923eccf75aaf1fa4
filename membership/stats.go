package membership

import "time"

// Stats returns counters of what the coordinator did, since New.
func (c *Coordinator) Stats() Stats {
	s := c.stats
	s.OutboundDropped = c.outbox.dropped
	s.Rumours, s.StateNews, s.StateLacks = c.rumours.len(), c.states.news.len(), len(c.states.lacks)
	s.ProbeTimeout, s.RoundTrip = c.prober.rtt.timeout(), c.prober.rtt.mean
	s.LocalHealth = c.detector.localHealth()
	return s
}

// Stats counts what a coordinator did, but for the last fields, which say how
// it is now.
type Stats struct {
	// EnvelopesHandled and EnvelopesRefused count inputs. PartsIgnored counts
	// the parts of handled ones that this version has no use for, and
	// NoticesHandled what transports said.
	EnvelopesHandled, EnvelopesRefused, PartsIgnored, NoticesHandled uint64
	// Blocked counts inputs from, and about, whoever is in quarantine.
	Blocked uint64
	// Records that came in, and accusations, if they were refused.
	RecordsKnown, RecordsChanged, RecordsRefused uint64
	// RecordsAnswered are those that were sent in answer to questions.
	RecordsAnswered uint64
	// ProbesSent begin with a direct probe. Skipped had no way to the member,
	// and Voided a deadline that the driver missed.
	ProbesSent, ProbesFailed, ProbesSkipped, ProbesVoided uint64
	// ProbesDetoured were answered, but not by the network that this node
	// prefers: where it listens by several, that one is not open to some member.
	ProbesDetoured uint64
	// Accusations and Declared are this node's own; Refutations those of
	// itself, and Generations the lives after the first.
	Accusations, Declared, Refutations, Generations uint64
	// GenerationsExhausted counts lives that could not begin, because the
	// counter of the node's id is at its end.
	GenerationsExhausted uint64
	// SumsSent are the comparisons of tables that this node began.
	SumsSent, SumsAnswered, Challenges uint64
	JoinsSent, JoinsAnswered, Knocks   uint64
	// StateDeltas is how many deltas of replicated state were applied,
	// StateChanged how many contents they changed, and StateRefused how many
	// were beyond the limit. StateIgnored are deltas of unknown members, of other
	// lives, and of the dead.
	StateDeltas, StateChanged, StateRefused, StateIgnored uint64
	// StateAsked are questions for state, and StateAnswered the deltas that were
	// sent in answer to such.
	StateAsked, StateAnswered uint64
	// AnswersWithheld would have been longer than the question, at an address
	// that is not proven.
	AnswersWithheld uint64
	// OutboundDropped are envelopes that the driver did not take in time.
	OutboundDropped uint64

	// Rumours is how many wait, StateNews how many members have news of their
	// state that wait, and StateLacks of how many members state is lacking.
	Rumours, StateNews, StateLacks int
	// ProbeTimeout is how long the answer to a probe is awaited now, and
	// RoundTrip how long answers took lately (RFC 6298's smoothed mean), 0 before
	// the first.
	ProbeTimeout, RoundTrip time.Duration
	// LocalHealth is how unwell the node finds itself, 0 to 7: it rises with
	// what is likely its own fault and falls while it is answered. DetectorSWIM
	// has no opinion of itself.
	LocalHealth int
}
