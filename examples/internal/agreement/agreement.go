package agreement

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hearsay-gossip/hearsay"
)

// Witness follows the events of nodes and compares what they tell with what the
// nodes show.
type Witness struct {
	mu sync.Mutex
	// told are the views built from events alone, by node.
	told map[*hearsay.Node]*hearsay.View
	// news is signalled when one of them changes.
	news chan struct{}
}

// New returns a Witness that follows nobody yet.
func New() *Witness {
	return &Witness{told: make(map[*hearsay.Node]*hearsay.View), news: make(chan struct{}, 1)}
}

// Follow builds a view from a node's events until ctx or the node ends.
func (w *Witness) Follow(ctx context.Context, node *hearsay.Node) {
	go func() {
		var builder hearsay.ViewBuilder
		for event := range node.Events(ctx, 64) {
			update, ok := event.(hearsay.TopologyUpdated)
			if !ok {
				continue
			}
			view := builder.Apply(update)
			w.mu.Lock()
			w.told[node] = view
			w.mu.Unlock()
			select {
			case w.news <- struct{}{}:
			default: // signalled already
			}
		}
	}()
}

// Agree waits until the nodes show themselves and nobody else, all alike. When
// ctx ends before that, its error says who disagrees about what.
func (w *Witness) Agree(ctx context.Context, nodes ...*hearsay.Node) error {
	// A node may tell of a view a moment before it shows it, so news alone is
	// not enough.
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		err := w.compare(nodes)
		if err == nil {
			return nil
		}
		select {
		case <-w.news:
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("no agreement: %w (%w)", err, context.Cause(ctx))
		}
	}
}

// compare says how the nodes disagree at this moment.
func (w *Witness) compare(nodes []*hearsay.Node) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var expected []string
	for _, node := range nodes {
		expected = append(expected, node.ID())
	}
	slices.Sort(expected)

	first := nodes[0].View()
	var problems []error
	for _, node := range nodes {
		view, told := node.View(), w.told[node]
		switch {
		case !slices.Equal(ids(view), expected):
			problems = append(problems, fmt.Errorf("%s sees %v, expected %v", node.ID(), ids(view), expected))
		case view.Hash != first.Hash || !slices.EqualFunc(live(view), live(first), hearsay.Member.Equal):
			problems = append(problems, fmt.Errorf("%s and %s see the same names and not the same members", node.ID(), nodes[0].ID()))
		case told == nil || !told.Equal(view):
			problems = append(problems, fmt.Errorf("the events of %s do not tell what it shows", node.ID()))
		}
	}
	return errors.Join(problems...)
}

func live(view *hearsay.View) []hearsay.Member { return slices.Collect(view.Members()) }

func ids(view *hearsay.View) []string {
	var ids []string
	for member := range view.Members() {
		if member.Status != hearsay.StatusUp {
			ids = append(ids, member.ID+" ("+member.Status.String()+")")
			continue
		}
		ids = append(ids, member.ID)
	}
	return ids
}

// Statuses writes how members are shown: "n1 up, n2 suspect".
func Statuses(members []hearsay.Member) string {
	texts := make([]string, len(members))
	for i, member := range members {
		texts[i] = fmt.Sprintf("%s %v", member.ID, member.Status)
	}
	return strings.Join(texts, ", ")
}
