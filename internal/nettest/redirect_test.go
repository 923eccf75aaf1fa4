package nettest

import (
	"net"
	"sync"
	"testing"
)

// impostor shows what passes a box to another node than it was meant for, and
// takes its answers to everybody, as if they came from the box: who asked takes
// them for answers of the node behind it.
type impostor struct {
	conn  *net.UDPConn
	reads sync.WaitGroup
}

// infiltrate sets an impostor at the box of a node. It is faster than the node
// and cannot silence it.
func infiltrate(t *testing.T, at, other *besieged, all []*besieged) {
	t.Helper()
	i := &impostor{conn: listen(t)}
	i.reads.Go(func() {
		buffer := make([]byte, 2048)
		for {
			n, _, err := i.conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			for _, b := range all {
				_, _ = at.box.outside.WriteToUDPAddrPort(buffer[:n], b.LocalAddr())
			}
		}
	})
	t.Cleanup(func() {
		i.conn.Close()
		i.reads.Wait()
	})
	at.box.spoil(func(d []byte) [][]byte {
		_, _ = i.conn.WriteToUDPAddrPort(d, other.LocalAddr())
		return [][]byte{d}
	})
}

// Whatever is sent to a node is shown to another one, whose answers come back as
// if they were that node's: probes are answered by the wrong one first. Nobody is
// suspected for it, and nobody is mistaken for himself.
func TestAnswersInAnothersPlaceAreHarmless(t *testing.T) {
	t.Parallel()
	nodes := startCluster(t, 4)
	for i, b := range nodes {
		infiltrate(t, b, nodes[(i+1)%len(nodes)], nodes)
	}
	late := startNode(t, "late", nodes[0].keys, nil, nodes...)
	nodes = append(nodes, late)
	afterPeriods(10)
	agreed(t, nodes...)
	unshaken(t, nodes...)
	for _, b := range nodes {
		if err := b.Err(); err != nil {
			t.Errorf("%s has ended: %v", b.ID(), err)
		}
	}
}
