package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"

	"github.com/hearsay-gossip/hearsay"
)

// ErrCut: a stream of events has ended without an Ended, since the reader was too
// slow, or since nobody serves any more.
var ErrCut = errors.New("admin: the stream of events was cut off")

// Events returns what happens on the node, from the moment at which the caller
// begins to range, as Node.Events does: first a full TopologyUpdated, and another
// one behind each Lagged, which says how much this reader was too slow for. Each
// TopologyUpdated has the whole View.
//
// The loop ends when ctx does. The last event is Ended if the node has ended; an
// error, which is the last as well, comes with a zero Event.
func (c *Client) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		err := c.follow(ctx, yield)
		if err != nil && ctx.Err() == nil {
			yield(Event{}, err)
		}
	}
}

// errEnough ends a stream of which its reader wants no more.
var errEnough = errors.New("enough")

func (c *Client) follow(ctx context.Context, yield func(Event, error) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answer, err := c.send(ctx, http.MethodGet, "/v1/events", nil, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	err = readEvents(answer.Body, func(e Event) bool { return yield(e, nil) })
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// readEvents tells the events of a stream, with whole views.
func readEvents(stream io.Reader, tell func(Event) bool) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, maxAnswerBytes)
	var views hearsay.ViewBuilder
	for lines.Scan() {
		var e Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("admin: a line that is no event: %w", err)
		}
		if update, ok := e.Event.(hearsay.TopologyUpdated); ok {
			if update.View = views.Apply(update); update.View == nil {
				return errors.New("admin: a stream that does not begin with a full update")
			}
			e.Event = update
		}
		if !tell(e) {
			return errEnough
		}
		if _, ended := e.Event.(Ended); ended {
			return nil
		}
	}
	return errors.Join(ErrCut, lines.Err())
}
