package quic

import (
	"errors"
	"sync"
	"time"
)

// maxLinger bounds for how long Close waits for peers. What waits for a
// connection has QueueExpiry, if that is less.
const maxLinger = time.Second

// Close is transport.Transport's. What Send accepted goes out first, as far as
// that is a matter of moments: the last words of a node that leaves are in the
// queues. Then all peers are told, because closing the socket tells them
// nothing, and they would wait for a time-out.
func (m *mesh) Close() error {
	m.mu.Lock()
	first := !m.closing.Swap(true)
	m.mu.Unlock()
	if !first {
		m.running.Wait()
		return nil
	}
	m.inbox.Close()
	m.credentials.stop()
	m.flush()

	m.mu.Lock()
	m.closed.Store(true)
	var open []*connection
	for c := range m.connections {
		open = append(open, c)
	}
	m.waiting = nil
	for _, p := range m.peers {
		m.remove(p)
	}
	m.mu.Unlock()

	m.closeAll(open)
	err := errors.Join(m.listener.Close(), m.engine.Close(), m.socket.Close())
	m.running.Wait()
	return err
}

// flush returns when the peers have read what Send accepted, or when it has been
// discarded, or after a while.
//
// That quic-go has taken a datagram does not mean that it was sent: a connection
// that is closed forgets what it has not sent yet, and does not tell. So over
// each connection that was in use a goodbye follows the last datagram. Who reads
// it has read what came before, and closes the connection.
func (m *mesh) flush() {
	limit := time.NewTimer(m.linger)
	defer limit.Stop()
	for m.sayGoodbyes(time.Now()) {
		select {
		case <-m.settled:
		case <-limit.C:
			return
		}
	}
}

// sayGoodbyes says goodbye over every connection that has nothing more to send,
// and reports whether there is anything to wait for.
func (m *mesh) sayGoodbyes(now time.Time) (unsettled bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	busy := make(map[*connection]bool)
	for _, p := range m.peers {
		if p.queue.len() > 0 || p.draining {
			busy[p.connection()] = true
			unsettled = true
		}
	}
	// What was sent longer ago has arrived, or never will.
	recently := now.Add(-m.config.QueueExpiry).UnixNano()
	for c := range m.connections {
		if c.leaving {
			unsettled = true
			continue
		}
		if busy[c] || c.used.Load() < recently {
			continue
		}
		c.leaving, unsettled = true, true
		m.spawn(func() {
			if c.sendStream(goodbye, m.config.StreamTimeout) != nil {
				c.close(codeLeave, "leaving")
			}
		})
	}
	return unsettled
}

// settle tells flush, while there is one, that something has changed.
func (m *mesh) settle() {
	if m.closing.Load() {
		select {
		case m.settled <- struct{}{}:
		default:
		}
	}
}

// goodbye is a stream that asks the peer to close the connection when it has
// read everything. No envelope is encoded like that.
var goodbye = []byte{0}

// receiveGoodbye notes that the peer has no more to say.
func (m *mesh) receiveGoodbye(c *connection) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c.gotGoodbye = true
}

// streamEnded counts a stream off that c was receiving. With the last one after
// a goodbye, be it the goodbye itself, c has served.
func (m *mesh) streamEnded(c *connection) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c.streams--
	if c.gotGoodbye && c.streams == 0 {
		m.spawn(func() { c.close(codeLeave, "goodbye") })
	}
}

// closeAll closes connections, several at a time.
func (m *mesh) closeAll(open []*connection) {
	const workers = 8
	next := make(chan *connection)
	var closing sync.WaitGroup
	for range min(workers, len(open)) {
		closing.Go(func() {
			for c := range next {
				c.close(codeLeave, "leaving")
			}
		})
	}
	for _, c := range open {
		next <- c
	}
	close(next)
	closing.Wait()
	for _, c := range open {
		m.mu.Lock()
		m.detach(c)
		m.mu.Unlock()
	}
}
