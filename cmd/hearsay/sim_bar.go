package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// barAfter is how long a run may take before a bar is shown.
const barAfter = time.Second

// barWidth is the bar's width in characters.
const barWidth = 40

// bar shows how far a batch is, on one line, once it takes long. It is safe for
// concurrent use.
type bar struct {
	out   io.Writer
	total int
	since time.Time

	mu    sync.Mutex
	done  map[uint64]float64
	shown time.Time
	dirty bool
}

// newBar returns a bar that shows itself on a terminal, or if asked to.
func newBar(out io.Writer, always bool, total int) *bar {
	b := &bar{total: total, since: time.Now(), done: make(map[uint64]float64)}
	if always || isTerminal(out) {
		b.out = out
	}
	return b
}

// isTerminal tells whether w is a character device, such as a terminal.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	state, err := file.Stat()
	return err == nil && state.Mode()&os.ModeCharDevice != 0
}

// progress returns what a run calls with how far it is.
func (b *bar) progress(run uint64) func(float64) {
	if b.out == nil {
		return nil
	}
	return func(done float64) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.done[run] = done
		b.show()
	}
}

// barEvery bounds how often the bar is drawn.
const barEvery = 100 * time.Millisecond

func (b *bar) show() {
	now := time.Now()
	if now.Sub(b.since) < barAfter || now.Sub(b.shown) < barEvery {
		return
	}
	b.shown, b.dirty = now, true
	sum, finished := 0.0, 0
	for _, done := range b.done {
		sum += done
		if done >= 1 {
			finished++
		}
	}
	share := sum / float64(b.total)
	filled := int(share * barWidth)
	left := ""
	if share > 0 {
		left = fmt.Sprintf(", %v left", time.Duration(float64(now.Sub(b.since))*(1-share)/share).Round(time.Second))
	}
	fmt.Fprintf(b.out, "\r[%s%s] %3.0f %%, %d of %d%s   ",
		strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), 100*share, finished, b.total, left)
}

// clear takes the bar away, for what is printed.
func (b *bar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.out != nil && b.dirty {
		fmt.Fprintf(b.out, "\r%s\r", strings.Repeat(" ", barWidth+40))
		b.dirty = false
	}
}
