// Package membership is the gossip protocol as a deterministic state machine.
//
// A Coordinator runs the protocol for one node. It has no goroutine, lock,
// clock, socket or logger: time and whatever arrived go in, envelopes and events
// come out, and equal inputs under an equal Config.Seed give equal outputs, to
// the byte. So a cluster can be run in one thread and virtual time, replayed
// from a log, or fuzzed. Package gossiper drives it with a transport and a
// ticker; most programs never see more of this package than Event, View and
// Member.
//
// # Driving a coordinator
//
// One goroutine owns it. After New and SetSeeds it calls Join, and then in a
// loop:
//
//	for each thing that arrived { c.Handle(now, in) }
//	next := c.Tick(now, time.Now())
//	for _, out := range c.Outbound() { send(out) }
//	for _, event := range c.Events() { publish(event) }
//	for _, address := range c.Forgotten() { transport.Forget(address) }
//	sleep until next, or until something arrives
//
// What has arrived goes in before Tick is called, so that answers are read
// before anybody is blamed for their absence. Outbound's envelopes belong to the
// coordinator and are valid until its next call that takes an Instant; events
// and views are immutable and may be kept.
//
// Time is an Instant: monotonic nanoseconds since an origin of the driver's
// choice. Ticks may come late, early or too often. After a late one, because
// the process was stopped or starved, suspicions age by one period at most, and
// probes are void whose answers may have waited unread: a node that was away
// blames nobody for it.
//
// # The life of a node
//
// Join asks the seeds. With the first answer, which names the greatest
// generation that is known of the node's id, a new life begins above it, in
// status Joining; then the node asks one member after another for what it lacks,
// and is Up (Joined) when the root of one of them, but for the node's own
// record, equals its own, or five periods after the first records came. Seeds
// that are silent are asked again, for ever, with growing pauses; SeedSilent
// tells of each once. A node without seeds, or whose only seed is itself, is Up
// at once; a gossip interval later, if it has to find out by its own question
// that comes back. SetSeeds may be called at any time, and leads a node that started
// alone to the others. While nobody has answered, a few of those who talk to the
// node, because they remember it, are asked like seeds.
//
// Leave says Leaving, while the node can still be reached, then writes its
// removal, tells it to ⌈ln n⌉+4 peers and is done (Left), all within two gossip
// intervals. A node that ends without a word is found out.
//
// Nobody writes a node's record but the node, except for a verdict. It refutes
// an accusation or a verdict with its next incarnation. Removed by others it
// goes on under a new generation (Evicted). Where a greater generation of its id
// turns up, it is the node's own past if it is dead, at the node's address, or
// silent when asked; if it answers, another process has taken the id, and this
// one stops (Superseded).
//
// # Rumours
//
// A change goes to EagerFanout peers at once, then to GossipFanout others each
// gossip interval, and on every probe and ack, ⌈ln n⌉+4 times in all; least-sent
// first, the newest in the place of what is older. Peers are picked at random,
// but for one in each interval: the next live member by key, so that whom chance
// leaves out is told by its neighbour. Whoever is accused or condemned is told
// before anything else in any envelope that goes to it. In a crowd of rumours, as
// when all nodes start together, each is sent fewer times and the comparison of
// tables does the rest.
//
// # Finding out who is dead
//
// Each period the next member of a shuffled ring is probed; with DetectorWitness,
// in every second period, the next member by key instead, so that nobody waits
// more than two periods for a probe by somebody. Without an ack in time, which
// follows the measured round trips, IndirectProbes helpers try, and answer ack or
// nack. What comes of it is judged by the detector that Config.Detector names.
//
// DetectorWitness, the default, accuses nobody without a witness: a helper that
// tried in vain too, or hard evidence, which is another node or another life
// that answers at the address while the subject does not, or the word of the
// subject's host that nobody listens there while somebody else does answer. A
// probe that failed is made three times, through other helpers, before it accuses.
// If nobody answers, the fault is this node's own: it lowers its opinion of itself
// (Stats.LocalHealth) and says nothing. What a transport refuses or gives up is
// about this node too, and voids the probe.
//
// Time is counted in whole periods in which this node was answered: one that is
// cut off, starved or blocked does not age anything. A suspect is told first, by
// everybody who talks to it and by each accuser once a period, and the six members
// of least rendezvous rank for its life probe it at once and add themselves as
// accusers. It is dead at min(3, max(1, n−2)) accusers once the fastest observer
// has counted PauseTolerance; with fewer accusers a member may condemn alone after
// five times as long, if its own probe fails once more. Of three, one and a helper
// are enough; of two, nobody can be accused but on hard evidence.
//
// A node that hears nobody for as long as a lone accuser waits, or for
// PauseTolerance where it knows but one other, asks all others once, tells
// Isolated, and shows them as Dead without telling anyone, until it hears one.
//
// Where nodes listen by several networks, each is reached by the first of this
// node's at which it listens. A probe that is not answered so goes by the next one
// when helpers are asked; who answers there is reached there, until it answers by
// the first again. If that lasts, Detoured is told.
//
// What users see is damped. Suspect is shown at enough accusers or after a
// period, and for 10 periods after the member refuted; who is accused three times
// in 60 periods stays Suspect for 180 more; who comes back from the dead in the
// same life is shown Dead for up to 30 periods, and longer each time, unless it was
// away for long or many come back at once. Nothing of this leaves the node.
//
// DetectorLifeguard and DetectorSWIM have the rules of those papers. How an
// application is, it says itself, in its Metadata: all members see it
// (Member.Health, MemberHealthChanged), and nobody is accused for it.
//
// # Repair and healing
//
// Every envelope carries the root of its sender's table. Where two differ for
// longer than rumours need, the tables are compared and mended; a converged
// cluster spends 8 bytes on an envelope that goes anyway. Bulk answers go only
// to where their receiver is proven to be: a member's own endpoint, an address
// that repeated a token, an identity that the transport verified.
//
// The dead, and seeds that are no live members, are knocked on for ever, so a
// split of any length heals. A death that this node did not see coming is news
// from the other side of a split, as a rule: it is merged and passed on at once,
// but for two periods shown as if nothing were, while its subject is told and
// refutes; then another member is asked what it knows, and what stands is shown.
//
// # Events and views
//
// Events are derived from the table once per gossip interval, never per
// envelope: what was refuted in between is never shown. For one member
// MemberStatusChanged comes in a legal order. TopologyUpdated coalesces what
// changes over TopologyInterval; the first is full, and a ViewBuilder makes of
// the updates alone the views that they carry.
//
// A view is immutable, and shares with the one before all that did not change:
// in a large cluster a change costs a chunk of a hundred members and not a copy of
// all. Converged tells that all live members have shown, by the root that each of
// their envelopes bears, that they have seen what this node shows: sooner or later
// where nothing changes, and as soon as can be while AwaitConverged is on.
// Agreement is the share of those heard lately whose root was this node's.
//
// # Observers and quarantine
//
// With Config.Observer a node is no member: it finds its way in like one, has no
// record, and from then on asks one member each period for its root, and for what
// it lacks where that differs. It sees what the members see, a period later or
// two, is in nobody's view, judges nobody, and passes nothing on.
//
// Quarantine keeps an id, an address or a prefix out for a time, by hand: what
// comes from there is not read, nothing is sent there, and who is there is in this
// node's view no longer: View.Blocked lists what is kept out, and
// TopologyUpdated.Blocked whom that concerns. The table, and so the root, is what
// it would be without; others are not told.
//
// # Limits
//
// Whatever a coordinator holds is bounded: the table by TableConfig, rumours by
// the table, probes, questions, tokens, seeds, events and the outbox by
// constants of their own. What a peer sends is refused and counted (Stats) where
// it breaks a rule; it never panics, and nothing is allocated on its word. To an
// address that is not proven all that answers a datagram is no longer than it; a
// node that is still looking for a way in sends a Join to one such address in each
// gossip interval at most.
//
// # Records
//
// What a cluster knows of a node is one NodeRecord: the node's id, a generation
// that names one life of its process (a counter and a nonce, see Generation),
// and three parts that are written independently of each other. The judgement
// is an incarnation, which only the node itself raises, to refute, and a
// verdict, None < Dead < Removed, which others only raise. The content is the
// owner part, an encoded OwnerPart with a version; only the node writes it. The
// progress is how often the node has written replicated state.
//
// The owner part is stored, hashed and passed on to the byte as its owner wrote
// it. A node of another version of the software, which may know fields that
// this one does not, so agrees with all others on the record's hash.
//
// Suspect is no verdict: a member is shown so while accusations of its current
// generation and incarnation stand. An accusation names the accuser, so that a
// second one is news; at most MaxAccusers are kept.
//
// A record is taken whole or refused whole: an error that unwraps to ErrRefused
// says why, and nothing has changed then. An encoded record has at most
// MaxRecordBytes; id and owner part are held to what leaves room for every
// number at its largest (MaxOwnerBytes), because a record that is joined of two
// valid ones must be valid too.
//
// # Merging
//
// A Table changes in one way: a record is joined with what the table holds
// (Join). Of two generations the greater wins whole; within one, judgement,
// content and progress keep their greater value each. That is the join of a
// semilattice: commutative, associative and idempotent. A table is therefore
// the join of all that ever reached it, whatever the order, however often, and
// whatever was lost on the way and came later by another path. Nothing in it
// ever falls.
//
// Merge tells who knew more. Changed is worth passing on; Stale means that the
// sender lacked something and should be told the table's record (Answer), which
// is how the dead stop living in tables that missed the news. About its own
// node a table takes nobody's word: such a record is Contested, and the
// coordinator answers with a refutation, a greater version or a new generation.
//
// # Hashes
//
// A table keeps the sum, modulo 2⁶⁴, of a hash of every live member; of all,
// and in 256 buckets by the upper byte of the member's key. A change moves a sum
// by the difference of two hashes, so they cost nothing to keep. The sum of all
// is the root, which rides on every envelope: equal roots, equal members. The
// hash covers id, generation, incarnation, version, owner bytes and state
// version; suspects are summed like everybody, the dead and the removed are
// not, so tables may forget them at different times. The hash of a View covers
// id, generation and owner bytes only, so that writing state leaves it alone.
//
// The hash function is part of the protocol: seeded by the cluster's name, equal
// on all machines and in all releases.
//
// Tables whose roots differ compare the buckets (AppendSum, AnswerSum), then a
// 32-bit tag of each record in the buckets that differ (AnswerTags), then hand
// over what the other lacks (AnswerWant). Each message stands for itself and
// fits a datagram; sums and tags are shortened under a random odd salt, so that
// what collides in one exchange does not in the next.
//
// # Forgetting
//
// The dead are kept with their addresses for 7 days, so that a split of that
// length heals, and those who left for an hour; but never more of either than
// max(64, 2 × live), the oldest going first. What remains of the forgotten is a
// floor: generation, incarnation and verdict, below which nothing is taken. A
// floor of Removed ends its generation, one of Dead lets a greater incarnation
// pass. So the dead do not come back by hearsay, and who was only cut off comes
// back whole.
package membership
