package hearsay

// Cluster returns the name of the node's cluster.
func (n *Node) Cluster() string { return n.cfg.Cluster }

// Observer tells whether the node is one that sees the members and is none.
func (n *Node) Observer() bool { return n.cfg.Observer }

// Joined tells, without waiting, whether the node has joined: whether WaitJoined
// waits no longer. It stays true for the life of the node, and after it.
func (n *Node) Joined() bool {
	select {
	case <-n.joined:
		return true
	default:
		return false
	}
}

// Isolated tells whether nobody answers this node now, so that it shows all
// others as dead: what the latest Isolated event has told.
func (n *Node) Isolated() bool { return n.isolated.Load() }
