package hearsay

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
)

// stateFile keeps the counter of the node's generation on disk. Without a path
// it keeps nothing.
type stateFile struct {
	path string
	// cluster and node guard against a file that is another node's.
	cluster, node string
	// counter is what the file held when the node started.
	counter uint32

	// latest is the counter to be written; signal, of capacity 1, tells that it
	// has changed.
	latest atomic.Uint32
	signal chan struct{}
}

// stateContent is the file: JSON, for people to read.
type stateContent struct {
	Cluster string `json:"cluster"`
	NodeID  string `json:"node_id"`
	Counter uint32 `json:"counter"`
}

// openStateFile reads what was kept. A file that is not there yet is a first
// start; anything else that is wrong is an error, since guessing could bring a
// life back that is over.
func openStateFile(cfg Config) (*stateFile, error) {
	f := &stateFile{path: cfg.StateFile, cluster: cfg.Cluster, node: cfg.NodeID, signal: make(chan struct{}, 1)}
	if f.path == "" {
		return f, nil
	}
	wrong := func(format string, args ...any) (*stateFile, error) {
		return nil, fmt.Errorf("hearsay: StateFile: "+format, args...)
	}
	content, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(f.path)); err != nil {
			return wrong("make the directory first: %w", err)
		}
		return f, nil
	}
	if err != nil {
		return wrong("%w", err)
	}
	var kept stateContent
	if err := json.Unmarshal(content, &kept); err != nil {
		return wrong("%s is damaged; remove it if the other nodes of the cluster run: they remember: %w", f.path, err)
	}
	if kept.Cluster != f.cluster || kept.NodeID != f.node {
		return wrong("%s belongs to node %q of cluster %q: give each node a file of its own", f.path, kept.NodeID, kept.Cluster)
	}
	f.counter = kept.Counter
	f.latest.Store(kept.Counter)
	return f, nil
}

// changed notes a new generation. It never waits.
func (f *stateFile) changed(generation uint64) {
	f.latest.Store(uint32(generation >> 32))
	select {
	case f.signal <- struct{}{}:
	default:
	}
}

// write replaces the file as a whole, so that a crash leaves the old one or the
// new one.
func (f *stateFile) write(counter uint32) error {
	content, err := json.Marshal(stateContent{f.cluster, f.node, counter})
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(f.path), filepath.Base(f.path)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(append(content, '\n'))
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), f.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}

// keepState writes each new counter until the node ends, and then the last one.
func (n *Node) keepState() {
	written := n.file.counter
	for isRunning := true; isRunning; {
		select {
		case <-n.file.signal:
		case <-n.running.Done():
			isRunning = false
		}
		counter := n.file.latest.Load()
		if counter == written {
			continue
		}
		if err := n.file.write(counter); err != nil {
			n.log.Warn("the state file cannot be written; the other nodes remember", "node", n.cfg.NodeID, "error", err)
			continue
		}
		written = counter
	}
}
