package admin

import (
	"net/http"

	"github.com/hearsay-gossip/hearsay"
)

func (h *handler) serveStatus(w http.ResponseWriter, r *http.Request) error {
	if query := r.URL.Query(); query.Has("member") {
		if id := query.Get("member"); !h.knows(id) {
			return unknownMember(id)
		}
	}
	h.answering(w)
	h.status.ServeHTTP(w, r)
	return nil
}

func (h *handler) knows(id string) bool {
	_, known := h.node.View().Get(id)
	return known
}

func (h *handler) serveMetrics(w http.ResponseWriter, r *http.Request) error {
	h.answering(w)
	h.metrics.ServeHTTP(w, r)
	return nil
}

func (h *handler) serveMembers(w http.ResponseWriter, _ *http.Request) error {
	h.write(w, http.StatusOK, h.node.View())
	return nil
}

// Metadata is what one member says of itself.
type Metadata struct {
	ID      string            `json:"id"`
	Roles   []string          `json:"roles"`
	Labels  map[string]string `json:"labels"`
	Version string            `json:"version"`
	Health  hearsay.Health    `json:"health"`
}

// metadataList is what all members say.
type metadataList struct {
	Members []Metadata `json:"members"`
}

// serveMetadata tells of the members of the view, in its order.
func (h *handler) serveMetadata(w http.ResponseWriter, r *http.Request) error {
	view, query := h.node.View(), r.URL.Query()
	if query.Has("member") {
		m, known := view.Get(query.Get("member"))
		if !known {
			return unknownMember(query.Get("member"))
		}
		h.write(w, http.StatusOK, h.metadataOf(m))
		return nil
	}
	list := metadataList{Members: []Metadata{}}
	for m := range view.Members() {
		list.Members = append(list.Members, h.metadataOf(m))
	}
	for m := range view.Gone() {
		list.Members = append(list.Members, h.metadataOf(m))
	}
	h.write(w, http.StatusOK, list)
	return nil
}

// metadataOf returns what a member says, with nothing that is null in JSON.
func (h *handler) metadataOf(m hearsay.Member) Metadata {
	all := Metadata{ID: m.ID, Roles: []string{}, Labels: map[string]string{}, Health: m.Health}
	said, says := h.node.Metadata().Of(m.ID)
	if !says {
		return all
	}
	if said.Roles != nil {
		all.Roles = said.Roles
	}
	if said.Labels != nil {
		all.Labels = said.Labels
	}
	all.Version = said.Version
	return all
}

// heldState is what the node holds of a member's state, by type.
type heldState struct {
	ID    string              `json:"id"`
	Types []hearsay.HeldState `json:"types"`
}

func (h *handler) serveState(w http.ResponseWriter, r *http.Request) error {
	held := heldState{ID: r.URL.Query().Get("member"), Types: []hearsay.HeldState{}}
	if !h.knows(held.ID) {
		return unknownMember(held.ID)
	}
	answer := make(chan []hearsay.HeldState, 1) // of one who is not waited for any longer, too
	if err := h.ask(r.Context(), func() error {
		types, err := h.node.StateOf(held.ID)
		answer <- types
		return err
	}); err != nil {
		return err
	}
	held.Types = append(held.Types, <-answer...)
	h.write(w, http.StatusOK, held)
	return nil
}
