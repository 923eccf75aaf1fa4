package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// serveEvents writes what happens, one object a line, until the reader goes or the
// node ends. The node waits for nobody: its events wait in a ring of this reader's,
// which loses the oldest.
func (h *handler) serveEvents(w http.ResponseWriter, r *http.Request) error {
	end, err := h.begin()
	if err != nil {
		return err
	}
	defer end()
	header := w.Header()
	header.Set("Content-Type", "application/x-ndjson")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Connection", "close") // its deadlines are not the next request's
	if r.Method == http.MethodHead {
		return nil
	}
	h.stream(r.Context(), w)
	return nil
}

func (h *handler) stream(ctx context.Context, w http.ResponseWriter) {
	// A node that has ended tells its readers so, also where the server ends with it.
	reading, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if h.node.Err() == nil {
			cancel()
		}
	})()
	control, encoder := http.NewResponseController(w), json.NewEncoder(w)
	tell := func(event Event) bool {
		h.answering(w)
		return encoder.Encode(event) == nil && control.Flush() == nil
	}
	for event := range h.node.Events(reading, h.EventBuffer) {
		if !tell(Event{At: when(event, time.Now()), Event: event}) {
			return
		}
	}
	if reading.Err() == nil {
		<-h.node.Done()
		tell(Event{At: time.Now(), Event: Ended{Reason: fmt.Sprint(h.node.Err())}})
	}
}
