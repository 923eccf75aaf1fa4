package hearsay

import (
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
)

// What a node tells, under names that need no second import.
type (
	// Event is one thing that Node.Events tells: a TopologyUpdated,
	// MemberStatusChanged, SendFailed, SeedSilent, Isolated, Converged, Evicted, Superseded or
	// Lagged.
	Event = membership.Event
	// TopologyUpdated tells that the view has changed.
	TopologyUpdated = membership.TopologyUpdated
	// MemberStatusChanged tells that a member is shown with another status.
	MemberStatusChanged = membership.MemberStatusChanged
	// SendFailed tells that an envelope could not be sent or has not arrived.
	SendFailed = gossiper.SendFailed
	// SeedSilent tells that a seed does not answer.
	SeedSilent = membership.SeedSilent
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

	// View is the state of the cluster as a node sees it, immutable.
	View = membership.View
	// ViewBuilder makes views of topology updates alone.
	ViewBuilder = membership.ViewBuilder
	// Member is one entry of a view.
	Member = membership.Member
	// Agreement is how far a node and those that it heard agree.
	Agreement = membership.Agreement
	// Block names what a node keeps out.
	Block = membership.Block
	// Endpoint is one address at which a member listens.
	Endpoint = membership.Endpoint
	// Status is how a member is shown.
	Status = membership.Status

	// Metadata is what every member may say of itself.
	Metadata = hearsayv1.Metadata
	// MetadataReplica is what all members say of themselves.
	MetadataReplica = hearsayv1.MetadataReplica
)

// The statuses of a member.
const (
	StatusUnknown = membership.StatusUnknown
	StatusJoining = membership.StatusJoining
	StatusUp      = membership.StatusUp
	StatusSuspect = membership.StatusSuspect
	StatusLeaving = membership.StatusLeaving
	StatusDead    = membership.StatusDead
	StatusRemoved = membership.StatusRemoved
)
