package hearsay

import (
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
)

// What a node tells, under names that need no second import.
type (
	// Event is one thing that Node.Events tells: a TopologyUpdated,
	// MemberStatusChanged, MemberHealthChanged, SendFailed, SeedSilent, Isolated,
	// Detoured, Converged, Evicted, Superseded or Lagged.
	Event = membership.Event
	// TopologyUpdated tells that the view has changed.
	TopologyUpdated = membership.TopologyUpdated
	// MemberStatusChanged tells that a member is shown with another status.
	MemberStatusChanged = membership.MemberStatusChanged
	// MemberHealthChanged tells that a live member reports another health.
	MemberHealthChanged = membership.MemberHealthChanged
	// SendFailed tells that an envelope could not be sent or has not arrived.
	SendFailed = gossiper.SendFailed
	// SeedSilent tells that a seed does not answer.
	SeedSilent = membership.SeedSilent
	// Detoured tells that a member answers, but not by the preferred network.
	Detoured = membership.Detoured
	// Isolated tells that nobody answers this node, and later that somebody
	// does.
	Isolated = membership.Isolated
	// Evicted tells that somebody has removed this node, which goes on under a
	// new generation.
	Evicted = membership.Evicted
	// Superseded tells that another process has taken this node's id.
	Superseded = membership.Superseded
	// Converged tells that all live members have seen what the node sees.
	Converged = membership.Converged
	// Lagged tells that the reader was too slow, and what it missed.
	Lagged = gossiper.Lagged

	// View is the state of the cluster as a node sees it, immutable: Members, Gone,
	// Get and Len read it, and it may be kept.
	View = membership.View
	// ViewBuilder makes views of topology updates alone.
	ViewBuilder = membership.ViewBuilder
	// Member is one entry of a view: a value, whose slices must not be changed.
	Member = membership.Member
	// Agreement is how far a node and those that it heard agree.
	Agreement = membership.Agreement
	// Block names what a node keeps out: an ID, an Address or a Prefix, and one of
	// them only.
	Block = membership.Block
	// Blocked is a Block that is in force, and until when: View.Blocked lists them.
	Blocked = membership.Blocked
	// Endpoint is one address at which a member listens.
	Endpoint = membership.Endpoint
	// Status is how a member is shown: the verdict on it if there is one, else
	// Suspect if it stands accused, else what it says of itself.
	Status = membership.Status

	// Metadata is what every member may say of itself.
	Metadata = hearsayv1.Metadata
	// MetadataReplica is what all members say of themselves.
	MetadataReplica = hearsayv1.MetadataReplica
)

// The statuses of a member, in the order in which a life passes through them.
// Those from Joining to Leaving are live (Status.Live).
const (
	// StatusUnknown: not known, or no longer.
	StatusUnknown = membership.StatusUnknown
	StatusJoining = membership.StatusJoining
	StatusUp      = membership.StatusUp
	// StatusSuspect: some have not heard it, whom Member.Accusers names.
	StatusSuspect = membership.StatusSuspect
	StatusLeaving = membership.StatusLeaving
	// StatusDead: it was found not to answer, and may come back.
	StatusDead = membership.StatusDead
	// StatusRemoved: it left, or was removed by hand.
	StatusRemoved = membership.StatusRemoved
)
